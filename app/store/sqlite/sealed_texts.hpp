// store/sqlite/sealed_texts.hpp: texts of a row, in clear or sealed.
//
// A column of texts holds TEXT where it is in clear and a BLOB where it is sealed, so each row
// says itself which it is: a store that was begun without a key goes on with one. Several texts
// that are read together are packed and sealed as one.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "store/payload_cipher.hpp"
#include "store/sqlite/statement.hpp"

namespace store::sqlite {

// packed := ( size:u32 octets )*     little-endian
//
// Writes them over what `packed` held.
void pack_texts(std::span<const std::string_view> texts, std::vector<std::byte>& packed);

// Fills `texts` with views into `packed`; those that it lacks, as of an older version, are
// empty. False: it is no packing.
[[nodiscard]] bool unpack_texts(base::ByteView packed, std::span<std::string_view> texts) noexcept;

// What is shown for a text that was changed on disk, so that it does not open.
inline constexpr std::string_view kUnreadableText = "(not readable: it was changed on disk)";

// Binds a text, sealed where there is a cipher and something to seal. `sealed` must live until
// the statement has been stepped to its end.
Statement& bind_sealed(Statement& statement, int parameter, const PayloadCipher* cipher,
                       const SealPlace& place, std::string_view text,
                       std::vector<std::byte>& sealed);

// The text of a column that was bound so. An error where its key is not there.
[[nodiscard]] base::Result<std::string, StoreError> read_sealed(const Statement& row, int column,
                                                                const PayloadCipher* cipher,
                                                                const SealPlace& place);

}  // namespace store::sqlite
