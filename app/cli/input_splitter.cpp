#include "cli/input_splitter.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "mllp/frame_encoder.hpp"

namespace cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\n";

mllp::FrameOptions frame_options() {
  mllp::FrameOptions options;
  options.payload_bytes_max = kMessageBytesMax;
  options.garbage_bytes_max = 0;
  return options;
}

bool is_letter_or_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// "MSH" and a separator: a line of prose that begins with MSHA is none.
bool begins_with(std::string_view text, std::string_view name) noexcept {
  return text.size() > 3 && text.starts_with(name) && !is_letter_or_digit(text[3]) &&
         kBlanks.find(text[3]) == std::string_view::npos;
}

bool begins_batch(std::string_view text) noexcept {
  return begins_with(text, "FHS") || begins_with(text, "BHS");
}

bool begins_message(std::string_view text) noexcept {
  return begins_with(text, "MSH") || begins_batch(text);
}

// Where the next line begins that begins a message, at `offset` or behind it.
std::size_t find_header(std::string_view text, std::size_t offset) noexcept {
  while (offset < text.size()) {
    if (begins_message(text.substr(offset))) return offset;
    const std::size_t end = text.find_first_of("\r\n", offset);
    if (end == std::string_view::npos) break;
    offset = end + 1;
  }
  return text.size();
}

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(kBlanks) == std::string_view::npos;
}

}  // namespace

std::string_view to_string(InputFault fault) noexcept {
  constexpr std::array<std::string_view, 7> kSentences = {
      "",
      "no message: no line begins with MSH, FHS or BHS",
      "text before the first MSH was left out",
      "an MLLP frame was cut and was left out",
      "a message holds the octets of an MLLP frame and was left out",
      "a message is over 1 GiB and was left out",
      "text between the MLLP frames was left out",
  };
  return kSentences[static_cast<std::size_t>(fault)];
}

InputSplitter::InputSplitter(std::string_view input, SplitOptions options)
    : rest_(input), input_bytes_(input.size()), options_(options), decoder_(frame_options()) {
  const std::size_t first = std::min(input.find_first_not_of(kBlanks), input.size());
  framed_ = options.unit == FrameUnit::kMessage && input.substr(first).starts_with('\x0b');
}

std::optional<std::string> InputSplitter::next() {
  while (auto piece = next_piece()) {
    if (piece->size() > kMessageBytesMax) {
      note(InputFault::kTooLarge);
    } else if (!mllp::is_encodable(base::as_bytes(*piece))) {
      note(is_blank(*piece) ? InputFault::kNoMessage : InputFault::kNotEncodable);
    } else {
      ++message_count_;
      return piece;
    }
  }
  if (message_count_ == 0 && faults_.empty()) note(InputFault::kNoMessage);
  return std::nullopt;
}

std::optional<std::string> InputSplitter::next_piece() {
  if (options_.unit == FrameUnit::kInput) return take_all();
  return framed_ ? next_frame() : next_message();
}

std::optional<std::string> InputSplitter::take_all() {
  if (rest_.empty()) return std::nullopt;
  std::string payload = to_payload(rest_);
  rest_ = {};
  return payload;
}

std::optional<std::string> InputSplitter::next_frame() {
  while (true) {
    if (!decoder_.inside_frame()) skip_blanks();
    if (rest_.empty()) break;
    const mllp::DecodeStep step = decoder_.decode(base::as_bytes(rest_));
    rest_.remove_prefix(step.consumed_bytes);
    if (step.event == mllp::DecodeEvent::kFrame) {
      return std::string(base::as_text(decoder_.payload()));
    }
    if (step.event == mllp::DecodeEvent::kOversize) note(InputFault::kTooLarge);
    if (step.event == mllp::DecodeEvent::kOversizeEndless) {
      note(InputFault::kTooLarge);
      rest_ = {};
    }
  }
  note_decoder_losses();
  return std::nullopt;
}

void InputSplitter::note_decoder_losses() {
  const bool unfinished = decoder_.finish() > 0;
  if (unfinished || decoder_.counts().cut_frames > 0) note(InputFault::kCutFrame);
  if (decoder_.counts().garbage_bytes > 0) note(InputFault::kOctetsBetweenFrames);
}

// Line ends between frames are how people write frames into files: no loss.
void InputSplitter::skip_blanks() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
}

std::optional<std::string> InputSplitter::next_message() {
  if (!begun_) skip_to_header();
  if (rest_.empty()) return std::nullopt;
  const std::size_t end =
      begins_batch(rest_) ? rest_.size() : std::min(find_header(rest_, 1), rest_.size());
  std::string payload = to_payload(rest_.substr(0, end));
  rest_.remove_prefix(end);
  return payload;
}

void InputSplitter::skip_to_header() {
  begun_ = true;
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  skip_blanks();  // the first header may stand behind blanks on its line
  const std::size_t header = find_header(rest_, 0);
  if (header == rest_.size() && !rest_.empty()) {
    note(InputFault::kNoMessage);
  } else if (header > 0) {
    note(InputFault::kOctetsBeforeMessage);
  }
  rest_.remove_prefix(header);
}

void InputSplitter::note(InputFault fault) {
  if (std::find(faults_.begin(), faults_.end(), fault) == faults_.end()) faults_.push_back(fault);
}

std::string InputSplitter::to_payload(std::string_view piece) const {
  if (options_.line_ends == LineEnds::kAsRead) return std::string(piece);
  std::string payload;
  payload.reserve(piece.size() + 1);
  for (std::size_t i = 0; i < piece.size(); ++i) {
    const bool ends_crlf = piece[i] == '\n' && i > 0 && piece[i - 1] == '\r';
    if (!ends_crlf) payload += piece[i] == '\n' ? '\r' : piece[i];
  }
  while (payload.ends_with('\r')) payload.pop_back();
  payload += '\r';
  return payload;
}

}  // namespace cli
