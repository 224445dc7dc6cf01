#include "cli/keeper_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/try.hpp"
#include "cli/exit_code.hpp"
#include "cli/keeper.hpp"
#include "cli/keeper_text.hpp"
#include "cli/letters_command.hpp"
#include "cli/moment.hpp"
#include "cli/show_command.hpp"

namespace cli {
namespace {

using control::Answer;

void print(const Table& table) {
  if (table.is_empty()) return;
  fmt::print("{}",
             table.render(::isatty(STDOUT_FILENO) == 1 ? TableStyle::kColumns : TableStyle::kTabs));
}

Answer<int> list_queues(control::Operations& operations, const KeeperOptions& options,
                        base::WallTime now) {
  Table table = make_queue_table();
  for (const control::Queue& queue : TRY(operations.queues())) {
    if (options.json) fmt::print("{}", to_json_line(queue));
    if (!options.json) add_row(table, queue, now);
  }
  print(table);
  return kExitDone;
}

Answer<int> resume(control::Operations& operations, const KeeperOptions& options) {
  for (const std::string& connector : options.names) {
    static_cast<void>(TRY(operations.resume(connector)));
  }
  return kExitDone;
}

// Which of the messages that are looked at.
class MessageFilter {
 public:
  MessageFilter(const KeeperFilter& filter, base::WallTime now)
      : filter_(filter),
        since_(parse_moment(filter.since, now)),
        until_(parse_moment(filter.until, now)) {}

  [[nodiscard]] bool takes(const store::StoredMessage& message) const {
    if (since_ && message.received_at < *since_) return false;
    if (until_ && message.received_at >= *until_) return false;
    if (!filter_.control_id.empty() && message.control_id != filter_.control_id) return false;
    return filter_.type.empty() || filter_.type == message.type ||
           filter_.type == message.type + "^" + message.trigger;
  }

 private:
  const KeeperFilter& filter_;
  const std::optional<base::WallTime> since_;
  const std::optional<base::WallTime> until_;
};

Answer<int> list_messages(control::Operations& operations, const KeeperOptions& options,
                          base::WallTime now) {
  const MessageFilter filter(options.filter, now);
  Table table = make_message_table();
  store::EntryId before{options.after.empty() ? 0 : parse_entry(options.after)};
  std::uint64_t looked_at = 0;
  std::uint64_t found = 0;
  bool at_the_end = false;
  while (!at_the_end && looked_at < options.scan && found < options.limit) {
    const std::uint64_t count = std::min<std::uint64_t>(options.scan - looked_at, 256);
    const auto page = TRY(operations.messages(before, count));
    at_the_end = page.empty() || page.back().id.value == 1;
    for (const store::StoredMessage& message : page) {
      before = message.id;
      ++looked_at;
      if (!filter.takes(message)) continue;
      if (options.json) fmt::print("{}", to_json_line(message));
      if (!options.json) add_row(table, message);
      if (++found == options.limit) break;
    }
  }
  print(table);
  if (at_the_end && found < options.limit) return kExitDone;
  static_cast<void>(std::fflush(stdout));
  fmt::print(stderr, "looked at {} messages, newest first; older ones: --before {}\n", looked_at,
             before.value);
  return kExitDone;
}

Answer<int> show_messages(control::Operations& operations, const KeeperOptions& options) {
  bool good = true;
  for (const std::string& name : options.names) {
    const auto message = TRY(operations.message({parse_entry(name)}));
    if (!message) return base::fail(fmt::format("there is no message {}", name));
    if (options.json) {
      fmt::print("{}", to_json_line(*message));
      continue;
    }
    good = show_message(message->message, name, options.raw) && good;
  }
  return good ? kExitDone : kExitFailed;
}

Answer<int> run(control::Operations& operations, const KeeperOptions& options, base::WallTime now) {
  switch (options.act) {
    case KeeperAct::kResume: return resume(operations, options);
    case KeeperAct::kMessages: return list_messages(operations, options, now);
    case KeeperAct::kMessage: return show_messages(operations, options);
    default: return list_queues(operations, options, now);
  }
}

bool is_of_letters(KeeperAct act) {
  return act >= KeeperAct::kLetters && act <= KeeperAct::kDiscarded;
}

int refuse(const std::string& sentence) {
  fmt::print(stderr, "mllp-server: {}\n", sentence);
  return kExitFailed;
}

}  // namespace

int run_keeper_command(const config::ConfigurationSources& sources, const KeeperOptions& options,
                       const base::Clock& clock) {
  const auto configuration = config::load_configuration(sources);
  if (!configuration) {
    fmt::print(stderr, "{}\n", config::to_string(configuration.error()));
    return kExitUsage;
  }
  const auto keeper = Keeper::open(*configuration, clock);
  if (!keeper) return refuse(keeper.error());
  control::Operations& operations = (*keeper)->operations();
  if (is_of_letters(options.act)) {
    return run_letters(operations, options, clock, (*keeper)->is_running());
  }
  const auto code = run(operations, options, clock.wall_now());
  return code ? *code : refuse(code.error());
}

}  // namespace cli
