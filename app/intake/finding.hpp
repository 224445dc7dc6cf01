// intake/finding.hpp: what a rule says of a message, for its answer and for people.
#pragma once

#include <optional>
#include <string>

#include "hl7/path.hpp"

namespace intake {

struct Finding {
  std::string rule;
  std::string text;                   // UTF-8; may hold what the message holds
  std::optional<hl7::Path> location;  // ERR-2
  std::string code;                   // ERR-3
  bool is_warning = false;
};

}  // namespace intake
