#include "cli/answer_check.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "hl7/frame.hpp"
#include "hl7/header.hpp"

namespace cli {
namespace {

// The text up to the separator; what stands behind it is left in `rest`.
std::string_view take_until(std::string_view& rest, char separator) noexcept {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

bool is_msa(std::string_view segment, char field) noexcept {
  return segment.size() > 4 && segment.starts_with("MSA") && segment[3] == field;
}

// The first MSA segment, without its name: MSA-1 onwards. Empty when there is none.
std::string_view find_msa(std::string_view message, char field) noexcept {
  while (!message.empty()) {
    const std::string_view segment = take_until(message, '\r');
    if (is_msa(segment, field)) return segment.substr(4);
  }
  return {};
}

CheckedAnswer read_answer(base::ByteView answer) noexcept {
  CheckedAnswer checked;
  const auto header = hl7::parse_header(answer);
  if (!header) return checked;
  const char field = header->delimiters.field;
  std::string_view msa = find_msa(base::as_text(answer), field);
  if (msa.empty()) return checked;

  const auto code = hl7::find_ack_code(take_until(msa, field));
  checked.fault = code ? AnswerFault::kNone : AnswerFault::kUnknownCode;
  checked.code = code.value_or(hl7::AckCode::kAE);
  checked.control_id = take_until(msa, field);
  checked.text = take_until(msa, field);
  return checked;
}

// AA and CA, then what may be tried again, then what may not.
int badness(const CheckedAnswer& answer) noexcept {
  if (answer.fault != AnswerFault::kNone) return 3;
  if (hl7::is_accept(answer.code)) return 0;
  return answer.code == hl7::AckCode::kAE || answer.code == hl7::AckCode::kCE ? 1 : 2;
}

CheckedAnswer check_among(base::ByteView answer, std::span<const std::string> control_ids) {
  CheckedAnswer checked = read_answer(answer);
  if (checked.fault != AnswerFault::kNone) return checked;
  const bool of_the_whole = checked.control_id.empty() && !hl7::is_accept(checked.code);
  const bool known =
      std::find(control_ids.begin(), control_ids.end(), checked.control_id) != control_ids.end();
  if (!known && !of_the_whole) checked.fault = AnswerFault::kMismatched;
  return checked;
}

}  // namespace

std::string_view to_string(AnswerFault fault) noexcept {
  constexpr std::array<std::string_view, 4> kNames = {"none", "unreadable", "unknown_code",
                                                      "mismatched"};
  return kNames[static_cast<std::size_t>(fault)];
}

CheckedAnswer check_answer(base::ByteView answer, std::string_view control_id) noexcept {
  CheckedAnswer checked = read_answer(answer);
  if (checked.fault == AnswerFault::kNone && checked.control_id != control_id) {
    checked.fault = AnswerFault::kMismatched;
  }
  return checked;
}

CheckedAnswer check_batch_answer(base::ByteView answer, std::span<const std::string> control_ids) {
  const hl7::FrameContents contents = hl7::split_frame(answer);
  if (contents.kind != hl7::FrameKind::kBatch) return check_among(answer, control_ids);

  CheckedAnswer worst;
  worst.fault = AnswerFault::kNone;
  worst.code = hl7::AckCode::kAA;
  for (const base::ByteView message : contents.messages) {
    const CheckedAnswer checked = check_among(message, control_ids);
    if (badness(checked) > badness(worst)) worst = checked;
  }
  return worst;
}

}  // namespace cli
