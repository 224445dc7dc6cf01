// cli/listen_answer.hpp: the octets of what a receiver for tests says.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "cli/listen_script.hpp"

namespace cli {

// A frame, or the half of one; empty where nothing is said. A message whose header cannot
// be read is answered in default delimiters, with an empty MSA-2.
[[nodiscard]] std::string make_listen_answer(const ListenPart& part, std::string_view message,
                                             base::WallTime now);

}  // namespace cli
