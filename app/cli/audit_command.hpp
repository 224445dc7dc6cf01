// cli/audit_command.hpp: `mllp-server audit`: the audit trail, verified and exported.
//
// Both read the files of DATA_DIR/audit as they stand, of a running server or of a stopped one,
// and lock nothing.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "config/configuration.hpp"

namespace cli {

enum class AuditAct : std::uint8_t { kVerify, kExport };

struct AuditOptions {
  AuditAct act = AuditAct::kVerify;
  std::string head;   // SEQUENCE:MAC, as published
  std::string since;  // see moment.hpp
  std::string until;
  bool json = false;
};

// Returns the exit code.
[[nodiscard]] int run_audit_command(const config::ConfigurationSources& sources,
                                    const AuditOptions& options, const base::Clock& clock);

}  // namespace cli
