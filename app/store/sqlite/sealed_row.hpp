// store/sqlite/sealed_row.hpp: a message of the log as it stands where there is a key.
//
//   codec    1
//   key_id   the key that it is sealed with
//   answer   all texts of its facts, the answer among them, packed and sealed as one
//   payload  its octets, sealed; a payload file likewise: see payload_files.hpp
//
// Its other columns of texts are empty. In clear are what the store itself goes by: its place
// in the log, id, times, size, lanes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "store/append.hpp"
#include "store/payload_cipher.hpp"

namespace store::sqlite {

// The values are in the column `codec`.
enum class Codec : std::uint8_t { kClear = 0, kSealed = 1 };

// Seals messages one after the other. Not thread-safe.
class RowSealer {
 public:
  struct Sealed {
    KeyId key;
    base::ByteView facts;
    base::ByteView payload;  // empty where it is not in the row
  };

  // The views are valid until the next call.
  [[nodiscard]] Sealed seal(const PayloadCipher& cipher, EntryId id, const MessageFacts& facts,
                            base::ByteView payload_in_row, bool has_payload_in_row);

 private:
  std::vector<std::byte> packed_;
  std::vector<std::byte> facts_;
  std::vector<std::byte> payload_;
};

[[nodiscard]] constexpr SealPlace facts_place(EntryId id) noexcept {
  return {SealedAs::kFacts, id.value, 0};
}

[[nodiscard]] constexpr SealPlace payload_place(EntryId id) noexcept {
  return {SealedAs::kPayload, id.value, 0};
}

// Fills in the texts of `facts` with views into `clear`. Errors: see PayloadCipher::open().
[[nodiscard]] base::Status<StoreError> open_facts(const PayloadCipher* cipher, EntryId id,
                                                  base::ByteView sealed,
                                                  std::vector<std::byte>& clear,
                                                  MessageFacts& facts);

}  // namespace store::sqlite
