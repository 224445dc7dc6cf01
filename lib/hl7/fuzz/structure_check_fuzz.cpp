// Five properties, for any octets at all that are a message:
//   1. The check ends, and keeps to its limit.
//   2. Every path is one that parse_path reads back, and names a segment that is there,
//      or one that is missing.
//   3. Every finding has a code of table 0357, and a text.
//   4. A strict check finds all that the other finds, and more.
//   5. A second check into the same report says the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "hl7/structure_check.hpp"

namespace {

constexpr std::size_t kFindingsMax = 200;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_finding(const hl7::Message& message, const hl7::Finding& finding) {
  const auto path = hl7::parse_path(to_string(finding.path));
  require(path && *path == finding.path);
  require(!to_string(finding).empty());
  require(!hl7::standard_error_text(code_of(finding.kind)).empty());
  if (finding.kind == hl7::FindingKind::kSegmentMissing) return;
  require(message.find(finding.path.segment_name(), finding.path.segment_repeat.first()) !=
          nullptr);
}

std::vector<std::string> describe(const hl7::CheckReport& report) {
  std::vector<std::string> lines;
  for (const hl7::Finding& each : report.findings) {
    lines.push_back(to_string(each.path) + to_string(each));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string octets(reinterpret_cast<const char*>(data), size);
  hl7::Message message;
  if (!message.parse(base::as_bytes(octets))) return 0;
  hl7::CheckReport report;
  check_structure(message, {.findings_max = kFindingsMax}, report);
  require(report.findings.size() <= kFindingsMax);
  for (const hl7::Finding& each : report.findings) check_finding(message, each);
  const auto lines = describe(report);
  const bool was_cut = report.is_cut;

  check_structure(message, {.strictness = hl7::Strictness::kStrict, .findings_max = kFindingsMax},
                  report);
  for (const hl7::Finding& each : report.findings) check_finding(message, each);
  const auto strict_lines = describe(report);
  if (!report.is_cut) {
    require(!was_cut);
    require(std::includes(strict_lines.begin(), strict_lines.end(), lines.begin(), lines.end()));
  }
  check_structure(message, {.findings_max = kFindingsMax}, report);
  require(describe(report) == lines && report.is_cut == was_cut);
  return 0;
}
