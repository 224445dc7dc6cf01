// value_check.hpp: the fields of one segment against their definitions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hl7/dictionary.hpp"
#include "hl7/message.hpp"
#include "hl7/structure_check.hpp"

namespace hl7 {

// How many characters so many octets are, at the least.
enum class CharacterWidth : std::uint8_t {
  kOne,      // single-octet sets
  kUtf8,     // octets 80 to BF continue a character
  kUnknown,  // up to four octets
};

// Never more than there are: an escape sequence counts as one.
[[nodiscard]] std::size_t count_characters(std::string_view text, char escape,
                                           CharacterWidth width) noexcept;

// What is the same for all segments of a message.
struct ValueContext {
  const Message& message;
  Dictionary dictionary;
  Version version;  // of the message; may be newer than the dictionary's
  CharacterWidth width = CharacterWidth::kUtf8;
  bool strict = false;
};

// Appends to a report, up to its limits.
class FindingList {
 public:
  FindingList(CheckReport& report, const CheckOptions& options) noexcept
      : report_(report),
        findings_max_(options.findings_max),
        work_max_(options.work_max),
        errors_only_(options.errors_only) {}

  void add(const Finding& finding);

  [[nodiscard]] bool takes_errors_only() const noexcept { return errors_only_; }

  // Notes work: of looking at so many octets, or in units.
  void spend(std::size_t octets) noexcept { spend_units(1 + octets / kWorkOctets); }

  void spend_units(std::uint64_t units) noexcept {
    report_.work += units;
    if (report_.work > work_max_) report_.is_stopped = true;
  }

  // True once a finding had no room, or too much was done: the check ends.
  [[nodiscard]] bool is_over() const noexcept { return report_.is_cut || report_.is_stopped; }

  // Takes back the first one about a missing segment of that name.
  void remove_missing(std::string_view segment) noexcept;

 private:
  CheckReport& report_;
  std::size_t findings_max_;
  std::uint64_t work_max_;
  bool errors_only_;
};

// `path` names the segment and which of its name it is.
// REQUIRES: the segment is one of the message's.
void check_fields(const ValueContext& context, const SegmentDefinition& definition,
                  const Segment& segment, const Path& path, FindingList& findings);

}  // namespace hl7
