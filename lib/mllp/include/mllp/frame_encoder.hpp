// mllp/frame_encoder.hpp: puts a message into a frame.
//
//     frame := 0B payload 1C 0D
//
// The payload goes out as it is: MLLP has no escape. Not every payload can
// therefore be read back; is_encodable() tells which.
#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.hpp"
#include "mllp/octets.hpp"

namespace mllp {

// Octets on the wire for a payload of that many octets.
[[nodiscard]] constexpr std::size_t frame_bytes(std::size_t payload_bytes) noexcept {
  return payload_bytes + kFramingBytes;
}

// Appends one frame. `payload` must not lie in `out`. Never fails: whether the
// frame can be read back is the caller's question to is_encodable().
void append_frame(std::string& out, base::ByteView payload);

// Whether a FrameDecoder with default options, and room enough, gives exactly
// this payload back. False for
//   - one that holds 1C 0D: the reader would see the end there;
//   - one that holds 0B before MSH, FHS or BHS: a frame cut and begun anew;
//   - an empty or blank one: readers drop it as a heartbeat.
// A lone 0B or 1C passes. Peers that stop at any 1C exist; none can be told.
[[nodiscard]] bool is_encodable(base::ByteView payload) noexcept;

}  // namespace mllp
