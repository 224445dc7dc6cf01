// hl7/structure_check.hpp: holds a message against the standard's definition of it.
//
//     hl7::CheckReport report;                 // used again and again
//     hl7::check_structure(message, {}, report);
//     for (const hl7::Finding& each : report.findings) {
//       to_string(each.path);   // "PID-3"
//       code_of(each.kind);     // "101", of table 0357: for ERR-3
//       to_string(each);        // "Patient Identifier List is required"
//     }
//
// The definition is that of the message's version (dictionary.hpp) and of its type and
// event. What is checked: that required segments and fields are there, the order of
// segments and groups, the form of values (NM, SI, DT, TM, DTM, TS), codes of HL7's own
// tables (type ID), and lengths.
//
// It never guesses. Segments, fields, events and codes that begin with Z or that no table
// knows pass; so does what is required under a condition only, HL7 null, and the content of
// a field whose type is not known. A structure that is not known has no order.
//
// A receiver ignores what it does not expect (chapter 2, 2.6.2), and so does the check:
// unless it is strict, more segments, fields, components and repetitions than defined are
// no findings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hl7/ack.hpp"
#include "hl7/message.hpp"
#include "hl7/path.hpp"
#include "hl7/version.hpp"

namespace hl7 {

// The values are logged and exported as metric labels: add at the end, never renumber.
enum class FindingKind : std::uint8_t {
  kSegmentMissing = 1,  // a required segment is not there
  kSegmentOrder = 2,    // a segment stands where the structure has no place for it
  kFieldMissing = 3,    // a required field is empty
  kBadForm = 4,         // a value has not the form of its data type
  kUnknownCode = 5,     // a code is not in its table
  kTooLong = 6,         // a value is longer than the standard allows
  kOtherStructure = 7,  // MSH-9.3 is not the structure of MSH-9.1 and MSH-9.2
  // Of a strict check alone:
  kUnexpectedSegment = 8,  // a segment that the structure does not have
  kUnexpectedPart = 9,     // a field or component behind the last that is defined
  kTooMany = 10,           // more segments or repetitions than the standard allows
  kComponentMissing = 11,  // a required component of a field that is valued
};

// A short lower-case name for logs and metric labels, e.g. "field_missing".
[[nodiscard]] std::string_view to_string(FindingKind kind) noexcept;

// Of table 0357: 100 to 104, 198, 199 and 200.
[[nodiscard]] std::string_view code_of(FindingKind kind) noexcept;

// Holds no value of the message: it may be logged.
struct Finding {
  FindingKind kind;
  Severity severity = Severity::kError;
  Path path{};                // of a segment that is missing: where it would be the n-th
  std::string_view name{};    // of the field, component or segment, from the dictionary
  std::string_view wanted{};  // kBadForm: the type; kOtherStructure: the structure;
                              // kSegmentMissing: the segment it should stand before
  std::size_t found = 0;      // kTooLong: characters; kTooMany: how many
  std::size_t limit = 0;      // kTooLong, kTooMany: at most; kUnknownCode: the table's number
};

// A sentence for people, without the path: "is not in table 0078 (Abnormal flags)".
[[nodiscard]] std::string to_string(const Finding& finding);

enum class Strictness : std::uint8_t {
  kReceiver = 1,  // the unexpected is ignored
  kStrict = 2,    // the unexpected, and codes of suggested tables, are told as warnings
};

struct CheckOptions {
  Strictness strictness = Strictness::kReceiver;
  bool errors_only = false;                  // warnings are not told
  std::size_t findings_max = 1'000;          // the check ends there
  Version default_version = Version::kV251;  // where MSH-12 names none

  // Units of work after which the check ends: one for each segment, field, repetition,
  // component and subcomponent that is looked at, each time it is, and one for
  // kWorkOctets of its octets. What is counted is what is done, so that a limit on it is
  // one on time, whatever the message.
  std::uint64_t work_max = UINT64_MAX;
};

inline constexpr std::size_t kWorkOctets = 512;

// Reusable: a check into the same report allocates nothing in the steady state.
struct CheckReport {
  Version version = Version::kV251;  // whose definitions were used
  std::string_view structure{};      // "ADT_A01"; empty: not known, so no order was checked
  std::vector<Finding> findings{};   // in order of the message
  bool is_cut = false;               // there were more than findings_max
  bool is_stopped = false;           // at work_max: what is behind was not looked at
  std::uint64_t work = 0;            // units

  // True if any finding is of severity kError.
  [[nodiscard]] bool has_errors() const noexcept;

  // Kept between checks; of no meaning to anybody else.
  struct Scratch {
    std::vector<std::uint16_t> counts{};
    std::vector<std::uint32_t> last_places{};
    std::vector<std::uint16_t> missing{};
  } scratch{};
};

// Fills `report` anew. Work grows with the octets of the message, whatever they are.
// REQUIRES: `message` was parsed.
void check_structure(const Message& message, const CheckOptions& options, CheckReport& report);

}  // namespace hl7
