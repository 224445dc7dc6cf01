// cli/message_tree.hpp: a message as a tree for people, with the standard's names.
//
//     PID            Patient Identification
//       PID-3        Patient Identifier List
//         PID-3.1    ID Number                4711
//         PID-3.5    Identifier Type Code     MR  (Medical record number)
//       PID-8        Administrative Sex       F  (Female)
//
// Only what is valued is shown. Values are decoded: escape sequences undone, UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hl7/decoder.hpp"
#include "hl7/dictionary.hpp"
#include "hl7/message.hpp"

namespace cli {

struct TreeRow {
  std::size_t depth = 0;    // 0: the segment, 1: a field, and so on
  std::string path;         // "PID-3.1"
  std::string_view name{};  // from the dictionary; empty where it knows none
  std::string value{};      // decoded and printable; empty where parts follow
  std::string meaning{};    // of a code, a time or HL7 null; empty for any other
};

// Reads a message segment by segment. Message and decoder must outlive the reader, and the
// decoder must be open for the message.
class TreeReader {
 public:
  TreeReader(const hl7::Message& message, hl7::Decoder& decoder, const hl7::Dictionary& dictionary)
      : message_(message), decoder_(decoder), dictionary_(dictionary) {}

  // The segment and all its valued parts. `number` counts segments of that name from 1.
  // The rows are valid until the next call.
  [[nodiscard]] const std::vector<TreeRow>& read(const hl7::Segment& segment, std::size_t number);

 private:
  struct Part;  // a stretch of the segment with what is known of it

  void read_fields(const hl7::Segment& segment, const hl7::Path& start,
                   const hl7::FieldList& fields);
  void read_field(const Part& part);
  void read_repetition(const Part& part);
  void read_parts(const Part& part, bool sub);
  void add_delimiters(std::string_view text, const Part& part);
  void add_leaf(const Part& part);
  [[nodiscard]] std::string_view resolve_type(const Part& part) const;

  const hl7::Message& message_;
  hl7::Decoder& decoder_;
  hl7::Dictionary dictionary_;
  std::vector<TreeRow> rows_;
  std::string_view segment_name_;
  std::string_view varying_type_;  // what OBX-2 names
};

enum class TreeColors : std::uint8_t { kNone, kTerminal };

// The rows of one segment in columns, each with its line end.
[[nodiscard]] std::string render_rows(const std::vector<TreeRow>& rows, TreeColors colors);

// "20260403140000+0200" as "2026-04-03 14:00:00 +02:00"; empty for what is no time.
[[nodiscard]] std::string describe_time(std::string_view value);

}  // namespace cli
