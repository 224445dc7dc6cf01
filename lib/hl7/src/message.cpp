#include "hl7/message.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "line_reader.hpp"
#include "mask.hpp"
#include "octet_scan.hpp"
#include "parts.hpp"

namespace hl7 {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kNameBytes = 3;  // of every name that the standard knows

std::size_t find_name_end(std::string_view line, char separator) noexcept {
  if (line.size() > kNameBytes && line[kNameBytes] == separator && line[0] != separator &&
      line[1] != separator && line[2] != separator) {
    return kNameBytes;
  }
  return std::min(line.find(separator), line.size());
}

// The separator at which one of four levels, highest first, has more than
// `parts_max` parts; npos if there is none. Part 0 of the first is the name.
std::size_t find_part_beyond(std::string_view text, const char (&separators)[4],
                             std::size_t parts_max) noexcept {
  std::array<std::size_t, 4> counts{0, 1, 1, 1};
  for (std::size_t begin = 0; begin < text.size(); begin += Block::kBytes) {
    const char* const at = text.data() + begin;
    std::uint64_t hits = load_block<Block>(at, text.data() + text.size()).find_any(separators);
    for (; hits != 0; hits &= hits - 1) {
      const std::size_t index = begin + Block::first_index(hits);
      if (text[index] == 0) continue;  // no delimiter, or what is behind the text
      const auto level = static_cast<std::size_t>(
          std::find(std::begin(separators), std::end(separators), text[index]) -
          std::begin(separators));
      if (++counts[level] > parts_max) return index;
      std::fill(counts.begin() + static_cast<std::ptrdiff_t>(level) + 1, counts.end(), 1);
    }
  }
  return std::string_view::npos;
}

void count_line_end(LineEnds& ends, LineEnd end) noexcept {
  switch (end) {
    case LineEnd::kNone: break;
    case LineEnd::kCr: ++ends.cr_count; break;
    case LineEnd::kLf: ++ends.lf_count; break;
    case LineEnd::kCrLf: ++ends.crlf_count; break;
  }
}

bool is_named(const Segment& segment, std::string_view name) noexcept {
  return segment.name() == name;
}

// Paths name segments by three octets: compared at once, without a call.
bool is_named(const Segment& segment, const std::array<char, kNameBytes>& name) noexcept {
  return segment.name_bytes == kNameBytes &&
         std::memcmp(segment.text.data(), name.data(), kNameBytes) == 0;
}

template <class Name>
const Segment* find_nth(std::span<const Segment> segments, const Name& name,
                        std::size_t index) noexcept {
  for (const Segment& segment : segments) {
    if (is_named(segment, name) && index-- == 0) return &segment;
  }
  return nullptr;
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
    case ParseFault::kTooManyParts: return "too_many_parts";
  }
  return "unknown";
}

bool Segment::has_delimiter_fields() const noexcept {
  if (name_bytes != kNameBytes) return false;
  if (text[0] == 'M') return text[1] == 'S' && text[2] == 'H';
  return (text[0] == 'B' || text[0] == 'F') && text[1] == 'H' && text[2] == 'S';
}

base::ByteView skip_blanks(base::ByteView octets) noexcept {
  std::string_view text = base::as_text(octets);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return octets.last(text.size());
}

base::Status<ParseError> Message::parse(base::ByteView octets, const ParseLimits& limits,
                                        std::optional<Charset> default_charset) {
  segments_.clear();
  line_ends_ = {};
  delimiters_ = {};
  charset_choice_ = {};
  mask_choice_ = {};
  octets_ = octets;
  mask_.clear();

  const base::ByteView rest = skip_blanks(octets);
  const std::size_t start_offset = octets.size() - rest.size();
  const std::string_view text = base::as_text(rest);
  if (!text.starts_with("MSH")) return base::fail(ParseError{ParseFault::kNoHeader, start_offset});
  const auto delimiters = parse_delimiters(text);
  if (!delimiters) return base::fail(ParseError{ParseFault::kBadDelimiters, start_offset});
  delimiters_ = *delimiters;

  std::size_t longest_bytes = 0;
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
    longest_bytes = std::max(longest_bytes, line.size());
  }
  read_charset(text, default_charset);
  if (longest_bytes <= limits.parts_max) return base::Done{};
  return check_parts(limits.parts_max);
}

base::Status<ParseError> Message::check_parts(std::size_t parts_max) {
  const char separators[] = {delimiters_.field, delimiters_.repetition, delimiters_.component,
                             delimiters_.subcomponent};
  for (const Segment& segment : segments_) {
    if (segment.text.size() <= parts_max) continue;
    const std::size_t index = find_part_beyond(to_mask(segment.text), separators, parts_max);
    if (index == std::string_view::npos) continue;
    const char* const at = segment.text.data() + index;
    const auto offset = static_cast<std::size_t>(at - base::as_text(octets_).data());
    segments_.clear();
    return base::fail(ParseError{ParseFault::kTooManyParts, offset});
  }
  return base::Done{};
}

void Message::read_charset(std::string_view text, std::optional<Charset> default_charset) {
  charset_choice_ = read_charset_choice(segments_.front().text, delimiters_, mask_);
  mask_.clear();
  mask_choice_ = charset_choice_;
  if (!mask_choice_.base) mask_choice_.base = default_charset;
  if (!may_collide(mask_choice_)) return;
  append_mask(mask_, text, mask_choice_, delimiters_);
  masked_ = text.data();
  for (Segment& segment : segments_) {
    segment.name_bytes = find_name_end(to_mask(segment.text), delimiters_.field);
  }
}

std::string_view Message::to_mask(std::string_view part) const noexcept {
  if (mask_.empty() || part.data() == nullptr) return part;
  return {mask_.data() + (part.data() - masked_), part.size()};
}

std::string_view Message::from_mask(std::string_view part) const noexcept {
  if (mask_.empty() || part.data() == nullptr) return part;
  return {masked_ + (part.data() - mask_.data()), part.size()};
}

const Segment* Message::find(std::string_view name, Ordinal repeat) const noexcept {
  return find_nth(segments_, name, repeat.to_index());
}

std::size_t Message::count(std::string_view name) const noexcept {
  std::size_t count = 0;
  for (const Segment& segment : segments_) count += is_named(segment, name) ? 1U : 0U;
  return count;
}

std::string_view Message::masked_field(const Segment& segment, Ordinal ordinal) const noexcept {
  const std::string_view text = to_mask(segment.text);
  if (!segment.has_delimiter_fields()) return nth_part(text, delimiters_.field, ordinal.value);
  if (ordinal == Ordinal{1}) return text.substr(segment.name_bytes, 1);
  return nth_part(text, delimiters_.field, ordinal.to_index());
}

std::string_view Message::field(const Segment& segment, Ordinal ordinal) const noexcept {
  return from_mask(masked_field(segment, ordinal));
}

std::string_view Message::get(const Path& path) const noexcept {
  const Segment* segment =
      find_nth(segments_, path.segment, path.segment_repeat.first().to_index());
  return segment == nullptr ? std::string_view{} : get(*segment, path);
}

std::string_view Message::get(const Segment& segment, const Path& path) const noexcept {
  if (!path.field) return segment.text;
  std::string_view value = masked_field(segment, *path.field);
  if (!path.repetition && !path.component) return from_mask(value);
  if (segment.has_delimiter_fields() && *path.field <= Ordinal{2}) {
    return is_first_part(path) ? from_mask(value) : std::string_view{};
  }

  const Ordinal repetition = path.repetition.value_or(Which{}).first();
  return from_mask(
      masked_part(nth_part(value, delimiters_.repetition, repetition.to_index()), path));
}

std::string_view Message::masked_part(std::string_view repetition,
                                      const Path& path) const noexcept {
  if (!path.component) return repetition;
  repetition = nth_part(repetition, delimiters_.component, path.component->to_index());
  if (!path.subcomponent) return repetition;
  return nth_part(repetition, delimiters_.subcomponent, path.subcomponent->to_index());
}

std::string_view Message::part(std::string_view repetition, const Path& path) const noexcept {
  if (repetition.empty()) return {};
  return from_mask(masked_part(to_mask(repetition), path));
}

std::size_t Message::repetition_count(const Segment& segment, Ordinal ordinal) const noexcept {
  const std::string_view value = masked_field(segment, ordinal);
  if (value.empty()) return 0;
  if (segment.has_delimiter_fields() && ordinal <= Ordinal{2}) return 1;
  if (delimiters_.repetition == 0) return 1;
  return 1 +
         static_cast<std::size_t>(std::count(value.begin(), value.end(), delimiters_.repetition));
}

}  // namespace hl7
