// store/sqlite/known_keeper.hpp: the window of duplicates of a folder, over restarts.
//
// The log holds for each commit by what its messages are known again (known_blob.hpp). A
// thread of its own, that gives way to all others, makes files of that which can be looked
// up by key (known_file.hpp): one for each 65,536 messages, or for what a closed segment has
// of them, later one of eight. So messages are known longer than they are kept.
//
//   log  ├── files of 524,288 ──┼── files of 65,536 ──┼── tail ──┤ newest
//
// A start reads the tail, most often less than 65,536 messages, and the heads of the files;
// the thread then brings all into memory, and until a shard is there its keys are looked up
// in the files. So no duplicate passes unnoticed, and the first answer waits for the tail
// alone.
//
// A file that is damaged or missing is told of and made anew from the log, by the thread:
// until then what was in it, and is not in memory, is not known. So it is with a tail of more
// than two million messages, as in a restored backup.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/dedup_window.hpp"
#include "store/sqlite/known_file.hpp"
#include "store/sqlite/lane.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/open_error.hpp"

namespace store::sqlite {

struct KnownOptions {
  DedupOptions dedup;
  std::uint64_t min_free_bytes = 0;     // below it no files are merged
  std::uint64_t piece_ids = 1U << 16U;  // messages of a small file
  bool holds_load_for_test = false;     // nothing is brought into memory after the start
};

class KnownKeeper final : public DedupPast {
 public:
  // Reads the tail. REQUIRES: `place`'s disk, `log`, `ends` and `clock` outlive it.
  struct Sources {
    Log& log;
    const LogEnds& ends;
    const base::Clock& clock;
  };

  [[nodiscard]] static base::Result<std::unique_ptr<KnownKeeper>, OpenError> open(
      const Place& place, const Sources& sources, const KnownOptions& options);

  ~KnownKeeper() override { close(); }

  KnownKeeper(const KnownKeeper&) = delete;
  KnownKeeper& operator=(const KnownKeeper&) = delete;

  [[nodiscard]] const DedupSecret& secret() const noexcept { return secret_; }

  // The writer's.
  [[nodiscard]] DedupWindow& window() noexcept { return window_; }

  // What the log is to keep of the open commit; valid until the next call. The writer's.
  [[nodiscard]] base::ByteView staged_blob();

  // The thread ends; what it had not done is done by the next start. Idempotent.
  void close();

  // From any thread.
  [[nodiscard]] bool may_hold(const Fingerprint& print) const noexcept override;
  [[nodiscard]] std::optional<DedupEntry> find(const Fingerprint& print,
                                               std::uint32_t since) override;

  // The files that were there at the start are in memory. From any thread.
  [[nodiscard]] bool is_loaded() const noexcept { return is_loaded_.load(); }

  // Whether the log may let go of all up to this entry: it stands in files, or none can be
  // written now, which is told on the log and is no reason to keep it. From any thread.
  [[nodiscard]] bool may_go(EntryId to) const noexcept {
    return to <= EntryId{sealed_to_.load()} || has_failed_.load();
  }

 private:
  using FileRef = std::shared_ptr<const KnownFile>;

  KnownKeeper(Place place, const Sources& sources, const KnownOptions& options);

  [[nodiscard]] base::Status<OpenError> open();
  [[nodiscard]] base::Status<OpenError> open_secret();
  [[nodiscard]] base::Status<OpenError> open_files();
  void find_gaps();
  void read_tail();
  void tell_what_lacks();

  void run();
  [[nodiscard]] bool load();
  [[nodiscard]] bool load_shard(std::size_t shard);
  [[nodiscard]] bool step();
  [[nodiscard]] bool seal_next();
  void tell_loaded();
  [[nodiscard]] EntryId end_of_piece();
  [[nodiscard]] std::optional<KnownName> first_missing();
  [[nodiscard]] Status make_anew(const KnownName& range);
  [[nodiscard]] Status seal(const KnownName& piece, bool is_in_memory);
  [[nodiscard]] base::Result<std::vector<DedupEntry>, StoreError> collect(const KnownName& range);
  [[nodiscard]] Status merge(const std::vector<FileRef>& small);
  [[nodiscard]] Status write(const KnownName& name, std::vector<DedupEntry>& entries);
  [[nodiscard]] std::vector<FileRef> mergeable();
  void drop_old();
  void drop(const FileRef& file);
  void set_damaged(const FileRef& file);
  [[nodiscard]] bool is_short_of_room() const;
  void note(const Status& status);

  [[nodiscard]] std::vector<FileRef> files();
  [[nodiscard]] bool rest(base::Duration at_most);

  const Place place_;
  const Sources sources_;
  const KnownOptions options_;
  DedupSecret secret_;
  std::uint64_t mark_ = 0;
  DedupWindow window_;
  std::vector<std::byte> blob_;  // the writer's

  // Set at the start, then by the thread.
  std::atomic<std::uint64_t> sealed_to_{0};  // files hold all up to here, but for what is missing
  std::atomic<bool> has_failed_{false};
  EntryId in_memory_from_;  // of what is behind it all is in memory
  base::SteadyTime begun_at_;
  bool is_complete_ = false;

  std::array<std::atomic<bool>, kDedupShards> shard_is_loaded_{};
  std::atomic<bool> is_loaded_{false};

  base::Mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<FileRef> files_ GUARDED_BY(mutex_);      // in order
  std::vector<KnownName> missing_ GUARDED_BY(mutex_);  // to be made anew
  bool is_closing_ GUARDED_BY(mutex_) = false;

  base::Mutex join_mutex_;
  std::thread thread_ GUARDED_BY(join_mutex_);  // the last: it uses all above
};

}  // namespace store::sqlite
