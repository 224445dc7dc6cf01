// cli/keeper_options.hpp: the words of `queues`, `dead-letters`, `messages` and `store`.
#pragma once

#include "cli/option_parser.hpp"

namespace cli {

[[nodiscard]] Parsed parse_queues(const Words& words);
[[nodiscard]] Parsed parse_letters(const Words& words);
[[nodiscard]] Parsed parse_messages(const Words& words);
[[nodiscard]] Parsed parse_store(const Words& words);

}  // namespace cli
