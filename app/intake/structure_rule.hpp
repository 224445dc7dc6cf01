// intake/structure_rule.hpp: the standard's definition of a message as a rule.
#pragma once

#include <vector>

#include "intake/finding.hpp"
#include "intake/hl7_in_cel.hpp"
#include "intake/rule_set.hpp"

namespace intake {

// What an answer tells at most: who has made more mistakes begins with these.
inline constexpr std::size_t kStructureFindingsMax = 20;

struct StructureFindings {
  std::vector<Finding> findings;  // errors first, at most kStructureFindingsMax
  bool has_errors = false;        // of the standard's; all are warnings in a rule that warns

  // The budget of the message ended the check before it found an error.
  bool is_unfinished = false;
};

// At the expense of the message's budget. REQUIRES: the rule has `structure`, the context
// has the message open.
[[nodiscard]] StructureFindings check_structure(const Rule& rule, MessageContext& context);

}  // namespace intake
