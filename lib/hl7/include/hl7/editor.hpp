// hl7/editor.hpp: changes a message and leaves all else as it was.
//
//     auto editor = hl7::Editor::open(octets);              // copies them, once
//     editor->set(*hl7::parse_path("PID-5.1"), "Müller & Söhne");
//     editor->remove(*hl7::parse_path("PID-19"));
//     editor->append_to(out);
//
// An edit copies the segment that it changes and no other; line ends, blank lines
// and octets of other fields come out as they went in. Places that are not there
// yet are made: setting PID-5.3 of "PID|1" gives "PID|1||||^^x". (In a character
// set whose octets may equal a delimiter each edit copies the message.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "hl7/charset.hpp"
#include "hl7/encoder.hpp"
#include "hl7/message.hpp"
#include "hl7/path.hpp"

namespace hl7 {

// The values are logged: add at the end, never renumber.
enum class EditFault : std::uint8_t {
  kNoSegment = 1,        // the message has no such segment; add_segment() makes one
  kNeedsField = 2,       // the path names a segment as a whole
  kDelimiters = 3,       // MSH-1 and MSH-2, and the first MSH as such, stay as they are
  kNotInCharset = 4,     // the text has characters that the set of the message lacks
  kCannotSeparate = 5,   // the message uses no delimiter for such a part
  kSeparatorInside = 6,  // octets hold a separator of their level or above, or a line end
  kTooLarge = 7,         // the message would be longer than EditLimits::message_bytes_max
  kBrokenCharacter = 8,  // a delimiter would be hidden: a character before it is not whole,
                         // or a set is not switched back from
};

// A short lower-case name, e.g. "no_segment".
[[nodiscard]] std::string_view to_string(EditFault fault) noexcept;

struct EditLimits {
  std::size_t message_bytes_max = 256 * base::kMiB;
};

// After a failure of an edit the message is as it was before. Not thread-safe.
class Editor {
 public:
  // Copies the octets. `default_charset` as for Message::parse(); text is written
  // in it where MSH-18 names no set, without it in UTF-8 when the message is
  // valid UTF-8, else in windows-1252.
  [[nodiscard]] static base::Result<Editor, ParseError> open(
      base::ByteView octets, const ParseLimits& limits = {},
      std::optional<Charset> default_charset = {}, const EditLimits& edit_limits = {});

  // The message as it is now. What it hands out is valid until the next edit.
  [[nodiscard]] const Message& message() const noexcept { return message_; }

  // Puts text (UTF-8) at every place that the path names: escaped, in the set of
  // the message. With (*) all segments or all repetitions that are there; none is
  // no failure then. Setting MSH-18 or MSH-20 converts nothing.
  [[nodiscard]] base::Status<EditFault> set(const Path& path, std::string_view text);

  // The same with octets as they shall stand in the message. They may hold
  // separators below the level of the path, and end with a whole character, in the
  // set in which they began.
  [[nodiscard]] base::Status<EditFault> set_octets(const Path& path, std::string_view octets);

  // HL7 null: the receiver shall delete its value.
  [[nodiscard]] base::Status<EditFault> set_null(const Path& path);

  // Adds a repetition behind those of a field; the first where it is empty.
  // REQUIRES: the path names a field, and no part of it.
  [[nodiscard]] base::Status<EditFault> add_repetition(const Path& path, std::string_view text);

  // Removes segments with their line ends, or a repetition with its separator;
  // of a field, a component or a subcomponent, which others stand behind, the
  // content. What is not there is removed already.
  [[nodiscard]] base::Status<EditFault> remove(const Path& path);

  // Adds a segment as it shall stand in the message, "NTE" or "NTE|1||text", in
  // front of the one that has this index now, or behind the last; never in front
  // of the first. REQUIRES: it holds more than blanks.
  [[nodiscard]] base::Status<EditFault> add_segment(std::string_view octets,
                                                    std::optional<std::size_t> index = {});

  // Appends the message.
  void append_to(std::string& out) const;

  [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_; }

 private:
  // What belongs to a segment besides its text.
  struct Line {
    std::string_view tail;           // what stands behind it: line ends
    std::string* changed = nullptr;  // where its text is, if not in octets_
  };

  struct Step;
  struct Written;
  class Writer;
  using Change = std::pair<std::size_t, std::string>;  // index of a segment, its new text

  Editor() = default;

  void index_lines();
  [[nodiscard]] base::Status<EditFault> change(const Path& path, const Writer& writer);
  [[nodiscard]] base::Status<EditFault> commit(std::vector<Change>& changes, bool reads_again);
  [[nodiscard]] base::Status<EditFault> remove_segments(const Path& path);
  [[nodiscard]] base::Status<EditFault> encode(std::string_view text);
  [[nodiscard]] std::optional<EditFault> find_fault(const Path& path) const noexcept;
  [[nodiscard]] bool stays_cut(std::size_t index, const Path& path, const Written& written) const;
  [[nodiscard]] bool names_its_set(const Written& msh) const;
  [[nodiscard]] bool holds_separator(const Path& path, std::string_view octets) const;
  void read_again();

  EditLimits limits_;
  std::optional<Charset> default_charset_;
  std::vector<char> octets_;         // as opened, or as read again
  std::deque<std::string> changed_;  // segments that are not in octets_
  Message message_;
  std::string_view head_;    // in front of MSH
  std::vector<Line> lines_;  // as many as segments
  std::size_t size_bytes_ = 0;
  Encoder encoder_;
  std::string value_;
};

}  // namespace hl7
