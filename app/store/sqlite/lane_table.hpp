// store/sqlite/lane_table.hpp: lanes.db, written and read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/lane_rows.hpp"
#include "store/sqlite/lane_sealing.hpp"
#include "store/sqlite/open_error.hpp"
#include "store/sqlite/segment.hpp"
#include "store/sqlite/statement.hpp"
#include "store/sqlite/wal_gauge.hpp"

namespace store::sqlite {

// Where a log holds messages, lanes.db must be there: to go on without it would
// forget what is owed.
enum class Presence : std::uint8_t { kMayBeNew, kRequired };

// The side that writes. Not thread-safe. With a key its texts (reasons, words of targets and of
// people) are sealed. A write that fails has changed nothing.
class LaneTable {
 public:
  [[nodiscard]] static base::Result<LaneTable, OpenError> open(const Place& place,
                                                               Presence presence);

  // All lanes, with all their rows but those of parked entries.
  [[nodiscard]] base::Result<std::vector<LaneRecord>, StoreError> load();

  // Registers a name that is new. Its lane begins behind `last`.
  [[nodiscard]] base::Result<ConnectorId, StoreError> add(std::string_view name, EntryId last,
                                                          base::WallTime now);

  // Makes all these changes durable, or none.
  [[nodiscard]] Status write(const std::vector<LaneChanges>& changes);

  // Forgets what was discarded before that time, of entries before `end`, at most a few
  // hundred. True: there may be more.
  [[nodiscard]] base::Result<bool, StoreError> forget_discarded(ConnectorId connector, EntryId end,
                                                                base::WallTime before);

  // See LaneSealing::step(). REQUIRES: there is a cipher.
  [[nodiscard]] base::Result<bool, StoreError> seal_anew() {
    return sealing_.step(connection_, *cipher_);
  }

  [[nodiscard]] Status checkpoint_beyond(int page_count) {
    return wal_.checkpoint_beyond(connection_, page_count);
  }

 private:
  struct Statements {
    Statement begin;
    Statement commit;
    Statement progress;
    Statement put_waiting;
    Statement drop_waiting;
    Statement put_parked;
    Statement drop_parked;
    Statement put_ahead;
    Statement drop_ahead;
    Statement put_attempt;
    Statement drop_attempt;
    Statement drop_attempts;
    Statement put_discarded;
    Statement forget_discarded;
  };

  class Change;

  LaneTable(const Place& place, Connection connection, Statements statements);

  [[nodiscard]] static base::Result<Statements, StoreError> prepare(Connection& connection);
  [[nodiscard]] Status load_rows(LaneRecord& record);
  [[nodiscard]] Status load_settled(LaneRecord& record);
  [[nodiscard]] base::Result<ConnectorId, StoreError> insert(std::string_view name, EntryId last,
                                                             base::WallTime now);
  [[nodiscard]] Status write_in_transaction(const std::vector<LaneChanges>& changes);
  [[nodiscard]] Status write_progress(const LaneChanges& changes);
  void roll_back();

  const PayloadCipher* cipher_;
  Connection connection_;
  WalGauge wal_;
  Statements statements_;
  LaneSealing sealing_;
};

// The side that reads what is parked, and what was tried. Not thread-safe.
class ParkedReader {
 public:
  [[nodiscard]] static base::Result<ParkedReader, OpenError> open(const Place& place);

  // Rows of a connector behind `after`, in order, at most `count_max`.
  [[nodiscard]] base::Result<std::vector<ParkedRow>, StoreError> list(ConnectorId connector,
                                                                      EntryId after,
                                                                      std::size_t count_max);

  // Ids of such rows in (after, to], in order, at most `count_max`.
  [[nodiscard]] base::Result<std::vector<EntryId>, StoreError> ids(ConnectorId connector,
                                                                   EntryId after, EntryId to,
                                                                   std::size_t count_max);

  [[nodiscard]] base::Result<std::vector<Attempt>, StoreError> attempts(ConnectorId connector,
                                                                        EntryId id);

  // Likewise of what was discarded.
  [[nodiscard]] base::Result<std::vector<DiscardedEntry>, StoreError> discarded(
      ConnectorId connector, EntryId after, std::size_t count_max);

 private:
  ParkedReader(const PayloadCipher* cipher, Connection connection, Statement list, Statement ids,
               Statement attempts, Statement discarded)
      : cipher_(cipher),
        connection_(std::move(connection)),
        list_(std::move(list)),
        ids_(std::move(ids)),
        attempts_(std::move(attempts)),
        discarded_(std::move(discarded)) {}

  const PayloadCipher* cipher_;
  Connection connection_;
  Statement list_;
  Statement ids_;
  Statement attempts_;
  Statement discarded_;
};

}  // namespace store::sqlite
