// cli/check_text.hpp: what the structure check found in one message, as text and as JSON.
#pragma once

#include <string>
#include <string_view>

#include "hl7/structure_check.hpp"

namespace cli {

// A line that says how it stands, then one for each finding:
//
//     admit.hl7: ADT_A01, version 2.5.1: 1 error, 1 warning
//       error    PID-3  101  Patient Identifier List is required
//       warning  PID-1  104  Set ID - PID has 5 characters, at most 4
[[nodiscard]] std::string render_check(const hl7::CheckReport& report, std::string_view origin,
                                       bool color);

// One object on one line.
[[nodiscard]] std::string render_check_json(const hl7::CheckReport& report,
                                            std::string_view origin);

}  // namespace cli
