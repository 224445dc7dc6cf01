// cli/keeper_command.hpp: `mllp-server queues`, `dead-letters`, `messages` and `store`: what is
// kept, and what becomes of it.
//
// On a running server by its control.sock, else on its folder, which is opened as the server
// would open it. What is decided there is done when the server starts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/configuration.hpp"

namespace cli {

enum class KeeperAct : std::uint8_t {
  kQueues,
  kResume,
  kGiveUp,
  kLetters,
  kLetter,
  kReplay,
  kDiscard,
  kEdit,
  kDiscarded,
  kMessages,
  kMessage,
  kStoreStats,
  kStoreBackup,
  kStoreRekey,
  kStoreCheck,
};

// Which dead letters or messages; empty asks for nothing.
struct KeeperFilter {
  std::string connector;
  std::string since;  // see moment.hpp
  std::string until;
  std::string type;
  std::string control_id;
  std::string reason;
  std::string patient;  // of messages, from here on
  std::string sender;
  std::string answer;
  std::string state;
  std::vector<std::string> fields;  // NAME=VALUE, of the index

  [[nodiscard]] bool is_empty() const {
    return connector.empty() && since.empty() && until.empty() && type.empty() &&
           control_id.empty() && reason.empty();
  }
};

struct KeeperOptions {
  KeeperAct act = KeeperAct::kQueues;
  std::vector<std::string> names;  // ids, connectors, or a folder
  KeeperFilter filter;
  std::string after;               // list on behind this id
  std::uint64_t limit = 100;       // listed at most
  bool all = false;                // every dead letter
  bool dry_run = false;            // show what would be done; of a check: no sums
  double rate = 0.0;               // replayed a second; 0: no limit
  std::string reason;              // of a discard, of giving up
  bool is_sure = false;            // else of giving up only what it would do is told
  std::vector<std::string> edits;  // PATH=VALUE
  std::string file;                // the corrected version as a whole
  bool json = false;
  bool raw = false;  // a message's octets, a segment on each line
};

// Results on stdout: a table on a terminal, tabs between columns elsewhere, or JSON lines.
// Returns the exit code.
[[nodiscard]] int run_keeper_command(const config::ConfigurationSources& sources,
                                     const KeeperOptions& options, const base::Clock& clock);

}  // namespace cli
