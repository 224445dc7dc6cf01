#include "cli/messages_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/try.hpp"
#include "cli/exit_code.hpp"
#include "cli/message_life.hpp"
#include "cli/moment.hpp"
#include "cli/show_command.hpp"
#include "cli/table.hpp"

namespace cli {
namespace {

using control::Answer;

constexpr std::uint64_t kPage = 256;

store::Search to_search(const KeeperFilter& filter, base::WallTime now) {
  store::Search search;
  search.control_id = filter.control_id;
  search.patient = filter.patient;
  search.type = filter.type;
  search.sender = filter.sender;
  search.answer = filter.answer;
  search.from = parse_moment(filter.since, now);
  search.until = parse_moment(filter.until, now);
  search.connector = filter.connector;
  search.state = store::parse_message_state(filter.state);
  for (const std::string& each : filter.fields) {
    const std::size_t mark = each.find('=');
    search.fields.push_back({each.substr(0, mark), each.substr(mark + 1)});
  }
  return search;
}

void tell_the_rest(const store::FoundPage& page) {
  static_cast<void>(std::fflush(stdout));
  if (page.indexed_to < page.last) {
    fmt::print(stderr, "the index has come to message {} of {}: newer ones are not found yet\n",
               page.indexed_to.value, page.last.value);
  }
  if (page.after) fmt::print(stderr, "more: --after {}\n", store::to_string(*page.after));
}

// What became of it at one connector, with every try that is kept.
Answer<DebtLife> life_of(control::Operations& operations, const store::Debt& debt,
                         store::EntryId id) {
  DebtLife life{debt, TRY(operations.attempts({debt.connector, id})), {}};
  if (debt.state != store::DebtState::kDiscarded) return life;
  auto ended = TRY(operations.discarded(debt.connector, {id.value - 1}, 1));
  if (!ended.empty() && ended.front().entry.id == id) life.discarded = ended.front().entry;
  return life;
}

Answer<MessageLife> read_life(control::Operations& operations, const store::MessageKey& key) {
  auto record = TRY(operations.record(key));
  if (!record) return base::fail(fmt::format("there is no message {}", store::to_string(key)));
  MessageLife life;
  life.record = std::move(*record);
  if (key.is_rejected) {
    life.octets = base::as_text(life.record.rejected_message);
    return life;
  }
  const auto message = TRY(operations.message({key.value}));
  if (!message) return base::fail(fmt::format("there is no message {}", store::to_string(key)));
  life.octets = base::as_text(message->message);
  for (const store::Debt& debt : life.record.found.debts) {
    life.debts.push_back(TRY(life_of(operations, debt, {key.value})));
  }
  return life;
}

}  // namespace

Answer<int> list_messages(control::Operations& operations, const KeeperOptions& options,
                          base::WallTime now) {
  const store::Search search = to_search(options.filter, now);
  Table table = make_message_table();
  std::optional<store::MessageKey> after = store::parse_message_key(options.after);
  std::uint64_t found_count = 0;
  store::FoundPage page;
  do {
    const auto count = std::min<std::uint64_t>(options.limit - found_count, kPage);
    page = TRY(operations.search(search, after, count));
    after = page.after;
    for (const store::Found& found : page.found) {
      if (options.json) fmt::print("{}", to_json_line(found));
      if (!options.json) add_row(table, found);
    }
    found_count += page.found.size();
  } while (after && found_count < options.limit);
  print_table(table);
  tell_the_rest(page);
  return kExitDone;
}

Answer<int> show_messages(control::Operations& operations, const KeeperOptions& options) {
  bool good = true;
  bool is_first = true;
  for (const std::string& name : options.names) {
    const auto key = store::parse_message_key(name);
    if (!key) return base::fail(fmt::format("there is no message {}", name));
    const MessageLife life = TRY(read_life(operations, *key));
    if (options.json) {
      fmt::print("{}", to_json_line(life));
      continue;
    }
    if (!options.raw) {
      fmt::print("{}{}\n", std::exchange(is_first, false) ? "" : "\n", render(life));
    }
    good = show_message(base::as_bytes(life.octets), name, options.raw) && good;
  }
  return good ? kExitDone : kExitFailed;
}

}  // namespace cli
