// hl7/message.hpp: reads an HL7 v2 message where it lies, without copying it.
//
// Parsing finds the delimiters and the segments and nothing else; fields are
// found when they are asked for. Values are the octets as received: escaped,
// in the message's own character set: decoder.hpp makes text of them.
//
//   hl7::Message message;                       // one per thread, used again and again
//   if (!message.parse(frame)) ...
//   message.get(*hl7::parse_path("PID-3.1"))    // "4711"
//
// Delimiters are looked for as characters. In ASCII, 8859, UTF-8 and EUC that is
// octet by octet; where MSH-18 names a set whose octets may equal a delimiter (GB
// 18030, Big5, Shift_JIS, all that switch by ISO 2022) the message keeps a copy of
// the octets in which such characters are hidden, and looks there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "hl7/charset.hpp"
#include "hl7/delimiters.hpp"
#include "hl7/path.hpp"

namespace hl7 {

// What can be wrong with a message. The values are logged and exported as
// metric labels: add at the end, never renumber.
enum class ParseFault : std::uint8_t {
  kNoHeader = 1,         // does not begin with MSH after an optional BOM and blanks
  kBadDelimiters = 2,    // MSH is there, but MSH-1 and MSH-2 cannot be used
  kTooManySegments = 3,  // more than ParseLimits::segments_max
  kTooManyParts = 4,     // more than ParseLimits::parts_max in one of the levels
};

// A short lower-case name for logs and metric labels, e.g. "no_header".
[[nodiscard]] std::string_view to_string(ParseFault fault) noexcept;

struct ParseError {
  ParseFault fault;
  std::size_t offset;  // 0-based, into the octets given

  friend bool operator==(const ParseError&, const ParseError&) = default;
};

struct ParseLimits {
  // An index entry takes 24 octets.
  std::size_t segments_max = 100'000;

  // Fields of a segment, repetitions of a field, components of a repetition,
  // subcomponents of a component: of each at most so many. A part costs nothing
  // before it is asked for, so the limit is wide; a segment of no more octets
  // cannot have more parts, and is not looked through.
  std::size_t parts_max = 8'000'000;
};

// A line of a message. Whatever ends in a line end is one, also when its name
// is no name that the standard knows.
struct Segment {
  std::string_view text;       // without its line end; never blank
  std::size_t name_bytes = 0;  // up to the first field separator

  [[nodiscard]] std::string_view name() const noexcept { return {text.data(), name_bytes}; }

  // True of MSH, BHS and FHS: field 1 is the separator itself, and field 2 the
  // encoding characters, which have no parts.
  [[nodiscard]] bool has_delimiter_fields() const noexcept;
};

// How often each line end stood behind a segment (blank lines count, too). The
// standard knows CR alone; the others are read all the same.
struct LineEnds {
  std::size_t cr_count = 0;
  std::size_t lf_count = 0;
  std::size_t crlf_count = 0;

  friend bool operator==(const LineEnds&, const LineEnds&) = default;
};

// HL7 null: the sender says that the value is to be deleted. Not the same as
// empty, which says nothing.
[[nodiscard]] constexpr bool is_null(std::string_view value) noexcept { return value == "\"\""; }

// The octets without an optional byte order mark (UTF-8) and the blanks (space,
// tab, CR, LF) at their start.
[[nodiscard]] base::ByteView skip_blanks(base::ByteView octets) noexcept;

// An index over octets that it does not own: they must outlive every use of
// the message and of what it hands out. Not thread-safe; any number of threads
// may read one that none of them parses into.
class Message {
 public:
  Message() = default;

  // Replaces what was parsed before and keeps its memory: parsing messages of
  // no more segments than any before allocates nothing (a message whose set may
  // hide delimiters takes its size once more). The message ends where
  // the octets end; a second MSH is a segment like others (frame.hpp splits).
  // After an error the message is empty. `default_charset` is the set where
  // MSH-18 names none that is known; it matters for those that collide alone.
  [[nodiscard]] base::Status<ParseError> parse(base::ByteView octets,
                                               const ParseLimits& limits = {},
                                               std::optional<Charset> default_charset = {});

  // What was parsed, as it was given.
  [[nodiscard]] base::ByteView octets() const noexcept { return octets_; }

  // What MSH-18 and MSH-20 say.
  [[nodiscard]] const CharsetChoice& charset_choice() const noexcept { return charset_choice_; }

  [[nodiscard]] const Delimiters& delimiters() const noexcept { return delimiters_; }

  // All segments in order; lines of nothing but blanks are left out. Valid until the next parse().
  [[nodiscard]] std::span<const Segment> segments() const noexcept { return segments_; }

  [[nodiscard]] const LineEnds& line_ends() const noexcept { return line_ends_; }

  // The n-th segment of that name; nullptr if there are fewer.
  [[nodiscard]] const Segment* find(std::string_view name, Ordinal repeat = {}) const noexcept;

  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;

  // The field whole, with its repetitions; empty when absent. Of MSH, FHS and
  // BHS, field 1 is the separator and field 2 the encoding characters.
  [[nodiscard]] std::string_view field(const Segment& segment, Ordinal ordinal) const noexcept;

  // What the path names; empty when absent. Of many, the first. A path without
  // a field gives the segment's text. A field, repetition or component without
  // parts is its own first part. MSH-2 has no parts.
  [[nodiscard]] std::string_view get(const Path& path) const noexcept;

  // The same within one segment: the path's segment and number are not looked at.
  [[nodiscard]] std::string_view get(const Segment& segment, const Path& path) const noexcept;

  // What the path's component and subcomponent name in one repetition of a field.
  [[nodiscard]] std::string_view part(std::string_view repetition, const Path& path) const noexcept;

  // The number of repetitions of a field: 0 when it is empty or absent.
  [[nodiscard]] std::size_t repetition_count(const Segment& segment,
                                             Ordinal ordinal) const noexcept;

 private:
  friend class Cutter;
  friend class Editor;

  void read_charset(std::string_view text, std::optional<Charset> default_charset);
  [[nodiscard]] base::Status<ParseError> check_parts(std::size_t parts_max);

  // The same place in the mask, and back.
  [[nodiscard]] std::string_view to_mask(std::string_view part) const noexcept;
  [[nodiscard]] std::string_view from_mask(std::string_view part) const noexcept;

  [[nodiscard]] std::string_view masked_field(const Segment& segment,
                                              Ordinal ordinal) const noexcept;
  [[nodiscard]] std::string_view masked_part(std::string_view repetition,
                                             const Path& path) const noexcept;

  Delimiters delimiters_;
  LineEnds line_ends_;
  CharsetChoice charset_choice_;
  CharsetChoice mask_choice_;  // with the default where MSH-18 names none
  base::ByteView octets_;
  std::vector<Segment> segments_;
  std::string mask_;              // of the message from MSH on; empty where nothing collides
  const char* masked_ = nullptr;  // what mask_ is the mask of
};

}  // namespace hl7
