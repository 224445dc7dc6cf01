// cli/keeper_text.hpp: queues and dead letters as rows and as JSON.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cli/table.hpp"
#include "control/operations.hpp"

namespace cli {

[[nodiscard]] Table make_queue_table();
void add_row(Table& table, const control::Queue& queue, base::WallTime now);

[[nodiscard]] Table make_letter_table();
void add_row(Table& table, const control::Letter& letter);

[[nodiscard]] Table make_discarded_table();
void add_row(Table& table, const control::DiscardedLetter& letter);

// One object, with its line end. Octets beyond ASCII are \u00xx, as `listen --json` does.
[[nodiscard]] std::string to_json_line(const control::Queue& queue);
[[nodiscard]] std::string to_json_line(const control::Letter& letter);
[[nodiscard]] std::string to_json_line(const control::DiscardedLetter& letter);

// A dead letter as a whole, for `show`; the message's octets stand in `octets`.
[[nodiscard]] std::string to_json_line(const control::Letter& letter,
                                       const std::vector<store::Attempt>& attempts,
                                       std::string_view octets);
[[nodiscard]] std::string render_letter(const control::Letter& letter,
                                        const std::vector<store::Attempt>& attempts);

}  // namespace cli
