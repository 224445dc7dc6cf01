#include "intake/message_text.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "cel/fault.hpp"
#include "hl7/charset.hpp"
#include "hl7/cutter.hpp"

namespace intake {
namespace {

constexpr hl7::Delimiters kStandard{};
constexpr std::uint64_t kOctetsForUnit = 8;   // looked at
constexpr std::uint64_t kConversionCost = 8;  // beside one for each octet

bool are_standard(const hl7::Delimiters& delimiters) noexcept {
  return delimiters.field == kStandard.field && delimiters.component == kStandard.component &&
         delimiters.repetition == kStandard.repetition && delimiters.escape == kStandard.escape &&
         delimiters.subcomponent == kStandard.subcomponent;
}

bool is_ascii(std::string_view octets) noexcept {
  std::uint64_t all = 0;
  while (octets.size() >= sizeof all) {
    std::uint64_t eight;
    std::memcpy(&eight, octets.data(), sizeof eight);
    all |= eight;
    octets.remove_prefix(sizeof eight);
  }
  unsigned rest = 0;
  for (const char octet : octets) rest |= static_cast<unsigned char>(octet);
  return (all & 0x8080808080808080U) == 0 && rest < 0x80;
}

// How many octets are no ASCII.
std::size_t count_high(std::string_view octets) noexcept {
  std::size_t count = 0;
  while (octets.size() >= sizeof(std::uint64_t)) {
    std::uint64_t eight;
    std::memcpy(&eight, octets.data(), sizeof eight);
    count += static_cast<std::size_t>(std::popcount(eight & 0x8080808080808080U));
    octets.remove_prefix(sizeof eight);
  }
  for (const char octet : octets) count += static_cast<unsigned char>(octet) >= 0x80 ? 1U : 0U;
  return count;
}

// The letter that stands for a standard delimiter in an escape sequence, or 0.
char letter_of(char octet) noexcept {
  switch (octet) {
    case '|': return 'F';
    case '^': return 'S';
    case '~': return 'R';
    case '&': return 'T';
    case '\\': return 'E';
    default: return 0;
  }
}

// MSH-1 and MSH-2, which have no parts and no escapes.
bool names_delimiters(const hl7::Segment& segment, const hl7::Path& path) noexcept {
  return segment.has_delimiter_fields() && path.field && *path.field <= hl7::Ordinal{2};
}

}  // namespace

void MessageText::open(const hl7::Message& message, std::optional<hl7::Charset> fallback) noexcept {
  message_ = &message;
  decoder_.open(message, fallback);
  hl7::CharsetChoice choice = message.charset_choice();
  if (!choice.base) choice.base = fallback;
  is_charset_settled_ = choice.base.has_value();
  is_standard_ = are_standard(message.delimiters()) && !hl7::may_collide(choice);
}

cel::Value MessageText::read(const hl7::Segment& segment, const hl7::Path& path,
                             cel::Arena& arena) {
  return to_value(segment, path, message_->get(segment, path), arena);
}

cel::Value MessageText::to_value(const hl7::Segment& segment, const hl7::Path& path,
                                 std::string_view octets, cel::Arena& arena) {
  if (octets.empty() || hl7::is_null(octets)) return cel::Value::string({});
  if (!charge(1 + octets.size() / kOctetsForUnit)) return cel::Value::error(cel::Fault::kCostLimit);
  if (!path.field) return whole_segment(segment, arena);
  if (names_delimiters(segment, path)) return verbatim(octets, arena);
  if (path.component || !has_structure(octets)) return decoded(octets, arena);
  return structured(octets, arena);
}

// The decoder looks through a message that names no set once, to see whether it is
// UTF-8: charged before it does.
bool MessageText::settle_charset() noexcept {
  if (is_charset_settled_) return true;
  const std::string_view octets = base::as_text(message_->octets());
  if (!charge(octets.size() / kOctetsForUnit / kOctetsForUnit + count_high(octets))) {
    return false;
  }
  is_charset_settled_ = true;
  return true;
}

cel::Value MessageText::decoded(std::string_view octets, cel::Arena& arena) {
  const bool is_plain =
      is_ascii(octets) && octets.find(message_->delimiters().escape) == octets.npos;
  const bool may_read = is_plain || (charge(kConversionCost + octets.size()) && settle_charset());
  if (!may_read) return cel::Value::error(cel::Fault::kCostLimit);
  const std::string_view text = decoder_.decode(octets);
  if (text.data() == octets.data()) return cel::Value::string(text);
  built_ = text;
  return kept(arena);
}

cel::Value MessageText::verbatim(std::string_view octets, cel::Arena& arena) {
  if (is_ascii(octets)) return cel::Value::string(octets);
  built_.clear();
  decoder_.append_utf8(built_, octets);
  return kept(arena);
}

// Written anew only where the message speaks otherwise than the language does.
cel::Value MessageText::structured(std::string_view octets, cel::Arena& arena) {
  if (is_standard_ && is_ascii(octets)) return cel::Value::string(octets);
  if (!charge(kConversionCost + octets.size()) || !settle_charset()) {
    return cel::Value::error(cel::Fault::kCostLimit);
  }
  built_.clear();
  append_field(octets);
  return kept(arena);
}

cel::Value MessageText::whole_segment(const hl7::Segment& segment, cel::Arena& arena) {
  if (is_standard_ && is_ascii(segment.text)) return cel::Value::string(segment.text);
  if (!charge(kConversionCost + segment.text.size()) || !settle_charset()) {
    return cel::Value::error(cel::Fault::kCostLimit);
  }
  built_.clear();
  std::size_t index = 0;
  hl7::Cutter fields(*message_, segment.text, message_->delimiters().field);
  for (; fields.next(); ++index) {
    if (index > 0) built_ += '|';
    if (index == 1 && segment.has_delimiter_fields()) {
      built_ += hl7::kDefaultEncodingCharacters;
    } else {
      append_field(fields.part());
    }
  }
  return kept(arena);
}

cel::Value MessageText::kept(cel::Arena& arena) const {
  char* const room = arena.allocate_array<char>(built_.size());
  if (room == nullptr) return cel::Value::error(cel::Fault::kMemoryLimit);
  std::memcpy(room, built_.data(), built_.size());
  return cel::Value::string({room, built_.size()});
}

bool MessageText::has_structure(std::string_view octets) const noexcept {
  const hl7::Delimiters& delimiters = message_->delimiters();
  return std::ranges::any_of(octets, [&delimiters](char octet) {
    return octet == delimiters.component || octet == delimiters.repetition ||
           octet == delimiters.subcomponent;
  });
}

void MessageText::append_field(std::string_view octets) {
  hl7::Cutter repetitions(*message_, octets, message_->delimiters().repetition);
  for (bool first = true; repetitions.next(); first = false) {
    if (!first) built_ += '~';
    hl7::Cutter components(*message_, repetitions.part(), message_->delimiters().component);
    for (bool first_component = true; components.next(); first_component = false) {
      if (!first_component) built_ += '^';
      append_component(components.part());
    }
  }
}

void MessageText::append_component(std::string_view octets) {
  hl7::Cutter parts(*message_, octets, message_->delimiters().subcomponent);
  for (bool first = true; parts.next(); first = false) {
    if (!first) built_ += '&';
    append_leaf(parts.part());
  }
}

// In UTF-8, its sequences kept, and what is no delimiter in the message escaped.
void MessageText::append_leaf(std::string_view octets) {
  leaf_.clear();
  decoder_.append_utf8(leaf_, octets);
  const char escape = message_->delimiters().escape;
  for (const char octet : leaf_) {
    const char letter = letter_of(octet);
    if (octet == escape && escape != 0) {
      built_ += '\\';
    } else if (letter != 0) {
      built_ += '\\';
      built_ += letter;
      built_ += '\\';
    } else {
      built_ += octet;
    }
  }
}

}  // namespace intake
