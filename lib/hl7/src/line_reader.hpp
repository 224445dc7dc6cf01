// line_reader.hpp: cuts octets into lines that end in CR, LF or CRLF.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace hl7 {

enum class LineEnd : std::uint8_t { kNone, kCr, kLf, kCrLf };

// Looks ahead for CR and for LF apart, and again only for the one that was
// passed: text with one kind of line end costs one memchr per line and one
// single memchr over all of it for the other kind.
class LineReader {
 public:
  explicit LineReader(std::string_view text) noexcept
      : at_(text.data()), end_(text.data() + text.size()), cr_(find('\r')), lf_(find('\n')) {}

  // Moves to the next line; false behind the last. A line end at the very end
  // opens no further line.
  bool next() noexcept {
    if (at_ == end_) return false;
    if (cr_ < at_) cr_ = find('\r');
    if (lf_ < at_) lf_ = find('\n');
    line_ = at_;
    stop_ = cr_ < lf_ ? cr_ : lf_;
    line_end_ = end_kind();
    at_ = stop_ + (line_end_ == LineEnd::kNone ? 0 : line_end_ == LineEnd::kCrLf ? 2 : 1);
    return true;
  }

  // The line without its end.
  [[nodiscard]] std::string_view line() const noexcept {
    return {line_, static_cast<std::size_t>(stop_ - line_)};
  }

  [[nodiscard]] LineEnd line_end() const noexcept { return line_end_; }

 private:
  [[nodiscard]] const char* find(char octet) const noexcept {
    if (at_ == end_) return end_;
    const void* found = std::memchr(at_, octet, static_cast<std::size_t>(end_ - at_));
    return found == nullptr ? end_ : static_cast<const char*>(found);
  }

  [[nodiscard]] LineEnd end_kind() const noexcept {
    if (stop_ == end_) return LineEnd::kNone;
    if (stop_ == lf_) return LineEnd::kLf;
    const bool lf_follows = lf_ == stop_ + 1 && lf_ != end_;
    return lf_follows ? LineEnd::kCrLf : LineEnd::kCr;
  }

  const char* at_;   // where the next line begins
  const char* end_;  // of the text
  const char* cr_;   // the first CR at or behind at_ when last looked for, else end_
  const char* lf_;   // the first LF likewise
  const char* line_ = nullptr;
  const char* stop_ = nullptr;
  LineEnd line_end_ = LineEnd::kNone;
};

}  // namespace hl7
