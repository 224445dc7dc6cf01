#include "store/sqlite/sqlite_archive.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "base/try.hpp"
#include "store/sqlite/archive_search.hpp"
#include "store/sqlite/indexer.hpp"
#include "store/sqlite/lanes_blob.hpp"
#include "store/sqlite/rejected_table.hpp"
#include "store/sqlite/store_care.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace store::sqlite {
namespace {

using telemetry::Counter;
using telemetry::Level;

constexpr std::size_t kWaitingBytesMax = 8 * base::kMiB;  // refused, and not yet written
constexpr base::Duration kLookEvery = std::chrono::milliseconds(250);
constexpr base::Duration kRestMax = std::chrono::milliseconds(250);
constexpr int kBusyRests = 19;  // while messages arrive: a twentieth of one processor
constexpr int kBackupRests = 3;
constexpr base::Duration kPressedTurn = std::chrono::milliseconds(100);
constexpr int kNice = 10;

constexpr auto kSearchAgainAfter = std::chrono::milliseconds(5);

base::SteadyTime now() { return base::Clock::system().steady_now(); }

std::size_t bytes_of(const RejectedRow& row) {
  return sizeof(RejectedRow) + row.rejected.message.size() + row.rejected.answer.size();
}

class SqliteArchive final : public Archive {
 public:
  SqliteArchive(const Place& place, const ArchiveSources& sources, const ArchiveOptions& options)
      : place_(place),
        sources_(sources),
        options_(options),
        idle_within_(std::min(kLookEvery, options.look_every)),
        indexer_(place, sources.log, options.batch_rows, options.fields),
        search_(place, sources.log, sources.outbox),
        care_(place, sources, options, [this](SegmentNumber number) { forget(number); },
              {[this](SegmentNumber number) { index_anew(number); },
               {},
               [this](const std::function<Status()>& swap) { return replace_rejected(swap); }}),
        thread_([this] { run(); }) {
    sources_.room.wake_by([this] { wake(); });
  }

  ~SqliteArchive() override { close(); }

  SqliteArchive(const SqliteArchive&) = delete;
  SqliteArchive& operator=(const SqliteArchive&) = delete;

  void keep(Rejected rejected) override;
  base::Result<FoundPage, StoreError> search(const Search& search,
                                             const std::optional<MessageKey>& after,
                                             std::size_t count_max) override;
  base::Result<std::optional<MessageRecord>, StoreError> record(const MessageKey& key) override;
  base::Result<std::vector<std::string>, StoreError> unknown_fields(const Search& search) override;
  base::Result<EntryId, StoreError> accepted(EntryId after, std::size_t count_max,
                                             const AcceptedVisit& visit) override;

  Care& care() noexcept override { return care_; }

  void close() override;

 private:
  void wake();
  void run();
  [[nodiscard]] bool await_work();
  [[nodiscard]] bool is_asked_for_room() const;
  void keep_rejected();
  [[nodiscard]] base::Status<OpenError> write_rejected(const std::vector<RejectedRow>& rows);
  void look_for_old();
  void trim_rejected();
  void index();
  void look_after_files();
  void care_step();
  void forget(SegmentNumber number);
  void index_anew(SegmentNumber number);
  [[nodiscard]] Status replace_rejected(const std::function<Status()>& swap);
  void rest(base::Duration worked, bool is_busy);
  [[nodiscard]] base::Result<FoundPage, StoreError> search_once(
      const Search& search, const std::optional<MessageKey>& after, std::size_t count_max,
      EntryId indexed_to);
  void await_index(EntryId last);
  [[nodiscard]] base::WallTime before(base::Duration age) const;
  [[nodiscard]] bool is_short_of_room(std::uint64_t factor) const;
  void note(const base::Status<OpenError>& status);

  [[nodiscard]] bool is_behind() const {
    return indexer_.indexed_to() < sources_.outbox.last() && now() >= retry_at_;
  }

  const Place place_;
  const ArchiveSources sources_;
  const ArchiveOptions options_;
  const base::Duration idle_within_;

  // The thread's own.
  Indexer indexer_;
  std::optional<RejectedTable> table_;
  base::SteadyTime look_at_ = base::SteadyTime::min();
  base::SteadyTime retry_at_ = base::SteadyTime::min();
  bool has_failed_ = false;
  base::SteadyTime care_at_ = base::SteadyTime::min();
  bool care_has_failed_ = false;

  base::Mutex search_mutex_;
  ArchiveSearch search_ GUARDED_BY(search_mutex_);
  StoreCare care_;

  base::Mutex mutex_;
  std::condition_variable_any changed_;   // there is work, or it is to end
  std::condition_variable_any progress_;  // a step was done
  std::vector<RejectedRow> waiting_ GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ GUARDED_BY(mutex_) = 0;
  bool is_writing_ GUARDED_BY(mutex_) = false;  // what was waiting
  int hurry_ GUARDED_BY(mutex_) = 0;            // searches that wait for the index
  bool is_closing_ GUARDED_BY(mutex_) = false;

  base::Mutex join_mutex_;
  std::thread thread_ GUARDED_BY(join_mutex_);  // the last: it uses all above
};

// ── From any thread ─────────────────────────────────────────────────────────

void SqliteArchive::keep(Rejected rejected) {
  if (options_.retain_rejected == base::Duration::zero()) return;
  RejectedRow row{std::move(rejected), sources_.outbox.last()};
  bool is_kept = false;
  {
    const base::Lock lock(mutex_);
    const std::size_t bytes = bytes_of(row);
    is_kept = !is_closing_ && waiting_bytes_ + bytes <= kWaitingBytesMax;
    if (is_kept) {
      waiting_bytes_ += bytes;
      waiting_.push_back(std::move(row));
      if (waiting_.size() == 1) changed_.notify_one();
    }
  }
  if (!is_kept) telemetry::count(Counter::kRejectedNotKept);
}

base::Result<FoundPage, StoreError> SqliteArchive::search(const Search& search,
                                                          const std::optional<MessageKey>& after,
                                                          std::size_t count_max) {
  const base::SteadyTime until = now() + options_.search_wait;
  const EntryId last = sources_.outbox.last();
  for (;;) {
    await_index(last);
    const EntryId indexed_to = indexer_.indexed_to();
    auto page = search_once(search, after, std::max<std::size_t>(count_max, 1), indexed_to);
    // A part of the index that was damaged is made anew at this moment.
    if (!page && now() < until) {
      const base::Lock lock(mutex_);
      progress_.wait_until(mutex_, now() + kSearchAgainAfter);
      continue;
    }
    if (!page) return page;
    page->indexed_to = indexed_to;
    page->last = std::max(last, indexed_to);
    return page;
  }
}

base::Result<FoundPage, StoreError> SqliteArchive::search_once(
    const Search& search, const std::optional<MessageKey>& after, std::size_t count_max,
    EntryId indexed_to) {
  const base::Lock lock(search_mutex_);
  return search_.search(search, after, count_max, indexed_to);
}

base::Result<std::optional<MessageRecord>, StoreError> SqliteArchive::record(
    const MessageKey& key) {
  const bool has_fields = options_.fields != nullptr && !options_.fields->names().empty();
  const EntryId id{key.is_rejected ? 0 : std::min(key.value, sources_.outbox.last().value)};
  if (key.is_rejected || has_fields) await_index(id);
  const EntryId indexed_to = indexer_.indexed_to();
  const base::Lock lock(search_mutex_);
  return search_.record(key, indexed_to);
}

base::Result<std::vector<std::string>, StoreError> SqliteArchive::unknown_fields(
    const Search& search) {
  const auto in_force =
      options_.fields == nullptr ? std::vector<std::string>() : options_.fields->names();
  std::vector<std::string> names;
  for (const FieldValue& each : search.fields) {
    if (std::ranges::count(in_force, each.field) == 0) names.push_back(each.field);
  }
  if (names.empty()) return names;
  await_index(sources_.outbox.last());
  const EntryId indexed_to = indexer_.indexed_to();
  const base::Lock lock(search_mutex_);
  static_cast<void>(TRY(search_.drop_known_fields(names, indexed_to)));
  return names;
}

base::Result<EntryId, StoreError> SqliteArchive::accepted(EntryId after, std::size_t count_max,
                                                          const AcceptedVisit& visit) {
  const EntryId last = sources_.outbox.last();
  if (last <= after) return after;
  std::vector<ConnectorId> connectors;
  const auto end = TRY(sources_.log.facts(after, last, count_max, [&](const LogFacts& line) {
    connectors.clear();
    for_each_lane(line.lanes, [&](const LaneKey& lane) { connectors.push_back(lane.connector); });
    visit({line.id, line.size_bytes, line.facts, connectors});
  }));
  return end.scanned_to;
}

// What was refused a moment ago is to be found as well.
void SqliteArchive::await_index(EntryId last) {
  const base::SteadyTime until = now() + options_.search_wait;
  const base::Lock lock(mutex_);
  ++hurry_;
  changed_.notify_one();
  while ((indexer_.indexed_to() < last || !waiting_.empty() || is_writing_) && !is_closing_) {
    if (progress_.wait_until(mutex_, until) == std::cv_status::timeout) break;
  }
  --hurry_;
}

void SqliteArchive::wake() {
  const base::Lock lock(mutex_);
  changed_.notify_one();
}

void SqliteArchive::close() {
  sources_.room.wake_by({});
  const base::Lock join_lock(join_mutex_);
  {
    const base::Lock lock(mutex_);
    is_closing_ = true;
    changed_.notify_one();
    progress_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

// ── The thread ──────────────────────────────────────────────────────────────

void SqliteArchive::run() {
  static_cast<void>(pthread_setname_np(pthread_self(), "archive"));
  // It gives way to all others; without the right to, it works all the same.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice));
  while (await_work()) {
    const base::SteadyTime begun = now();
    const EntryId last = sources_.outbox.last();
    keep_rejected();
    look_for_old();
    index();
    look_after_files();
    rest(now() - begun, sources_.outbox.last() != last);
  }
  keep_rejected();
}

bool SqliteArchive::await_work() {
  const base::Lock lock(mutex_);
  while (!is_closing_ && waiting_.empty() && !is_behind() && now() < look_at_ && now() < care_at_ &&
         !is_asked_for_room()) {
    changed_.wait_until(mutex_, now() + idle_within_);
  }
  return !is_closing_;
}

// A backup or a rekey goes on in its own pace, and what has failed is not tried at once.
bool SqliteArchive::is_asked_for_room() const {
  return sources_.room.is_asked() && !care_has_failed_ && !care_.is_awaited();
}

void SqliteArchive::keep_rejected() {
  std::vector<RejectedRow> rows;
  {
    const base::Lock lock(mutex_);
    rows.swap(waiting_);
    waiting_bytes_ = 0;
    is_writing_ = !rows.empty();
  }
  if (rows.empty()) return;
  if (is_short_of_room(2)) {
    telemetry::count(Counter::kRejectedNotKept, rows.size());
  } else {
    const auto written = write_rejected(rows);
    if (!written) telemetry::count(Counter::kRejectedNotKept, rows.size());
    note(written);
  }
  const base::Lock lock(mutex_);
  is_writing_ = false;
  progress_.notify_all();
}

base::Status<OpenError> SqliteArchive::write_rejected(const std::vector<RejectedRow>& rows) {
  const std::string path = place_.layout.rejected_file();
  if (!table_) table_.emplace(TRY(RejectedTable::open(place_)));
  const Status added = table_->add(rows);
  if (added) return base::Done{};
  table_.reset();
  return cannot_open(path, added.error());
}

void SqliteArchive::look_for_old() {
  const bool has_rejected = table_ && table_->size_bytes() > 0;
  if (now() < look_at_ && !(has_rejected && is_asked_for_room())) return;
  look_at_ = now() + options_.look_every;
  trim_rejected();
}

// The first to go when room is short: then all of them.
void SqliteArchive::trim_rejected() {
  const std::string path = place_.layout.rejected_file();
  if (!table_) {
    const auto names = place_.disk->list(place_.layout.root());
    if (!names || std::ranges::find(*names, "rejected.db") == names->end()) return;
    auto opened = RejectedTable::open(place_);
    if (!opened) return note(base::fail(opened.error()));
    table_.emplace(std::move(opened).value());
  }
  const bool all = is_short_of_room(2) || care_.is_pressed();
  const auto trimmed =
      table_->trim(before(options_.retain_rejected), all ? 0 : options_.rejected_bytes_max);
  if (!trimmed) {
    table_.reset();
    return note(cannot_open(path, trimmed.error()));
  }
  if (*trimmed) look_at_ = now();
}

base::WallTime SqliteArchive::before(base::Duration age) const {
  return sources_.clock.wall_now() - std::chrono::duration_cast<std::chrono::microseconds>(age);
}

void SqliteArchive::index() {
  if (!is_behind()) return;
  if (is_short_of_room(1)) {
    retry_at_ = now() + options_.retry_every;
    return;
  }
  const auto stepped = indexer_.step(sources_.outbox.last());
  if (!stepped) retry_at_ = now() + options_.retry_every;
  note(stepped);
  const base::Lock lock(mutex_);
  progress_.notify_all();
}

// Where room is short, not only a step between two of the index: what goes must go faster than
// messages arrive, and of what goes soon nothing needs to be indexed.
void SqliteArchive::look_after_files() {
  const base::SteadyTime until = now() + kPressedTurn;
  do care_step();
  while (care_.is_pressed() && now() >= care_at_ && now() < until);
}

// What was refused goes before what was accepted.
void SqliteArchive::care_step() {
  if (now() < care_at_ && !is_asked_for_room()) return;
  const bool has_rejected = table_ && table_->size_bytes() > 0;
  const auto stepped = care_.step(!has_rejected);
  care_at_ = stepped && *stepped ? base::SteadyTime::min()
                                 : now() + (stepped ? idle_within_ : options_.retry_every);
  if (!stepped && !care_has_failed_) {
    telemetry::log(Level::kError, "store_care_failed", {{"what", to_string(stepped.error())}});
  }
  care_has_failed_ = !stepped;
}

void SqliteArchive::forget(SegmentNumber number) {
  indexer_.forget(number);
  const base::Lock lock(search_mutex_);
  search_.forget(number);
}

// Of a segment that was sealed anew. Where it is of the current key already, it stays.
void SqliteArchive::index_anew(SegmentNumber number) {
  if (is_index_current(place_, number)) return;
  const base::Lock lock(search_mutex_);
  search_.forget(number);
  indexer_.begin_anew(number);
}

Status SqliteArchive::replace_rejected(const std::function<Status()>& swap) {
  table_.reset();
  const base::Lock lock(search_mutex_);
  search_.forget_rejected();
  return swap();
}

// As long as it has worked, and much longer while messages arrive, unless somebody waits for
// it: intake shall not feel it. With a rest as short as the work, a message of a store under
// full load cost 23 us of CPU instead of 17.
void SqliteArchive::rest(base::Duration worked, bool is_busy) {
  int rests = is_busy ? kBusyRests : 1;
  if (care_.is_awaited()) rests = std::min(rests, kBackupRests);
  if (care_.is_pressed()) rests = 1;
  const base::SteadyTime until = now() + std::min(worked * rests, kRestMax);
  const base::Lock lock(mutex_);
  while (!is_closing_ && hurry_ == 0 && now() < until && !is_asked_for_room()) {
    changed_.wait_until(mutex_, until);
  }
}

bool SqliteArchive::is_short_of_room(std::uint64_t factor) const {
  if (options_.min_free_bytes == 0) return false;
  const auto free_bytes = place_.disk->free_bytes(place_.layout.root());
  return free_bytes && *free_bytes < factor * options_.min_free_bytes;
}

// Told once for each incident. A failed sync is no end here: nothing was promised.
void SqliteArchive::note(const base::Status<OpenError>& status) {
  if (!status && !has_failed_) {
    telemetry::log(Level::kError, "archive_failed", {{"what", to_string(status.error())}});
  }
  has_failed_ = !status;
}

}  // namespace

std::unique_ptr<Archive> make_archive(const Place& place, const ArchiveSources& sources,
                                      const ArchiveOptions& options) {
  return std::make_unique<SqliteArchive>(place, sources, options);
}

}  // namespace store::sqlite
