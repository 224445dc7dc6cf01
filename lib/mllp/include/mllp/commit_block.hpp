// mllp/commit_block.hpp: the one-octet answers of MLLP release 2.
//
//     commit block := 0B 06 1C 0D  (ACK: stored safely)
//                   | 0B 15 1C 0D  (NAK: not stored, send it again)
//
// ANSI/HL7 V3 TRMLLP R2-2006. It speaks of storage only, never of HL7 content,
// and answers each content block, in either direction.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace mllp {

// The values are those on the wire.
enum class CommitBlock : std::uint8_t { kAck = 0x06, kNak = 0x15 };

inline constexpr std::string_view kAckBlock = "\x0b\x06\x1c\x0d";
inline constexpr std::string_view kNakBlock = "\x0b\x15\x1c\x0d";

// The block as it goes out, framing included; lives for ever.
[[nodiscard]] std::string_view encode(CommitBlock block) noexcept;

// What a frame's payload says if it is a commit block: exactly one octet, 06 or 15.
[[nodiscard]] std::optional<CommitBlock> as_commit_block(base::ByteView payload) noexcept;

}  // namespace mllp
