// mllp/octets.hpp: the octets that MLLP puts around a message.
//
//     frame := start payload end close        0B … 1C 0D
//
// HL7 Implementation Guide, appendix C.4 (MLLP release 1). There is no escape:
// the standard forbids start and end in the payload, and the field ignores it.
#pragma once

#include <cstddef>

namespace mllp {

inline constexpr std::byte kStartOctet{0x0B};  // VT, "SB" in the standard
inline constexpr std::byte kEndOctet{0x1C};    // FS, "EB"
inline constexpr std::byte kCloseOctet{0x0D};  // CR, after the end octet

inline constexpr std::size_t kFramingBytes = 3;  // what a frame adds to its payload

}  // namespace mllp
