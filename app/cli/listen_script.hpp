// cli/listen_script.hpp: what a receiver for tests does with each message.
//
//     script := step ( ("," | line end) step )*        "AE*2, silent, AA@5s, reset, AA"
//     step   := act ( "+" act )* [ "*" count ]         one message, or `count` of them
//     act    := word [ "@" time ]                      at once, or that much later
//
//     AA AE AR CA CE CR   an answer with that code
//     wrong               AA, but to another message (MSA-2)
//     empty               AA without MSA-2
//     garbage             a frame that is no HL7
//     half                the first half of an AA; then the connection ends
//     silent              nothing
//     late                AA, once the next message has come on this connection
//     close, reset        the connection ends, in order or with a reset
//
// Steps count messages over all connections; the last one goes for all that follow. What
// stands behind # is a comment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "hl7/ack_code.hpp"

namespace cli {

enum class ListenAct : std::uint8_t {
  kAnswer,
  kWrong,
  kEmpty,
  kGarbage,
  kHalf,
  kSilent,
  kLate,
  kClose,
  kReset,
};

struct ListenPart {
  ListenAct act = ListenAct::kAnswer;
  hl7::AckCode code = hl7::AckCode::kAA;
  base::Duration delay{};

  friend bool operator==(const ListenPart&, const ListenPart&) = default;
};

struct ListenStep {
  std::vector<ListenPart> parts;  // at least one
  std::string text;               // as it was written: "CA+AA@1s"
  std::uint64_t count = 1;
};

// Not thread-safe.
class ListenScript {
 public:
  // Fails with a sentence that names what is wrong. At most 10,000 steps.
  [[nodiscard]] static base::Result<ListenScript, std::string> parse(std::string_view text);

  // For the next message. Valid as long as the script.
  [[nodiscard]] const ListenStep& next();

 private:
  std::vector<ListenStep> steps_;  // at least one
  std::size_t index_ = 0;
  std::uint64_t done_ = 0;  // of the step at index_
};

}  // namespace cli
