#include "hl7/message.hpp"

#include <algorithm>

#include "line_reader.hpp"
#include "parts.hpp"

namespace hl7 {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kNameBytes = 3;  // of every name that the standard knows

std::size_t find_name_end(std::string_view line, char separator) noexcept {
  if (line.size() > kNameBytes && line[kNameBytes] == separator) return kNameBytes;
  return std::min(line.find(separator), line.size());
}

void count_line_end(LineEnds& ends, LineEnd end) noexcept {
  switch (end) {
    case LineEnd::kNone: break;
    case LineEnd::kCr: ++ends.cr_count; break;
    case LineEnd::kLf: ++ends.lf_count; break;
    case LineEnd::kCrLf: ++ends.crlf_count; break;
  }
}

// Names are three octets: a plain loop beats a call of memcmp.
bool is_named(const Segment& segment, std::string_view name) noexcept {
  if (segment.name_bytes != name.size()) return false;
  for (std::size_t index = 0; index < name.size(); ++index) {
    if (segment.text[index] != name[index]) return false;
  }
  return true;
}

// Field 1 of these is the separator itself, and field 2 must not be cut.
bool names_delimiters(const Segment& segment) noexcept {
  return is_named(segment, "MSH") || is_named(segment, "BHS") || is_named(segment, "FHS");
}

bool is_first_part(const Path& path) noexcept {
  return path.repetition.value_or(Which{}).first() == Ordinal{} &&
         path.component.value_or(Ordinal{}) == Ordinal{} &&
         path.subcomponent.value_or(Ordinal{}) == Ordinal{};
}

}  // namespace

std::string_view to_string(ParseFault fault) noexcept {
  switch (fault) {
    case ParseFault::kNoHeader: return "no_header";
    case ParseFault::kBadDelimiters: return "bad_delimiters";
    case ParseFault::kTooManySegments: return "too_many_segments";
  }
  return "unknown";
}

base::ByteView skip_blanks(base::ByteView octets) noexcept {
  std::string_view text = base::as_text(octets);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return octets.last(text.size());
}

base::Status<ParseError> Message::parse(base::ByteView octets, const ParseLimits& limits) {
  segments_.clear();
  line_ends_ = {};
  delimiters_ = {};

  const base::ByteView rest = skip_blanks(octets);
  const std::size_t start_offset = octets.size() - rest.size();
  const std::string_view text = base::as_text(rest);
  if (!text.starts_with("MSH")) return base::fail(ParseError{ParseFault::kNoHeader, start_offset});
  const auto delimiters = parse_delimiters(text);
  if (!delimiters) return base::fail(ParseError{ParseFault::kBadDelimiters, start_offset});
  delimiters_ = *delimiters;

  for (LineReader reader(text); reader.next();) {
    count_line_end(line_ends_, reader.line_end());
    const std::string_view line = reader.line();
    if (trim_blanks(line).empty()) continue;
    if (segments_.size() >= limits.segments_max) {
      segments_.clear();
      const auto line_offset = static_cast<std::size_t>(line.data() - text.data());
      return base::fail(ParseError{ParseFault::kTooManySegments, start_offset + line_offset});
    }
    segments_.push_back({line, find_name_end(line, delimiters_.field)});
  }
  return base::Done{};
}

const Segment* Message::find(std::string_view name, Ordinal repeat) const noexcept {
  std::size_t index = repeat.to_index();
  for (const Segment& segment : segments_) {
    if (is_named(segment, name) && index-- == 0) return &segment;
  }
  return nullptr;
}

std::size_t Message::count(std::string_view name) const noexcept {
  std::size_t count = 0;
  for (const Segment& segment : segments_) count += is_named(segment, name) ? 1U : 0U;
  return count;
}

std::string_view Message::field(const Segment& segment, Ordinal ordinal) const noexcept {
  if (!names_delimiters(segment)) return nth_part(segment.text, delimiters_.field, ordinal.value);
  if (ordinal == Ordinal{1}) return segment.text.substr(segment.name_bytes, 1);
  return nth_part(segment.text, delimiters_.field, ordinal.to_index());
}

std::string_view Message::get(const Path& path) const noexcept {
  const Segment* segment = find(path.segment_name(), path.segment_repeat.first());
  return segment == nullptr ? std::string_view{} : get(*segment, path);
}

std::string_view Message::get(const Segment& segment, const Path& path) const noexcept {
  if (!path.field) return segment.text;
  std::string_view value = field(segment, *path.field);
  if (!path.repetition && !path.component) return value;
  if (names_delimiters(segment) && *path.field <= Ordinal{2}) {
    return is_first_part(path) ? value : std::string_view{};
  }

  const Ordinal repetition = path.repetition.value_or(Which{}).first();
  value = nth_part(value, delimiters_.repetition, repetition.to_index());
  if (!path.component) return value;
  value = nth_part(value, delimiters_.component, path.component->to_index());
  if (!path.subcomponent) return value;
  return nth_part(value, delimiters_.subcomponent, path.subcomponent->to_index());
}

std::size_t Message::repetition_count(const Segment& segment, Ordinal ordinal) const noexcept {
  const std::string_view value = field(segment, ordinal);
  if (value.empty()) return 0;
  if (names_delimiters(segment) && ordinal <= Ordinal{2}) return 1;
  if (delimiters_.repetition == 0) return 1;
  return 1 +
         static_cast<std::size_t>(std::count(value.begin(), value.end(), delimiters_.repetition));
}

}  // namespace hl7
