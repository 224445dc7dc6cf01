// audit/sealed_line.hpp: a record as it stands in its file where there is a key of encryption.
//
//   {"seq":17,"at":"…","kind":"message","entry":17,"sealed":"<base64>","mac":"<64 digits>"}\n
//
// What stands behind `entry` (or `kind`) is sealed for the record's number. The MAC is that of
// the line in clear: so it is the same whichever key the line is sealed with, heads that were
// published stay good when keys change, and a trail that was begun in clear can be sealed later.
//
// Records by which the trail itself goes (checkpoints, recoveries, gaps) stay in clear: they
// hold nothing of messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/payload_cipher.hpp"

namespace audit {

// `clear` is a line up to the comma before its MAC; puts what stands for it in a file behind
// `lines`.
void append_sealed(const store::PayloadCipher& cipher, std::uint64_t sequence,
                   std::string_view clear, std::string& lines);

enum class LineState : std::uint8_t {
  kClear,   // it was never sealed
  kOpened,  // the line in clear is in `clear`
  kNoKey,   // its key is not there
  kBroken,  // it is not what was sealed for its number
};

// `line` is without its line end. The cipher may be none.
[[nodiscard]] LineState open_line(const store::PayloadCipher* cipher, std::string_view line,
                                  std::string& clear);

// The octets of a file, each line sealed with the current key; what is no record stays as it
// is. An error where a line's key is not there.
[[nodiscard]] base::Result<std::string, store::StoreError> seal_anew(
    const store::PayloadCipher& cipher, std::string_view octets);

}  // namespace audit
