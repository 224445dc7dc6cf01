#include "intake/structure_rule.hpp"

#include <algorithm>
#include <string>

namespace intake {
namespace {

// A look at a part, with the dictionary, takes as long as so many units of the language.
constexpr std::uint64_t kUnitsOfWork = 4;

void add(const Rule& rule, const hl7::Finding& found, std::vector<Finding>& findings) {
  if (findings.size() == kStructureFindingsMax) return;
  const bool is_warning = rule.is_warning || found.severity != hl7::Severity::kError;
  findings.push_back({rule.name, to_string(found.path) + ": " + hl7::to_string(found), found.path,
                      std::string(hl7::code_of(found.kind)), is_warning});
}

}  // namespace

StructureFindings check_structure(const Rule& rule, MessageContext& context) {
  thread_local hl7::CheckReport report;
  hl7::CheckOptions options = *rule.structure;
  options.work_max = context.left() / kUnitsOfWork;
  hl7::check_structure(context.message(), options, report);
  context.charge(report.work * kUnitsOfWork);

  StructureFindings found;
  found.has_errors = report.has_errors();
  found.is_unfinished = (report.is_stopped || report.is_cut) && !found.has_errors;
  if (found.is_unfinished) return found;
  for (const bool is_turn_of_errors : {true, false}) {
    for (const hl7::Finding& each : report.findings) {
      if ((each.severity == hl7::Severity::kError) == is_turn_of_errors) {
        add(rule, each, found.findings);
      }
    }
  }
  return found;
}

}  // namespace intake
