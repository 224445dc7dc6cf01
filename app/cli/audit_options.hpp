// cli/audit_options.hpp: the words of `audit`.
#pragma once

#include "cli/option_parser.hpp"

namespace cli {

[[nodiscard]] Parsed parse_audit(const Words& words);

}  // namespace cli
