// cli/message_life.hpp: messages that were found, as rows and as JSON, and the life line of
// one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/table.hpp"
#include "control/operations.hpp"

namespace cli {

// What became of a message at one connector.
struct DebtLife {
  store::Debt debt;
  std::vector<store::Attempt> attempts;  // those that failed, as far as they are kept
  std::optional<store::DiscardedEntry> discarded;
};

struct MessageLife {
  store::MessageRecord record;
  std::string octets;  // as received; of a refused one may be the beginning only
  std::vector<DebtLife> debts;
};

[[nodiscard]] Table make_message_table();
void add_row(Table& table, const store::Found& found);

// One object, with its line end. Octets beyond ASCII are \u00xx.
[[nodiscard]] std::string to_json_line(const store::Found& found);
[[nodiscard]] std::string to_json_line(const MessageLife& life);

// For a person: a line for each thing that happened, in order, without the message.
[[nodiscard]] std::string render(const MessageLife& life);

}  // namespace cli
