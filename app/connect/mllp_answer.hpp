// connect/mllp_answer.hpp: whether an answer is the answer to this message.
//
// Pure. An answer settles a message only if MSA-2 names it; what else counts is
// chosen by the operator, because some targets cut or leave out what they echo:
//
//   match     MSA-2 that names the message with MSH-10 "m"
//   strict    m, octet for octet
//   prefix20  m, or the first 20 octets of it (MSA-2 up to version 2.5.1)
//   order     m, or nothing at all: one message is in flight, so it is that one
//
// A message without MSH-10 cannot be named. Then any MSA-2 will do in any mode,
// by order, unless it names another message that was sent not long ago.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "hl7/ack_code.hpp"

namespace connectors {

enum class Match : std::uint8_t { kStrict, kPrefix20, kOrder };

struct Acknowledgement {
  hl7::AckCode code = hl7::AckCode::kAA;  // MSA-1
  std::string control_id;                 // MSA-2 as received; empty when absent
};

// Reads MSA with the answer's own delimiters. None if there is no readable MSH,
// no MSA, or no code of table 0008 in it.
[[nodiscard]] std::optional<Acknowledgement> read_acknowledgement(base::ByteView answer);

struct Naming {
  std::string_view control_id;  // MSH-10 of a message; not empty
  std::string_view answered;    // MSA-2
};

// The table above, but for what is not there: an empty MSA-2 names nothing.
[[nodiscard]] bool names(Match match, const Naming& naming) noexcept;

}  // namespace connectors
