// hl7/dictionary.hpp: what the standard calls a part of a message, and how it defines it.
//
//     const hl7::Dictionary dictionary(hl7::Version::kV251);
//     const auto pid = dictionary.find_segment("PID");
//     pid->title                        // "Patient Identification"
//     pid->fields.find({3})->name       // "Patient Identifier List"
//     hl7::find_code_text(1, "F")       // "Female", of table 0001
//
// There are tables for 2.1 to 2.7.1. An older version is read as 2.1 and a newer one
// as 2.7.1, so of a message in 2.8 the segments and fields that are new there are not
// known. Code tables are one set for all versions: a code is known when any version has it.
//
// Everything is read-only data of the program; no function here allocates, and every view
// is valid for ever. Names are plain ASCII, in English. Any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "hl7/path.hpp"
#include "hl7/version.hpp"

namespace hl7 {

// Rows of the tables; they are nobody's business but the lists' below.
namespace rows {
struct FieldRow;
struct NodeRow;
struct TableRow;
}  // namespace rows

enum class Optionality : std::uint8_t {
  kOptional = 1,
  kRequired = 2,
  kConditional = 3,  // required under a condition that the tables do not know
  kBackward = 4,     // kept so that older systems can be read
  kWithdrawn = 5,
};

// As the standard's tables write it: O, R, C, B, W.
[[nodiscard]] char to_letter(Optionality optionality) noexcept;

// A field of a segment, or a component of a data type.
struct FieldDefinition {
  std::string_view name;  // "Patient Identifier List"
  std::string_view type;  // "CX"; of 2.1 to 2.3 also variants such as "CM_MSG"; "VARIES"
  Optionality optionality = Optionality::kOptional;
  std::uint16_t repetitions_max = 1;  // 0: no limit
  std::uint16_t length_max = 0;       // in characters, of one repetition; 0: none is known
  std::uint16_t table = 0;            // 0: none
};

// Definitions in their order in the segment or the data type.
class FieldList {
 public:
  FieldList() = default;

  FieldList(const rows::FieldRow* first, std::size_t count) noexcept
      : first_(first), count_(count) {}

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

  // None where the standard has no such field.
  [[nodiscard]] std::optional<FieldDefinition> find(Ordinal ordinal) const noexcept;

 private:
  const rows::FieldRow* first_ = nullptr;
  std::size_t count_ = 0;
};

struct SegmentDefinition {
  std::string_view name;   // "PID"
  std::string_view title;  // "Patient Identification"
  FieldList fields;
};

struct TypeDefinition {
  std::string_view name;   // "CX"
  std::string_view title;  // "Extended Composite ID with Check Digit"
  FieldList components;    // none: a value without parts
};

enum class NodeKind : std::uint8_t {
  kSegment = 0,
  kGroup = 1,
  kChoice = 2,  // any one of the segments below it
};

// A place in a message structure.
struct StructureNode {
  std::string_view name;  // "PID", "PATIENT_RESULT"; empty for a choice
  NodeKind kind = NodeKind::kSegment;
  bool required = false;
  bool repeats = false;        // as often as you like; else once
  std::size_t size = 1;        // of the node and all below it, in nodes
  std::uint16_t name_key = 0;  // equal for nodes of the same name; see Dictionary::segment_key
};

// A structure's nodes, each followed by all below it: the node behind one and its
// descendants is at its index + size. No deeper than kDepthMax.
class NodeList {
 public:
  static constexpr std::size_t kDepthMax = 12;

  NodeList() = default;

  NodeList(const rows::NodeRow* first, std::size_t count) noexcept : first_(first), count_(count) {}

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  // REQUIRES: index < size().
  [[nodiscard]] StructureNode operator[](std::size_t index) const noexcept;

 private:
  const rows::NodeRow* first_ = nullptr;
  std::size_t count_ = 0;
};

struct StructureDefinition {
  std::string_view name;   // "ADT_A01"
  std::string_view title;  // "Admit/visit notification"
  NodeList nodes;
};

// The definitions of one version. A handle: cheap to make and to copy.
class Dictionary {
 public:
  explicit Dictionary(Version version) noexcept;

  // Whose tables these are: the version given, or the nearest that has some.
  [[nodiscard]] Version version() const noexcept;

  [[nodiscard]] std::optional<SegmentDefinition> find_segment(std::string_view name) const noexcept;

  [[nodiscard]] std::optional<TypeDefinition> find_type(std::string_view name) const noexcept;

  // The n-th segment definition, in order of name. REQUIRES: index < segment_count().
  [[nodiscard]] SegmentDefinition segment(std::size_t index) const noexcept;

  [[nodiscard]] std::size_t segment_count() const noexcept;

  // The n-th data type, in order of name. REQUIRES: index < type_count().
  [[nodiscard]] TypeDefinition type(std::size_t index) const noexcept;

  [[nodiscard]] std::size_t type_count() const noexcept;

  // The n-th structure, in order of name. REQUIRES: index < structure_count().
  [[nodiscard]] StructureDefinition structure(std::size_t index) const noexcept;

  [[nodiscard]] std::size_t structure_count() const noexcept;

  // By what MSH-9.3 holds: "ADT_A01".
  [[nodiscard]] std::optional<StructureDefinition> find_structure(
      std::string_view name) const noexcept;

  // The structure of a message of that type and event, MSH-9.1 and MSH-9.2: "ADT", "A04"
  // is "ADT_A01" from 2.3.1, and "ADT_A04" before, when each event had its own. Every
  // "ACK" is "ACK". Empty where it is not known.
  [[nodiscard]] std::string_view find_structure_name(std::string_view type,
                                                     std::string_view event) const noexcept;

  // The number that stands for a segment's name in StructureNode::name_key; none for a
  // name that no version knows.
  [[nodiscard]] static std::optional<std::uint16_t> segment_key(std::string_view name) noexcept;

  // Keys are below this.
  [[nodiscard]] static std::size_t segment_key_count() noexcept;

 private:
  std::size_t index_;  // of the version's row
};

struct Code {
  std::string_view code;  // "F"
  std::string_view text;  // "Female"
};

// What can be said of a code that its table does not have.
enum class TableScope : std::uint8_t {
  kClosed = 1,     // HL7's own table: such a code is wrong
  kSuggested = 2,  // user-defined: the standard suggests, sites have their own
  kOpen = 3,       // examples, a list kept elsewhere, or known to lack codes
};

class CodeTable {
 public:
  // REQUIRES: `row` is one of the tables' rows.
  explicit CodeTable(const rows::TableRow& row) noexcept : row_(&row) {}

  [[nodiscard]] std::string_view title() const noexcept;

  [[nodiscard]] std::size_t size() const noexcept;

  [[nodiscard]] TableScope scope() const noexcept;

  // In order of their octets. REQUIRES: index < size().
  [[nodiscard]] Code operator[](std::size_t index) const noexcept;

  // Case matters, as it does in the standard.
  [[nodiscard]] std::optional<Code> find(std::string_view code) const noexcept;

 private:
  const rows::TableRow* row_;
};

// By its number: 1 is table 0001.
[[nodiscard]] std::optional<CodeTable> find_table(std::uint16_t number) noexcept;

// The text of a code; empty where table or code are not known.
[[nodiscard]] std::string_view find_code_text(std::uint16_t table, std::string_view code) noexcept;

}  // namespace hl7
