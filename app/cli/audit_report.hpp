// cli/audit_report.hpp: what `audit verify` found, as text and as JSON.
#pragma once

#include <string>

#include "audit/verifier.hpp"

namespace cli {

// What was verified.
struct AuditReport {
  std::string folder;
  bool has_head = false;  // against a head that was given
  bool has_key = false;   // with a key
};

[[nodiscard]] std::string render(const audit::Verdict& verdict, const AuditReport& report);

// One object on a line.
[[nodiscard]] std::string to_json_line(const audit::Verdict& verdict, const AuditReport& report);

}  // namespace cli
