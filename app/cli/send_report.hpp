// cli/send_report.hpp: what became of the messages, for people and for programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "cli/input_stream.hpp"
#include "cli/send_run.hpp"

namespace cli {

struct SendResult {
  std::string to;  // HOST:PORT
  std::size_t connection_count = 1;
  SendTally tally;
  std::uint64_t problem_count = 0;  // inputs, or parts of inputs, that were not sent
};

// Everything that was given was sent, and accepted.
[[nodiscard]] bool is_success(const SendResult& result) noexcept;

// A sentence and a table by answer, with its last line end.
[[nodiscard]] std::string render_send_result(const SendResult& result);

// One JSON object on one line, with its line end.
[[nodiscard]] std::string render_send_json(const SendResult& result);

// "adt.hl7: AA" or "adt.hl7 (2): AE PID-3 is required" or "x.hl7: no answer in time"
[[nodiscard]] std::string render_outcome(const OutgoingMessage& message,
                                         const SendOutcome& outcome);

// The segments of an answer, one to a line, indented, with a line end each. What
// could move a terminal's cursor is shown as a dot.
[[nodiscard]] std::string render_answer(base::ByteView answer);

}  // namespace cli
