// store/sqlite/writer.hpp: the one thread that writes.
//
// It takes every append that waits, at most 1,024 messages or 8 MiB, commits them
// together and hands them back; meanwhile the next ones gather. Between commits it
// writes down settlements, moves the write-ahead logs into the databases and begins
// new segments.
//
//   a commit fails for lack of room or an I/O error  it is tried again, in order,
//                                                    until the appends give up
//   a connector's backlog is full                    what would be owed to it waits
//                                                    aside, and what is behind that in
//                                                    its stream, until there is room or
//                                                    the appends give up
//   a sync fails                                     nothing is written ever again
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/sqlite/append_line.hpp"
#include "store/sqlite/known_keeper.hpp"
#include "store/sqlite/lane_keeper.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/log_writer.hpp"
#include "store/sqlite/sqlite_outbox.hpp"
#include "store/sqlite/store_room.hpp"

namespace store::sqlite {

// Its public methods may be called from any thread.
class Writer {
 public:
  // What it works with beside the end of the log.
  struct Sources {
    Log& readers;
    LaneKeeper& lanes;
    LogEnds& ends;
    StoreRoom& room;
    KnownKeeper* known = nullptr;  // none: no message is known again
  };

  // REQUIRES: all but the log outlive it.
  Writer(const SqliteOptions& options, Place place, std::unique_ptr<LogWriter> log,
         const Sources& sources);

  ~Writer() { close(); }

  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void append(Appends batch);

  // So many settlements wait to be written down.
  void note_settled(std::size_t count);

  // kClosed, kSyncFailed, or nothing.
  [[nodiscard]] std::optional<StoreError> refusal() const;

  // Orders for the writer. Each returns when it has been carried out, false where it could
  // not be: all that was settled before is durable; a new segment has begun behind all that
  // was committed before.
  [[nodiscard]] bool settle_all() { return carry_out({.settles = true}); }

  [[nodiscard]] bool begin_segment_now() { return carry_out({.begins_segment = true}); }

  // A new segment begins if it is time, also where no message comes.
  void look_at_segment() { static_cast<void>(carry_out({})); }

  // About how large the last segment is; 0: nothing is in it.
  [[nodiscard]] std::uint64_t last_segment_bytes() const noexcept { return last_bytes_.load(); }

  // Ends the process's use of the store, after a failed sync seen by another.
  void fail_for_good(const StoreError& error);

  void close();

 private:
  // What another thread waits for.
  struct Order {
    bool settles = false;
    bool begins_segment = false;
    bool is_done = false;
    bool has_failed = false;
  };

  [[nodiscard]] bool carry_out(Order order);
  void do_orders();
  void run();
  [[nodiscard]] bool next_turn();
  void linger() const noexcept;
  void sleep_until_due() REQUIRES_LOCK(mutex_);
  [[nodiscard]] bool has_cause() const REQUIRES_LOCK(mutex_);

  void commit_next();
  void look_aside();
  [[nodiscard]] Appends take_group();
  [[nodiscard]] Status commit(const Appends& group);
  [[nodiscard]] Status check_room() const;
  [[nodiscard]] Status insert_and_commit(const Appends& group);
  [[nodiscard]] Status insert(Append& append);
  void roll_back();
  void read_earlier_answers(Append& append) const;
  void conclude(Appends group, EntryId before);
  void publish(const Appends& group, EntryId before);
  void stage(EntryId id, const LaneKey& key, std::size_t size_bytes);
  void hold(Appends group, const StoreError& error);

  void keep_lanes();
  [[nodiscard]] bool take_flush_order();
  void order_flush(base::Duration wait, const StoreError& error);
  void tidy_up();
  [[nodiscard]] bool segment_is_full() const;
  [[nodiscard]] bool begin_segment();
  void extend_wal();
  void finish();

  void note(const Status& status);
  static void tell(std::string_view event, const StoreError& error);
  [[nodiscard]] std::optional<StoreError> fatal() const;
  [[nodiscard]] bool is_closing() const;

  // Set at the start.
  const SqliteOptions& options_;
  const int checkpoint_pages_;
  const Place place_;
  Log& readers_;
  LaneKeeper& lanes_;
  LogEnds& ends_;
  StoreRoom& room_;
  KnownKeeper* const known_;

  // The thread's own.
  std::unique_ptr<LogWriter> log_;
  AppendLine line_;
  std::optional<base::SteadyTime> retry_at_;  // a commit has failed: no other before
  base::SteadyTime look_aside_at_ = base::SteadyTime::min();  // at what waits for room
  base::SteadyTime segment_retry_at_ = base::SteadyTime::min();
  EntryId all_flushed_to_;  // every lane's progress was written at this point
  bool lanes_failed_ = false;
  bool has_failed_ = false;     // the last commit of appends
  std::vector<Lane*> touched_;  // have entries staged

  bool has_committed_ = false;         // in this turn; the thread's own
  std::atomic<bool> has_news_{false};  // incoming_ has something, or it is to close

  mutable base::Mutex mutex_;
  std::condition_variable_any changed_;
  Appends incoming_ GUARDED_BY(mutex_);
  std::size_t settled_count_ GUARDED_BY(mutex_) = 0;
  std::optional<base::SteadyTime> flush_at_ GUARDED_BY(mutex_);
  bool is_asleep_ GUARDED_BY(mutex_) = false;
  bool is_closing_ GUARDED_BY(mutex_) = false;
  bool has_ended_ GUARDED_BY(mutex_) = false;
  std::optional<StoreError> fatal_ GUARDED_BY(mutex_);
  std::vector<Order*> orders_ GUARDED_BY(mutex_);  // each its caller's, until it is done
  std::condition_variable_any carried_out_;
  std::atomic<std::uint64_t> last_bytes_{0};

  base::Mutex join_mutex_;  // one close() joins, the others wait for it
  std::thread thread_ GUARDED_BY(join_mutex_);
};

}  // namespace store::sqlite
