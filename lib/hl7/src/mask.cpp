#include "mask.hpp"

#include <algorithm>

#include "iso2022.hpp"
#include "parts.hpp"
#include "unescape.hpp"
#include "utf8.hpp"

namespace hl7 {
namespace {

constexpr bool lies_in(char octet, unsigned least, unsigned most) noexcept {
  const auto value = static_cast<unsigned>(static_cast<unsigned char>(octet));
  return value >= least && value <= most;
}

constexpr bool is_trail(char octet, unsigned most) noexcept {
  return lies_in(octet, 0x40, 0x7E) || lies_in(octet, 0x80, most);
}

// The length of the character that `text` begins with in a set of one to four
// octets; 1 for what is not well formed, so that no delimiter is swallowed.
std::size_t character_bytes(std::string_view text, Charset charset) noexcept {
  if (text.size() < 2) return 1;
  const char lead = text[0];
  switch (charset) {
    case Charset::kShiftJis: {
      const bool leads = lies_in(lead, 0x81, 0x9F) || lies_in(lead, 0xE0, 0xFC);
      return leads && is_trail(text[1], 0xFC) ? 2 : 1;
    }
    case Charset::kGb18030:
      if (!lies_in(lead, 0x81, 0xFE)) return 1;
      if (text.size() >= 4 && lies_in(text[1], 0x30, 0x39) && lies_in(text[2], 0x81, 0xFE) &&
          lies_in(text[3], 0x30, 0x39)) {
        return 4;
      }
      return is_trail(text[1], 0xFE) ? 2 : 1;
    case Charset::kBig5: return lies_in(lead, 0x81, 0xFE) && is_trail(text[1], 0xFE) ? 2 : 1;
    default: return 1;
  }
}

// Walks over a text character by character.
class Masker {
 public:
  Masker(std::string_view text, const CharsetChoice& choice, const Delimiters& delimiters) noexcept
      : text_(text),
        base_(choice.base.value_or(Charset::kAscii)),
        switches_(choice.switches),
        delimiters_(delimiters) {}

  void append_to(std::string& mask) {
    while (!text_.empty()) {
      if (switches_ && take_switch(mask)) continue;
      const std::size_t bytes = hidden_bytes();
      if (bytes > 0) {
        mask.append(bytes, kHidden);
      } else if (take_sequence(mask)) {
        continue;
      } else {
        mask += text_.front();
        if (ends_value(text_.front())) state_ = {};
      }
      text_.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
  }

 private:
  // ESC and what belongs to it is hidden; HL7's own form stays, as an escape sequence.
  bool take_switch(std::string& mask) {
    Iso2022State state = state_;
    const std::size_t bytes = take_designation(text_, delimiters_.escape, state);
    if (bytes == 0) return false;
    if (text_.front() != delimiters_.escape) {
      mask.append(bytes, kHidden);
    } else if (!is_cut(text_.substr(0, bytes))) {
      mask += text_.substr(0, bytes);
    } else {
      return false;
    }
    state_ = state;
    text_.remove_prefix(bytes);
    return true;
  }

  // An escape sequence is passed over as one: its end opens no other.
  bool take_sequence(std::string& mask) {
    if (!switches_ || delimiters_.escape == 0 || text_.front() != delimiters_.escape) return false;
    const std::size_t bytes = known_sequence_bytes(text_, delimiters_);
    if (bytes == 0 || is_cut(text_.substr(0, bytes))) return false;
    mask += text_.substr(0, bytes);
    text_.remove_prefix(bytes);
    return true;
  }

  // A sequence inside which a delimiter stands, being a letter or a digit.
  [[nodiscard]] bool is_cut(std::string_view sequence) const noexcept {
    const std::string_view inner = sequence.substr(1, sequence.size() - 2);
    return std::any_of(inner.begin(), inner.end(), [this](char octet) {
      return octet == delimiters_.escape || ends_value(octet);
    });
  }

  // True of an octet that is seen: behind it the next value begins.
  [[nodiscard]] bool ends_value(char octet) const noexcept {
    return octet == '\r' || octet == '\n' ||
           (octet != 0 && (octet == delimiters_.field || octet == delimiters_.repetition ||
                           octet == delimiters_.component || octet == delimiters_.subcomponent));
  }

  // How many octets to hide next: 0 if the next octet is to be seen.
  [[nodiscard]] std::size_t hidden_bytes() const noexcept {
    const char first = text_.front();
    if (is_double(state_.left) && text_.size() >= 2 && lies_in(first, 0x21, 0x7E) &&
        lies_in(text_[1], 0x21, 0x7E)) {
      return 2;
    }
    if (state_.left == LeftSet::kKatakana && lies_in(first, 0x21, 0x5F)) return 1;
    const std::size_t bytes = character_bytes(text_, state_.right.value_or(base_));
    return bytes > 1 ? bytes : 0;
  }

  std::string_view text_;
  Charset base_;
  bool switches_;
  Delimiters delimiters_;
  Iso2022State state_;
};

constexpr std::size_t kCharsetIndex = 17;   // of MSH-18, MSH being part 0
constexpr std::size_t kHandlingIndex = 19;  // of MSH-20

CharsetChoice choose(std::string_view msh, std::string_view seen, const Delimiters& delimiters) {
  const auto part = [&](std::size_t index) {
    const std::string_view found = nth_part(seen, delimiters.field, index);
    if (found.empty()) return found;
    return msh.substr(static_cast<std::size_t>(found.data() - seen.data()), found.size());
  };
  const std::string_view field = part(kCharsetIndex);
  if (field.empty()) return {};
  return choose_charset(field, part(kHandlingIndex), delimiters);
}

// The segment up to the end of MSH-18, which only what is in front of it can move.
std::string_view up_to_charset(std::string_view msh, const Delimiters& delimiters) noexcept {
  const std::string_view field = nth_part(msh, delimiters.field, kCharsetIndex);
  if (field.data() == nullptr) return msh;
  return msh.substr(0, static_cast<std::size_t>(field.data() - msh.data()) + field.size());
}

}  // namespace

void append_mask(std::string& mask, std::string_view text, const CharsetChoice& choice,
                 const Delimiters& delimiters) {
  mask.reserve(mask.size() + text.size());
  Masker(text, choice, delimiters).append_to(mask);
}

bool ends_whole(std::string_view value, const CharsetChoice& choice, const Delimiters& delimiters) {
  if (!may_collide(choice)) return true;
  std::string mask;
  for (const char each :
       {delimiters.field, delimiters.repetition, delimiters.component, delimiters.subcomponent}) {
    if (each == 0) continue;
    mask.clear();
    append_mask(mask, std::string(value).append(2, each), choice, delimiters);
    if (!std::string_view(mask).substr(value.size()).starts_with(each)) return false;
  }
  return true;
}

bool may_hold_characters(std::string_view text) noexcept {
  return !is_ascii(text) || text.find('\x1B') != std::string_view::npos;
}

CharsetChoice read_charset_choice(std::string_view msh, const Delimiters& delimiters,
                                  std::string& scratch) {
  const CharsetChoice plain = choose(msh, msh, delimiters);
  if (plain.base && !may_collide(plain)) return plain;
  const std::string_view front = up_to_charset(msh, delimiters);
  if (!may_hold_characters(front)) return plain;
  const bool is_utf8 = utf8_prefix_bytes(front) == front.size();
  const auto read_in = [&](const CharsetChoice& choice) {
    scratch.clear();
    append_mask(scratch, msh, choice, delimiters);
    return choose(msh, scratch, delimiters);
  };

  // Which set reads an MSH-18 that names that very set?
  constexpr CharsetChoice kColliding[] = {{Charset::kGb18030, false},
                                          {Charset::kBig5, false},
                                          {Charset::kShiftJis, false},
                                          {Charset::kAscii, true}};
  for (const CharsetChoice& guess : kColliding) {
    if (is_utf8 && !guess.switches) continue;  // then it is hardly one of these
    const CharsetChoice found = read_in(guess);
    if (found.base && (found == guess || read_in(found) == found)) return found;
  }
  return read_in(plain) == plain ? plain : CharsetChoice{};
}

}  // namespace hl7
