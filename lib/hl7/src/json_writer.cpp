#include <algorithm>
#include <array>
#include <charconv>

#include "hl7/cutter.hpp"
#include "hl7/json.hpp"

namespace hl7 {
namespace {

// Levels of separators, from the field down.
constexpr std::size_t kRepetitions = 0;
constexpr std::size_t kComponents = 1;
constexpr std::size_t kSubcomponents = 2;
constexpr std::size_t kLeaf = 3;

char separator_of(const Delimiters& delimiters, std::size_t level) noexcept {
  switch (level) {
    case kRepetitions: return delimiters.repetition;
    case kComponents: return delimiters.component;
    default: return delimiters.subcomponent;
  }
}

void append_escaped(std::string& out, unsigned char octet) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (octet) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  out += "\\u00";
  out += kDigits[octet >> 4U];
  out += kDigits[octet & 0xFU];
}

// REQUIRES: UTF-8.
void append_text(std::string& out, std::string_view text) {
  std::size_t begin = 0;  // of what is not written yet
  for (std::size_t index = 0; index < text.size(); ++index) {
    const auto octet = static_cast<unsigned char>(text[index]);
    if (octet >= 0x20 && octet != '"' && octet != '\\') continue;
    out += text.substr(begin, index - begin);
    append_escaped(out, octet);
    begin = index + 1;
  }
  out += text.substr(begin);
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  append_text(out, text);
  out += '"';
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

JsonWriter::JsonWriter(const Message& message, Decoder& decoder,
                       const JsonOptions& options) noexcept
    : message_(&message), decoder_(&decoder), options_(options), place_{&message, nullptr} {}

bool JsonWriter::append_next(std::string& out) {
  if (done_) return false;
  if (index_ == 0) out += "{\"segments\":[";
  const auto segments = message_->segments();
  if (index_ < segments.size()) {
    if (index_ > 0) out += ',';
    if (options_.line_per_segment) out += '\n';
    append_segment(out, segments[index_++]);
  }
  if (index_ == segments.size()) {
    out += options_.line_per_segment ? "\n]}\n" : "]}";
    done_ = true;
  }
  return true;
}

void JsonWriter::append_segment(std::string& out, const Segment& segment) {
  place_ = {message_, &segment};
  out += "{\"name\":\"";
  std::string name;
  decoder_->append_utf8(name, segment.name());
  append_text(out, name);
  out += '"';
  const std::string_view title =
      options_.names == nullptr ? std::string_view{} : options_.names->name_of(place_);
  if (!title.empty()) {
    out += ",\"title\":";
    append_string(out, title);
  }

  Cutter fields(*message_, segment.text, message_->delimiters().field);
  static_cast<void>(fields.next());  // the name
  bool first = true;
  const auto append = [&](std::string_view text) {
    out += first ? ",\"fields\":{" : ",";
    first = false;
    append_field(out, segment, text);
  };
  if (segment.has_delimiter_fields() && segment.text.size() > segment.name_bytes) {
    ++place_.field;
    append(segment.text.substr(segment.name_bytes, 1));
  }
  while (fields.next()) {
    ++place_.field;
    const bool encoding_characters = segment.has_delimiter_fields() && place_.field == 2;
    const std::string_view text = fields.part();
    const bool empty = encoding_characters ? text.empty() : is_empty(text, kRepetitions);
    if (!empty) append(text);
  }
  out += first ? "}" : "}}";
}

void JsonWriter::append_field(std::string& out, const Segment& segment, std::string_view text) {
  place_.component = 0;
  place_.subcomponent = 0;
  append_key(out, place_.field);
  if (segment.has_delimiter_fields() && place_.field <= 2) {
    std::string decoded;
    decoder_->append_utf8(decoded, text);
    append_string(out, decoded);
    return;
  }

  // Up to the last repetition that is not empty.
  const char separator = message_->delimiters().repetition;
  std::size_t count = 0;
  std::size_t number = 0;
  for (Cutter cutter(*message_, text, separator); cutter.next();) {
    ++number;
    if (!is_empty(cutter.part(), kComponents)) count = number;
  }
  if (count > 1) out += '[';
  Cutter cutter(*message_, text, separator);
  for (number = 0; number < count && cutter.next(); ++number) {
    if (number > 0) out += ',';
    append_parts(out, cutter.part(), kComponents);
  }
  if (count > 1) out += ']';
}

// NOLINTNEXTLINE(misc-no-recursion): two levels
void JsonWriter::append_parts(std::string& out, std::string_view text, std::size_t level) {
  if (level == kLeaf) return append_leaf(out, text);
  const char separator = separator_of(message_->delimiters(), level);

  // An object where a part other than the first is valued, or its first part is one.
  bool object = false;
  std::size_t number = 0;
  for (Cutter cutter(*message_, text, separator); !object && cutter.next();) {
    ++number;
    if (number > 1) {
      object = !is_empty(cutter.part(), level + 1);
    } else if (level == kComponents) {
      Cutter inner(*message_, cutter.part(), separator_of(message_->delimiters(), kSubcomponents));
      static_cast<void>(inner.next());
      while (!object && inner.next()) object = !is_empty(inner.part(), kLeaf);
    }
  }
  std::size_t& position = level == kComponents ? place_.component : place_.subcomponent;
  Cutter cutter(*message_, text, separator);
  if (!object) {
    const bool any = cutter.next();
    append_parts(out, any ? cutter.part() : std::string_view{}, level + 1);
    return;
  }
  char opening = '{';
  for (position = 1; cutter.next(); ++position) {
    if (is_empty(cutter.part(), level + 1)) continue;
    out += opening;
    opening = ',';
    append_key(out, position);
    append_parts(out, cutter.part(), level + 1);
  }
  position = 0;
  out += '}';
}

void JsonWriter::append_key(std::string& out, std::size_t position) {
  out += '"';
  append_number(out, position);
  if (options_.names != nullptr) {
    const std::string_view name = options_.names->name_of(place_);
    if (!name.empty()) out += ' ';
    append_text(out, name);
  }
  out += "\":";
}

void JsonWriter::append_leaf(std::string& out, std::string_view text) {
  if (is_null(text)) {
    out += "null";
  } else {
    append_string(out, decoder_->decode(text));
  }
}

// True where nothing is valued: separators of this level and below, and escape
// sequences that stand for nothing.
// NOLINTNEXTLINE(misc-no-recursion): three levels
bool JsonWriter::is_empty(std::string_view text, std::size_t level) {
  const Delimiters& delimiters = message_->delimiters();
  const bool blank = std::all_of(text.begin(), text.end(), [&](char octet) {
    return octet != 0 && ((octet == delimiters.repetition && level <= kRepetitions) ||
                          (octet == delimiters.component && level <= kComponents) ||
                          (octet == delimiters.subcomponent && level <= kSubcomponents));
  });
  if (blank) return true;
  const char escape = delimiters.escape;
  const bool escapes = text.find('\x1B') != std::string_view::npos ||
                       (escape != 0 && text.find(escape) != std::string_view::npos);
  if (!escapes) return false;
  if (level == kLeaf) return decoder_->is_empty(text);
  for (Cutter cutter(*message_, text, separator_of(delimiters, level)); cutter.next();) {
    if (!is_empty(cutter.part(), level + 1)) return false;
  }
  return true;
}

void append_json(std::string& out, const Message& message, Decoder& decoder,
                 const JsonOptions& options) {
  JsonWriter writer(message, decoder, options);
  while (writer.append_next(out)) {
  }
}

}  // namespace hl7
