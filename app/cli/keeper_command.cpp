#include "cli/keeper_command.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "base/try.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_object.hpp"
#include "cli/keeper.hpp"
#include "cli/keeper_text.hpp"
#include "cli/letters_command.hpp"
#include "cli/messages_command.hpp"
#include "cli/rekey_command.hpp"
#include "cli/store_command.hpp"

namespace cli {
namespace {

using control::Answer;

Answer<int> list_queues(control::Operations& operations, const KeeperOptions& options,
                        base::WallTime now) {
  Table table = make_queue_table();
  for (const control::Queue& queue : TRY(operations.queues())) {
    if (options.json) fmt::print("{}", to_json_line(queue));
    if (!options.json) add_row(table, queue, now);
  }
  print_table(table);
  return kExitDone;
}

Answer<int> resume(control::Operations& operations, const KeeperOptions& options) {
  for (const std::string& connector : options.names) {
    static_cast<void>(TRY(operations.resume(connector)));
  }
  return kExitDone;
}

// What a connector is owed; none: it was never registered.
Answer<control::Queue> find_queue(control::Operations& operations, const std::string& connector) {
  for (control::Queue& queue : TRY(operations.queues())) {
    if (queue.lane.connector == connector) return std::move(queue);
  }
  return base::fail(fmt::format("no connector {} has ever been registered", connector));
}

int tell_given_up(const KeeperOptions& options, std::uint64_t waiting, std::uint64_t letters) {
  if (options.json) {
    JsonObject object;
    object.add("connector", options.names.front()).add("given_up", options.is_sure);
    object.add("waiting", waiting).add("dead_letters", letters);
    fmt::print("{}\n", object.to_text());
  } else {
    fmt::print("{}: {} waiting, {} dead letters {}\n", options.names.front(), waiting, letters,
               options.is_sure ? "given up" : "would be given up; nothing was done: add --yes");
  }
  return options.is_sure ? kExitDone : kExitFailed;
}

Answer<int> give_up(control::Operations& operations, const KeeperOptions& options) {
  const std::string& connector = options.names.front();
  const control::Queue queue = TRY(find_queue(operations, connector));
  if (queue.lane.state != control::kNotConfigured) {
    return base::fail(control::configured_sentence(connector));
  }
  if (!options.is_sure) return tell_given_up(options, queue.waiting_count, queue.parked_count);
  std::uint64_t waiting = 0;
  std::uint64_t letters = 0;
  for (bool is_more = true; is_more;) {
    const control::GivenUp ended = TRY(operations.give_up(connector, options.reason));
    waiting += ended.waiting.size();
    letters += ended.letters.size();
    is_more = ended.count() == control::kPageMax;
  }
  return tell_given_up(options, waiting, letters);
}

Answer<int> run(control::Operations& operations, const KeeperOptions& options, base::WallTime now) {
  switch (options.act) {
    case KeeperAct::kResume: return resume(operations, options);
    case KeeperAct::kGiveUp: return give_up(operations, options);
    case KeeperAct::kMessages: return list_messages(operations, options, now);
    case KeeperAct::kMessage: return show_messages(operations, options);
    case KeeperAct::kStoreStats: return show_store(operations, options);
    case KeeperAct::kStoreBackup: return back_up_store(operations, options);
    case KeeperAct::kStoreRekey: return rekey_store(operations, options);
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
  if (options.act == KeeperAct::kStoreCheck) return check_store_files(*configuration, options);
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
