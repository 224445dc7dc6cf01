#include "cli/send_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "cli/json_object.hpp"
#include "cli/progress.hpp"

namespace cli {
namespace {

constexpr std::array kCodes = {hl7::AckCode::kAA, hl7::AckCode::kAE, hl7::AckCode::kAR,
                               hl7::AckCode::kCA, hl7::AckCode::kCE, hl7::AckCode::kCR};

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", render_count(count), noun, count == 1 ? "" : "s");
}

std::string row(std::string_view name, std::uint64_t count) {
  return fmt::format("{:<12}  {:>12}\n", name, render_count(count));
}

std::string row_if_any(std::string_view name, std::uint64_t count) {
  return count == 0 ? std::string() : row(name, count);
}

double rate_of(const SendTally& tally) {
  const double seconds = std::chrono::duration<double>(tally.time).count();
  return seconds > 0.0 ? static_cast<double>(tally.settled()) / seconds : 0.0;
}

std::string visible(std::string_view text) {
  std::string shown(text);
  std::replace_if(
      shown.begin(), shown.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }, '.');
  return shown;
}

}  // namespace

bool is_success(const SendResult& result) noexcept {
  const SendTally& tally = result.tally;
  return tally.complete && tally.accepted > 0 && tally.accepted == tally.settled() &&
         tally.unexpected == 0 && result.problem_count == 0;
}

std::string render_send_result(const SendResult& result) {
  const SendTally& tally = result.tally;
  std::string text = fmt::format(
      "{} to {} over {} in {} ({}/s)\n\n", plural(tally.settled(), "message"), result.to,
      plural(result.connection_count, "connection"), render_latency(tally.time),
      render_count(static_cast<std::uint64_t>(rate_of(tally))));
  text += fmt::format("{:<12}  {:>12}\n", "answer", "messages");
  for (const hl7::AckCode code : kCodes) {
    text += row_if_any(hl7::to_string(code), tally.by_code[static_cast<std::size_t>(code)]);
  }
  text += row_if_any("unanswered", tally.unanswered);
  text += row_if_any("mismatched", tally.mismatched);
  text += row_if_any("unreadable", tally.unreadable);
  text += row_if_any("unexpected", tally.unexpected);
  if (tally.settled() == 0) text += row("none", 0);
  if (tally.retries > 0) text += fmt::format("\n{} sent again\n", plural(tally.retries, "message"));
  if (result.problem_count > 0) {
    text += fmt::format("\n{} in the inputs: see above\n", plural(result.problem_count, "problem"));
  }
  if (!tally.complete) text += "\nnot all of the inputs was sent\n";
  return text;
}

std::string render_send_json(const SendResult& result) {
  const SendTally& tally = result.tally;
  JsonObject answers;
  for (const hl7::AckCode code : kCodes) {
    const std::uint64_t count = tally.by_code[static_cast<std::size_t>(code)];
    if (count > 0) answers.add(hl7::to_string(code), count);
  }
  JsonObject object;
  object.add("to", result.to)
      .add("connections", static_cast<std::uint64_t>(result.connection_count))
      .add("messages", tally.settled())
      .add("accepted", tally.accepted)
      .add("answers", answers)
      .add("unanswered", tally.unanswered)
      .add("mismatched", tally.mismatched)
      .add("unreadable", tally.unreadable)
      .add("unexpected", tally.unexpected)
      .add("retries", tally.retries)
      .add("problems", result.problem_count)
      .add("complete", tally.complete)
      .add("success", is_success(result))
      .add_decimal("seconds", std::chrono::duration<double>(tally.time).count(), 6)
      .add_decimal("messages_per_second", rate_of(tally), 1);
  return object.to_text() + "\n";
}

std::string render_outcome(const OutgoingMessage& message, const SendOutcome& outcome) {
  std::string word;
  switch (outcome.settlement) {
    case Settlement::kAccepted:
    case Settlement::kRefused: word = hl7::to_string(outcome.code); break;
    case Settlement::kMismatched: word = "mismatched"; break;
    case Settlement::kUnreadable: word = "unreadable"; break;
    case Settlement::kUnanswered: word = "unanswered"; break;
  }
  std::string text = fmt::format("{}: {}", message.origin, word);
  if (!outcome.reason.empty()) text += " " + visible(outcome.reason);
  return text;
}

std::string render_answer(base::ByteView answer) {
  std::string text;
  std::string_view rest = base::as_text(answer);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\r'), rest.size());
    text += "  " + visible(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}

}  // namespace cli
