// store/sqlite/wal_gauge.hpp: how full a connection's write-ahead log is.
#pragma once

#include <memory>

#include "store/sqlite/connection.hpp"

namespace store::sqlite {

// Watches the commits of one connection, which must outlive it. Checkpoints run
// here, in the writer's own thread between commits: run by another thread they
// would never find the moment at which the log can begin anew.
class WalGauge {
 public:
  explicit WalGauge(Connection& connection);

  // Moves all it can into the database if there are more than `page_count` pages
  // that were not there the last time. What readers still need stays until then.
  [[nodiscard]] Status checkpoint_beyond(Connection& connection, int page_count);

  // Checkpoints all and empties the log's file, unless someone reads in it for longer than the
  // connection waits for locks.
  [[nodiscard]] Status give_room_back(Connection& connection);

 private:
  std::unique_ptr<int> page_count_;  // SQLite's callback holds its address
  int left_count_ = 0;               // pages when the last checkpoint ended
};

}  // namespace store::sqlite
