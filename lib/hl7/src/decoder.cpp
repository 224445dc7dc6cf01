#include "hl7/decoder.hpp"

#include <algorithm>

#include "converters.hpp"
#include "iso2022.hpp"
#include "mask.hpp"
#include "unescape.hpp"
#include "utf8.hpp"

namespace hl7 {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

constexpr unsigned to_unsigned(char octet) noexcept { return static_cast<unsigned char>(octet); }

// No set has them inside a character.
constexpr bool is_control(char octet) noexcept {
  return to_unsigned(octet) < 0x20 || octet == 0x7F;
}

std::size_t append_valid_utf8(std::string& out, std::string_view octets) {
  std::size_t replaced_count = 0;
  while (true) {
    const std::size_t valid_bytes = utf8_prefix_bytes(octets);
    out += octets.substr(0, valid_bytes);
    octets.remove_prefix(valid_bytes);
    if (octets.empty()) return replaced_count;
    out += kReplacement;
    octets.remove_prefix(next_code_point(octets).bytes);
    ++replaced_count;
  }
}

std::size_t append_ascii(std::string& out, std::string_view octets) {
  std::size_t replaced_count = 0;
  for (const char octet : octets) {
    if (to_unsigned(octet) < 0x80) {
      out += octet;
    } else {
      out += kReplacement;
      ++replaced_count;
    }
  }
  return replaced_count;
}

void append_latin1(std::string& out, std::string_view octets) {
  for (const char octet : octets) append_utf8(out, to_unsigned(octet));
}

// Roman on the left, halfwidth katakana on the right.
std::size_t append_jis_x0201(std::string& out, std::string_view octets) {
  std::size_t replaced_count = 0;
  for (const char octet : octets) {
    const unsigned value = to_unsigned(octet);
    if (value == 0x5C) {
      append_utf8(out, 0xA5);  // yen
    } else if (value == 0x7E) {
      append_utf8(out, 0x203E);  // overline
    } else if (value < 0x80) {
      out += octet;
    } else if (value >= 0xA1 && value <= 0xDF) {
      append_utf8(out, 0xFF61 + (value - 0xA1));
    } else {
      out += kReplacement;
      ++replaced_count;
    }
  }
  return replaced_count;
}

// Katakana moved to the left: as JIS X 0201 has it on the right.
void move_right(std::string& out, std::string_view octets) {
  for (const char octet : octets) {
    const bool katakana = octet >= 0x21 && octet <= 0x5F;
    out += katakana ? static_cast<char>(octet | '\x80') : octet;
  }
}

}  // namespace

Decoder::Decoder() = default;
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&& other) noexcept = default;
Decoder& Decoder::operator=(Decoder&& other) noexcept = default;

void Decoder::open(const DecoderSource& source, std::optional<Charset> fallback) noexcept {
  source_ = source;
  charset_ = source.choice.base ? source.choice.base : fallback;
  if (charset_ == Charset::kUtf16 || charset_ == Charset::kUtf32) charset_.reset();
  source_.choice.base = charset_;
  replaced_count_ = 0;
}

void Decoder::open(const Message& message, std::optional<Charset> fallback) noexcept {
  open({.choice = message.charset_choice(),
        .delimiters = message.delimiters(),
        .octets = message.octets()},
       fallback);
}

Charset Decoder::charset() noexcept {
  if (!charset_) {
    const std::string_view text = base::as_text(source_.octets);
    const bool is_utf8 = utf8_prefix_bytes(text) == text.size();
    charset_ = is_utf8 ? Charset::kUtf8 : Charset::kWindows1252;
  }
  return *charset_;
}

std::string_view Decoder::decode(std::string_view value) {
  const char escape = source_.delimiters.escape;
  const bool plain = !source_.choice.switches && charset_ != Charset::kJisX0201 &&
                     (escape == 0 || value.find(escape) == std::string_view::npos);
  if (plain && is_ascii(value)) return value;
  if (plain && charset() == Charset::kUtf8 && utf8_prefix_bytes(value) == value.size()) {
    return value;
  }
  decoded_.clear();
  append_decoded(decoded_, value);
  return decoded_;
}

bool Decoder::is_empty(std::string_view value) {
  const std::size_t count_before = replaced_count_;
  const bool empty = decode(value).empty();
  replaced_count_ = count_before;
  return empty;
}

void Decoder::append_decoded(std::string& out, std::string_view value) {
  const char escape = source_.delimiters.escape;
  if (escape == 0 || value.find(escape) == std::string_view::npos) return append_utf8(out, value);
  MaskedValue masked{value, value, source_.choice.switches};
  if (may_collide(source_.choice)) {
    mask_.clear();
    append_mask(mask_, value, source_.choice, source_.delimiters);
    masked.mask = mask_;
  }
  unescaped_.clear();
  append_unescaped(unescaped_, masked, source_.delimiters);
  append_utf8(out, unescaped_);
}

void Decoder::append_utf8(std::string& out, std::string_view octets) {
  if (source_.choice.switches) return append_switching(out, octets);
  if (charset_ != Charset::kJisX0201 && is_ascii(octets)) {
    out += octets;
    return;
  }
  append_in(out, octets, charset());
}

// Cuts the octets where a sequence switches, and reads each stretch in its sets.
void Decoder::append_switching(std::string& out, std::string_view octets) {
  Iso2022State state;
  while (!octets.empty()) {
    const Iso2022State now = state;
    std::size_t end = 0;
    std::size_t sequence_bytes = 0;
    while (sequence_bytes == 0 && (end = octets.find('\x1B', end)) != std::string_view::npos) {
      sequence_bytes = take_designation(octets.substr(end), 0, state);
      if (sequence_bytes == 0) ++end;
    }
    const std::string_view stretch = octets.substr(0, end);
    octets.remove_prefix(std::min(stretch.size() + sequence_bytes, octets.size()));
    pairs_.clear();
    switch (now.left) {
      case LeftSet::kAscii: append_in(out, stretch, now.right.value_or(charset())); break;
      case LeftSet::kRoman: append_in(out, stretch, Charset::kJisX0201); break;
      case LeftSet::kKatakana:
        move_right(pairs_, stretch);
        append_in(out, pairs_, Charset::kJisX0201);
        break;
      case LeftSet::kJisX0208:
      case LeftSet::kJisX0212:
        pairs_ = now.left == LeftSet::kJisX0208 ? "\x1B$B" : "\x1B$(D";
        pairs_ += stretch;
        replaced_count_ += converters().decode(out, pairs_, Charset::kIso2022Jp);
        break;
    }
  }
}

void Decoder::append_in(std::string& out, std::string_view octets, Charset charset) {
  switch (charset) {
    case Charset::kAscii:
    case Charset::kJisX0208:
    case Charset::kJisX0212:
    case Charset::kIso2022Jp: replaced_count_ += append_ascii(out, octets); return;
    case Charset::kUtf8: replaced_count_ += append_valid_utf8(out, octets); return;
    case Charset::kIso8859P1: append_latin1(out, octets); return;
    case Charset::kJisX0201: replaced_count_ += append_jis_x0201(out, octets); return;
    default: break;
  }
  while (!octets.empty()) {
    const std::size_t ascii_bytes = ascii_prefix_bytes(octets);
    out += octets.substr(0, ascii_bytes);
    octets.remove_prefix(ascii_bytes);
    // Control characters are themselves: some of ICU's tables exchange a few.
    const std::size_t end = static_cast<std::size_t>(
        std::find_if(octets.begin(), octets.end(), is_control) - octets.begin());
    if (end > 0) replaced_count_ += converters().decode(out, octets.substr(0, end), charset);
    octets.remove_prefix(end);
  }
}

Converters& Decoder::converters() {
  if (converters_ == nullptr) converters_ = std::make_unique<Converters>();
  return *converters_;
}

}  // namespace hl7
