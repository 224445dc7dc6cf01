// audit/trail.hpp: the audit trail of a server: a record for all that happened.
//
//   log ──────────── follow(), a thread ──────────┐
//   lanes ────────── attempts() ──────────────────┤
//   control.sock ─── record_now(), synced ────────┼──► chain ──► DATA_DIR/audit/*.jsonl
//   sessions ─────── refused(), repeated() ───────┘        written behind
//
// Records of messages are made up from the log, behind intake, in order of commit, each once:
// the last of them says where to go on, also after a crash. The thread takes a twentieth of one
// processor at most while messages arrive, and catches up later.
//
// On a disk that is full or errs, messages wait in the log; attempts and refused messages wait
// in memory, kWaitingBytesMax of them, and what is beyond that is counted and recorded as a
// number; record_now() fails. After a failed sync `on_fatal` is called.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "audit/audit_key.hpp"
#include "audit/chain.hpp"
#include "audit/journal.hpp"
#include "audit/record.hpp"
#include "audit/trail_writer.hpp"
#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/archive.hpp"
#include "store/outbox.hpp"
#include "store/rejected.hpp"

namespace audit {

struct TrailOptions {
  std::string data_dir;
  AuditKeys keys;
  const base::Clock* clock = &base::Clock::system();  // for the times of records
  store::Disk* disk = &store::Disk::system();
  std::uint64_t file_bytes = std::uint64_t{16} << 20U;
  std::shared_ptr<const store::PayloadCipher> cipher{};  // seals records; null: all is in clear

  // Below twice so much free room on the disk refused messages are only counted.
  std::uint64_t min_free_bytes = 0;

  // Files go when all their records are older than this, each at its checkpoint, and none is
  // written to for longer than a tenth of it; 0: for ever.
  base::Duration retain{};
  base::Duration retain_every = std::chrono::hours(1);  // how often it is looked, at most

  base::Duration look_every = std::chrono::milliseconds(250);  // at the log
  base::Duration sync_every = std::chrono::seconds(1);
  base::Duration publish_every = std::chrono::minutes(5);
  base::Duration retry_every = std::chrono::seconds(5);  // after a failure

  // Called once, after a sync failed: the process must end, without answering.
  std::function<void(const store::StoreError&)> on_fatal = [](const store::StoreError&) {};
};

// Thread-safe.
class Trail final : public Journal {
 public:
  static constexpr std::size_t kWaitingBytesMax = std::size_t{4} << 20U;
  static constexpr std::size_t kBatchMax = 500;  // messages

  // Opens the trail of a folder, behind its last record. The sentence says why not.
  [[nodiscard]] static base::Result<std::unique_ptr<Trail>, std::string> open(TrailOptions options);

  ~Trail() override;
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;

  // Reads on behind the log from now on, and publishes. REQUIRES: called once; both outlive
  // close(). Without it only what is told here is recorded.
  void follow(store::Outbox& outbox, store::Archive& archive);

  void attempts(std::span<const AttemptMade> made) override;
  [[nodiscard]] base::Result<std::uint64_t, std::string> record_now(RecordText record) override;

  // Wait for no disk.
  void refused(const store::Rejected& rejected);
  void repeated(const store::Rejected& message);

  [[nodiscard]] bool is_keyed() const noexcept { return options_.keys.is_given(); }

  // All messages up to this one are recorded.
  [[nodiscard]] store::EntryId recorded_to() const noexcept { return {recorded_to_.load()}; }

  // The last that was published, which is on disk.
  [[nodiscard]] Head published() const;

  // Removes the files all of whose records are older than this: see TrailWriter.
  [[nodiscard]] base::Result<std::size_t, std::string> drop_before(base::WallTime before);

  // Seals a file anew, beside all that is recorded: see store::SealStep.
  [[nodiscard]] base::Result<bool, store::StoreError> seal_step(bool is_first);

  // Records what is in the log, within `at_most` (what is left is recorded at the next start),
  // then this, and publishes the head. The destructor ends without a record.
  void close(std::optional<RecordText> last,
             base::Duration at_most = std::chrono::milliseconds(500));

 private:
  Trail(TrailOptions options, TrailWriter writer);

  struct Source {
    store::Outbox& outbox;
    store::Archive& archive;
  };

  void run();
  [[nodiscard]] bool await_work();
  [[nodiscard]] bool is_behind() const;
  bool step();
  [[nodiscard]] bool record_messages();
  [[nodiscard]] bool catch_up_with_a_shorter_log();
  void write_waiting();
  void rest(base::Duration worked, bool is_busy);
  void sync_if_due();
  [[nodiscard]] store::DiskStatus sync();
  void drop_if_due();
  void publish_if_due();
  void publish();

  void record_behind(std::string record);
  void keep_waiting(std::string record, bool is_attempt) REQUIRES_LOCK(mutex_);
  [[nodiscard]] store::DiskStatus flush_waiting() REQUIRES_LOCK(writer_mutex_);
  [[nodiscard]] store::DiskStatus append(std::span<const std::string> records,
                                         store::EntryId recorded_to) REQUIRES_LOCK(writer_mutex_);
  [[nodiscard]] std::string gap_record(std::uint64_t attempts, std::uint64_t refused) const;
  void note(const store::DiskStatus& status) REQUIRES_LOCK(writer_mutex_);
  [[nodiscard]] const std::string& name_of(store::ConnectorId connector);

  [[nodiscard]] static base::SteadyTime now() { return base::Clock::system().steady_now(); }

  const TrailOptions options_;

  // Held for a write, and for a sync where a file begins. Taken before mutex_.
  base::Mutex sealing_mutex_;                                    // before the next
  std::vector<std::string> to_seal_ GUARDED_BY(sealing_mutex_);  // files

  mutable base::Mutex writer_mutex_;
  TrailWriter writer_ GUARDED_BY(writer_mutex_);
  bool has_failed_ GUARDED_BY(writer_mutex_) = false;
  std::uint64_t synced_to_ GUARDED_BY(writer_mutex_) = 0;  // the sequence that is on disk
  Head published_ GUARDED_BY(writer_mutex_);
  FileNumber published_file_ GUARDED_BY(writer_mutex_);
  std::atomic<std::uint64_t> recorded_to_{0};

  // Held for moments only: a network thread may take it.
  base::Mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::string> waiting_ GUARDED_BY(mutex_);  // to be written
  std::size_t waiting_bytes_ GUARDED_BY(mutex_) = 0;    // with what is being written
  std::uint64_t lost_attempts_ GUARDED_BY(mutex_) = 0;
  std::uint64_t lost_refused_ GUARDED_BY(mutex_) = 0;
  bool is_short_of_room_ GUARDED_BY(mutex_) = false;
  bool is_closing_ GUARDED_BY(mutex_) = false;

  // The thread's own.
  std::optional<Source> source_;
  std::vector<store::Registered> names_;
  base::SteadyTime sync_at_ = base::SteadyTime::min();
  base::SteadyTime publish_at_ = base::SteadyTime::min();
  base::SteadyTime drop_at_ = base::SteadyTime::min();
  base::SteadyTime retry_at_ = base::SteadyTime::min();

  std::thread thread_;  // the last: it uses all above
};

// What is not taken in goes to the bin, and is recorded on the way. Both outlive it.
class RecordedBin final : public store::RejectedBin {
 public:
  RecordedBin(Trail& trail, store::RejectedBin& bin) : trail_(trail), bin_(bin) {}

  void keep(store::Rejected rejected) override {
    trail_.refused(rejected);
    bin_.keep(std::move(rejected));
  }

  void repeated(const store::Rejected& message) override {
    trail_.repeated(message);
    bin_.repeated(message);
  }

 private:
  Trail& trail_;
  store::RejectedBin& bin_;
};

}  // namespace audit
