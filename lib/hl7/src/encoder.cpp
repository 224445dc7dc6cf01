#include "hl7/encoder.hpp"

#include "converters.hpp"
#include "escape_letter.hpp"
#include "hl7/message.hpp"
#include "utf8.hpp"

namespace hl7 {
namespace {

constexpr char kMark = '?';

constexpr bool is_control(char octet) noexcept { return static_cast<unsigned char>(octet) < 0x20; }

// Control characters that would end a segment or a frame.
constexpr bool ends_something(char octet) noexcept {
  return octet == '\r' || octet == '\n' || octet == '\v' || octet == '\x1C';
}

// The octet of JIS X 0201 for a character beyond ASCII; 0 if it lacks it.
constexpr char find_jis_x0201(char32_t value) noexcept {
  if (value == 0xA5) return '\x5C';
  if (value == 0x203E) return '\x7E';
  if (value < 0xFF61 || value > 0xFF9F) return 0;
  return static_cast<char>(value - 0xFF61 + 0xA1);
}

constexpr std::string_view kKatakanaOnTheLeft = "\x1B(I";
constexpr std::string_view kAsciiOnTheLeft = "\x1B(B";

// How many octets the text begins with that are characters of JIS X 0201 beyond
// ASCII; on the left there is katakana alone.
std::size_t jis_x0201_prefix_bytes(std::string_view text, bool on_the_right) noexcept {
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const CodePoint point = next_code_point(text.substr(bytes));
    const char octet = find_jis_x0201(point.value.value_or(0));
    if (octet == 0 || (!on_the_right && octet > 0)) break;
    bytes += point.bytes;
  }
  return bytes;
}

// UTF-8 as it is, and the mark for what is none.
std::size_t append_utf8_text(std::string& out, std::string_view text) {
  std::size_t lost_count = 0;
  while (true) {
    const std::size_t valid_bytes = utf8_prefix_bytes(text);
    out += text.substr(0, valid_bytes);
    text.remove_prefix(valid_bytes);
    if (text.empty()) return lost_count;
    out += kMark;
    ++lost_count;
    text.remove_prefix(next_code_point(text).bytes);
  }
}

// A stretch of ASCII, or of characters beyond it.
std::string_view take_stretch(std::string_view& text) noexcept {
  std::size_t bytes = ascii_prefix_bytes(text);
  if (bytes == 0) {
    while (bytes < text.size() && static_cast<unsigned char>(text[bytes]) >= 0x80) ++bytes;
  }
  const std::string_view stretch = text.substr(0, bytes);
  text.remove_prefix(bytes);
  return stretch;
}

}  // namespace

Encoder::Encoder() = default;
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&& other) noexcept = default;
Encoder& Encoder::operator=(Encoder&& other) noexcept = default;

void Encoder::open(const CharsetChoice& choice, const Delimiters& delimiters) noexcept {
  charset_ = choice.base.value_or(Charset::kUtf8);
  if (charset_ == Charset::kUtf16 || charset_ == Charset::kUtf32) charset_ = Charset::kUtf8;
  switches_ = choice.switches;
  collides_ = may_collide(choice);
  delimiters_ = delimiters;
}

std::size_t Encoder::append_value(std::string& out, std::string_view text) {
  std::size_t lost_count = 0;
  if (is_null(text) && delimiters_.escape != 0) {
    if (!append_escape_sequence(out, text.front(), delimiters_)) ++lost_count;
    text.remove_prefix(1);
  }
  while (!text.empty()) {
    const std::string_view stretch = take_stretch(text);
    lost_count +=
        is_ascii(stretch) ? append_escaped_ascii(out, stretch) : append_beyond_ascii(out, stretch);
  }
  return lost_count;
}

std::size_t Encoder::append_plain(std::string& out, std::string_view text) {
  std::size_t lost_count = 0;
  while (!text.empty()) {
    const std::string_view stretch = take_stretch(text);
    if (is_ascii(stretch)) {
      out += stretch;
    } else {
      lost_count += append_in_set(out, stretch);
    }
  }
  return lost_count;
}

std::size_t Encoder::append_escaped_ascii(std::string& out, std::string_view text) {
  const bool escapes = delimiters_.escape != 0;
  std::size_t lost_count = 0;
  for (const char octet : text) {
    const bool is_delimiter = letter_of_delimiter(octet, delimiters_) != 0;
    // ESC might switch to a set in which delimiters are hidden.
    const bool is_harmful = ends_something(octet) || (switches_ && octet == '\x1B');
    const bool is_risky = escapes ? is_control(octet) : is_harmful;
    if (!is_delimiter && !is_risky) {
      out += octet;
      continue;
    }
    const std::size_t size_before = out.size();
    if (append_escape_sequence(out, octet, delimiters_)) continue;
    if (is_delimiter || is_harmful) {
      ++lost_count;
    } else {  // no sequence can stand, and it does no harm
      out.resize(size_before);
      out += octet;
    }
  }
  return lost_count;
}

// Octets of a set that does not collide are told by themselves: an eight-bit
// delimiter among them is escaped. In the other sets they are hidden anyway.
std::size_t Encoder::append_beyond_ascii(std::string& out, std::string_view text) {
  if (collides_) return append_in_set(out, text);
  written_.clear();
  std::size_t lost_count = append_in_set(written_, text);
  for (const char octet : written_) {
    if (letter_of_delimiter(octet, delimiters_) == 0) {
      out += octet;
    } else if (!append_escape_sequence(out, octet, delimiters_)) {
      ++lost_count;
    }
  }
  return lost_count;
}

std::size_t Encoder::append_in_set(std::string& out, std::string_view text) {
  if (charset_ == Charset::kUtf8) return append_utf8_text(out, text);
  switch (charset_) {
    case Charset::kJisX0201:
      return append_japanese(out, text, switches_ ? Charset::kIso2022Jp : Charset::kAscii);
    case Charset::kJisX0208:
    case Charset::kJisX0212:
    case Charset::kIso2022Jp: return append_japanese(out, text, charset_);
    case Charset::kAscii:
      if (switches_) return append_japanese(out, text, Charset::kIso2022Jp);
      break;
    default: break;
  }
  return converters().encode(out, text, charset_);
}

// What JIS X 0201 has is ours to write, all else is for `others`.
std::size_t Encoder::append_japanese(std::string& out, std::string_view text, Charset others) {
  const bool on_the_right = charset_ == Charset::kJisX0201;
  std::size_t lost_count = 0;
  while (!text.empty()) {
    const std::size_t own_bytes = jis_x0201_prefix_bytes(text, on_the_right);
    std::string_view own = text.substr(0, own_bytes);
    text.remove_prefix(own_bytes);
    if (!own.empty() && !on_the_right) out += kKatakanaOnTheLeft;
    while (!own.empty()) {
      const CodePoint point = next_code_point(own);
      const char octet = find_jis_x0201(point.value.value_or(0));
      out += on_the_right ? octet : static_cast<char>(octet & '\x7F');
      own.remove_prefix(point.bytes);
      if (own.empty() && !on_the_right) out += kAsciiOnTheLeft;
    }
    std::size_t other_bytes = 0;
    while (other_bytes < text.size() &&
           jis_x0201_prefix_bytes(text.substr(other_bytes), on_the_right) == 0) {
      other_bytes += next_code_point(text.substr(other_bytes)).bytes;
    }
    if (other_bytes > 0) {
      lost_count += converters().encode(out, text.substr(0, other_bytes), others);
    }
    text.remove_prefix(other_bytes);
  }
  return lost_count;
}

Converters& Encoder::converters() {
  if (converters_ == nullptr) converters_ = std::make_unique<Converters>();
  return *converters_;
}

}  // namespace hl7
