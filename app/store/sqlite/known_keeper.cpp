#include "store/sqlite/known_keeper.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/known_blob.hpp"
#include "telemetry/log.hpp"

namespace store::sqlite {
namespace {

using telemetry::Level;

constexpr std::size_t kMergeCount = 8;     // small files that become one
constexpr std::uint64_t kTailPieces = 32;  // of the log's tail: what a start reads at most
constexpr std::size_t kRowsMax = 1024;     // commits that are read in one go
constexpr base::Duration kLookEvery = std::chrono::milliseconds(250);
constexpr base::Duration kRetryEvery = std::chrono::seconds(5);
constexpr int kNice = 10;

base::SteadyTime now() { return base::Clock::system().steady_now(); }

bool holds(const KnownName& outer, const KnownName& inner) noexcept {
  return outer.after <= inner.after && inner.to <= outer.to;
}

}  // namespace

// ── The start ───────────────────────────────────────────────────────────────

KnownKeeper::KnownKeeper(Place place, const Sources& sources, const KnownOptions& options)
    : place_(std::move(place)),
      sources_(sources),
      options_(options),
      window_(options.dedup, this) {}

base::Result<std::unique_ptr<KnownKeeper>, OpenError> KnownKeeper::open(
    const Place& place, const Sources& sources, const KnownOptions& options) {
  std::unique_ptr<KnownKeeper> keeper(new KnownKeeper(place, sources, options));
  static_cast<void>(TRY(keeper->open()));
  return keeper;
}

base::Status<OpenError> KnownKeeper::open() {
  const std::string folder = place_.layout.known_folder();
  static_cast<void>(TRY(at_open(folder, place_.disk->make_folder(folder))));
  static_cast<void>(TRY(at_open(folder, place_.disk->sync_folder(place_.layout.root()))));
  static_cast<void>(TRY(open_secret()));
  static_cast<void>(TRY(open_files()));
  find_gaps();
  read_tail();
  tell_what_lacks();
  const base::Lock lock(join_mutex_);
  thread_ = std::thread([this] { run(); });
  return base::Done{};
}

// One that is not whole was never used: the start that made it ended in it.
base::Status<OpenError> KnownKeeper::open_secret() {
  const std::string path = place_.layout.dedup_secret_file();
  const std::string folder = place_.layout.known_folder();
  const auto names = TRY(at_open(folder, place_.disk->list(folder)));
  if (std::ranges::find(names, "secret") != names.end()) {
    const auto octets = TRY(at_open(path, place_.disk->read(path)));
    if (octets.size() == sizeof secret_) std::memcpy(&secret_, octets.data(), sizeof secret_);
  }
  if (secret_ == DedupSecret{}) {
    secret_ = new_dedup_secret();
    const auto octets = std::as_bytes(std::span(&secret_, 1));
    static_cast<void>(TRY(at_open(path, place_.disk->write_synced(path, octets))));
    static_cast<void>(TRY(at_open(folder, place_.disk->sync_folder(folder))));
  }
  mark_ = mark_of(secret_);
  return base::Done{};
}

// Of files that hold the same messages the largest stays: the others were merged into it.
base::Status<OpenError> KnownKeeper::open_files() {
  const std::string folder = place_.layout.known_folder();
  std::vector<KnownName> names;
  for (const std::string& name : TRY(at_open(folder, place_.disk->list(folder)))) {
    if (const auto parsed = parse_known_name(name)) names.push_back(*parsed);
  }
  std::ranges::sort(names, [](const KnownName& left, const KnownName& right) {
    return left.after != right.after ? left.after < right.after : left.to > right.to;
  });
  const EntryId last{sources_.ends.committed.load()};
  const base::Lock lock(mutex_);
  for (const KnownName& name : names) {
    const bool is_merged = !files_.empty() && holds(files_.back()->name(), name);
    auto file = is_merged || name.to > last ? base::fail(StoreError{StoreFault::kDamaged, 0})
                                            : KnownFile::open(place_, name, secret_);
    if (file) {
      files_.push_back(std::make_shared<const KnownFile>(std::move(file).value()));
      continue;
    }
    if (!is_merged) {
      missing_.push_back(name);
      telemetry::log(Level::kWarning, "dedup_file_damaged",
                     {{"after", name.after.value}, {"to", name.to.value}});
    }
    static_cast<void>(TRY(at_open(folder, place_.disk->remove(place_.layout.known_file(name)))));
  }
  return base::Done{};
}

// What stands in the log and in no file. What is older than the first file has left the window,
// but for files that were damaged; what is newer than the last is the tail.
void KnownKeeper::find_gaps() {
  EntryId to;
  const base::Lock lock(mutex_);
  const std::vector<KnownName> damaged = std::exchange(missing_, {});
  for (const FileRef& file : files_) {
    const KnownName& name = file->name();
    if (to.value != 0 && to < name.after) missing_.push_back({to, name.after});
    to = std::max(to, name.to);
  }
  sealed_to_ = to.value;
  for (const KnownName& name : damaged) {
    if (!files_.empty() && name.to <= files_.front()->name().after) missing_.push_back(name);
  }
}

// Of a longer tail, as after DEDUP was switched on, the thread reads the rest; so it does with
// all of one that cannot be read now, which is no reason not to start.
void KnownKeeper::read_tail() {
  const EntryId last{sources_.ends.committed.load()};
  const std::uint64_t reach = kTailPieces * options_.piece_ids;
  in_memory_from_ = {sealed_to_.load()};
  if (last.value > reach) in_memory_from_ = std::max(in_memory_from_, EntryId{last.value - reach});
  if (in_memory_from_ >= last) return;
  const auto entries = collect({in_memory_from_, last});
  if (!entries) {
    note(base::fail(entries.error()));
    const base::Lock lock(mutex_);
    return missing_.push_back({in_memory_from_, last});
  }
  const base::WallTime now = sources_.clock.wall_now();
  for (const DedupEntry& entry : *entries) window_.remember(entry, now);
}

// Until it is told that the window is loaded, some duplicates may pass.
void KnownKeeper::tell_what_lacks() {
  const base::Lock lock(mutex_);
  const bool has_rest = sealed_to_ < in_memory_from_.value;
  if (missing_.empty() && !has_rest) return;
  telemetry::log(Level::kWarning, "dedup_window_incomplete",
                 {{"after", has_rest ? sealed_to_.load() : missing_.front().after.value},
                  {"to", has_rest ? in_memory_from_.value : missing_.back().to.value},
                  {"text", "duplicates of these messages pass until dedup_window_loaded"}});
}

// ── From any thread ─────────────────────────────────────────────────────────

base::ByteView KnownKeeper::staged_blob() {
  encode_known(mark_, window_.staged(), blob_);
  return blob_;
}

bool KnownKeeper::may_hold(const Fingerprint& print) const noexcept {
  return !shard_is_loaded_[shard_of(print.key_high)].load(std::memory_order_acquire);
}

std::optional<DedupEntry> KnownKeeper::find(const Fingerprint& print, std::uint32_t since) {
  std::optional<DedupEntry> best;
  for (const FileRef& file : files()) {
    const auto found = file->find(print, since);
    if (!found) {
      set_damaged(file);
    } else if (*found && (*found)->body() == print.body) {
      return *found;
    } else if (*found && (!best || best->id() < (*found)->id())) {
      best = *found;
    }
  }
  return best;
}

void KnownKeeper::close() {
  const base::Lock join_lock(join_mutex_);
  {
    const base::Lock lock(mutex_);
    is_closing_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

std::vector<KnownKeeper::FileRef> KnownKeeper::files() {
  const base::Lock lock(mutex_);
  return files_;
}

void KnownKeeper::drop(const FileRef& file) {
  {
    const base::Lock lock(mutex_);
    std::erase(files_, file);
  }
  note(place_.disk->remove(place_.layout.known_file(file->name())));
}

void KnownKeeper::set_damaged(const FileRef& file) {
  {
    const base::Lock lock(mutex_);
    if (std::erase(files_, file) == 0) return;
    missing_.push_back(file->name());
    changed_.notify_one();
  }
  telemetry::log(Level::kError, "dedup_file_damaged",
                 {{"after", file->name().after.value},
                  {"to", file->name().to.value},
                  {"text", "duplicates of these messages pass until it is made anew"}});
}

// ── The thread ──────────────────────────────────────────────────────────────

void KnownKeeper::run() {
  static_cast<void>(pthread_setname_np(pthread_self(), "dedup"));
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice));
  begun_at_ = now();
  while (options_.holds_load_for_test && rest(kLookEvery)) {
  }
  if (!load()) return;
  base::Duration wait{};
  while (rest(wait)) {
    const bool did = step();
    wait = did ? base::Duration{} : kLookEvery;
    if (has_failed_) wait = kRetryEvery;
    if (!did && !has_failed_) tell_loaded();
  }
}

// Once, when there is nothing left of the start to do.
void KnownKeeper::tell_loaded() {
  if (std::exchange(is_complete_, true)) return;
  const auto took = now() - begun_at_;
  telemetry::log(Level::kInfo, "dedup_window_loaded",
                 {{"entries", window_.count()},
                  {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
}

// True: it was not told to end meanwhile.
bool KnownKeeper::rest(base::Duration at_most) {
  const base::SteadyTime until = now() + at_most;
  const base::Lock lock(mutex_);
  while (!is_closing_ && now() < until) {
    if (!missing_.empty() && !has_failed_) break;
    changed_.wait_until(mutex_, until);
  }
  return !is_closing_;
}

// What comes in meanwhile becomes files as ever, so that the next start has a short tail.
bool KnownKeeper::load() {
  for (std::size_t shard = 0; shard < kDedupShards; ++shard) {
    if (!load_shard(shard)) return false;
    static_cast<void>(seal_next());
  }
  is_loaded_.store(true);
  return true;
}

bool KnownKeeper::load_shard(std::size_t shard) {
  const base::WallTime now = sources_.clock.wall_now();
  for (const FileRef& file : files()) {
    if (!rest({})) return false;
    const auto entries = file->shard(shard);
    if (!entries) {
      set_damaged(file);
      continue;
    }
    for (const DedupEntry& entry : *entries) window_.remember(entry, now);
  }
  shard_is_loaded_[shard].store(true, std::memory_order_release);
  return true;
}

// Does one thing that there is to do; false: there is none.
bool KnownKeeper::step() {
  if (const auto missing = first_missing()) {
    const Status made = make_anew(*missing);
    note(made);
    if (!made) return false;
    const base::Lock lock(mutex_);
    std::erase(missing_, *missing);
    return true;
  }
  drop_old();
  if (const auto small = mergeable(); !small.empty() && !is_short_of_room()) {
    const Status merged = merge(small);
    note(merged);
    return merged.has_value();
  }
  return seal_next();
}

// True: a piece was sealed.
bool KnownKeeper::seal_next() {
  const KnownName piece{{sealed_to_.load()}, end_of_piece()};
  if (piece.to <= piece.after) return false;
  const Status sealed = seal(piece, piece.after >= in_memory_from_);
  note(sealed);
  if (sealed) sealed_to_ = piece.to.value;
  return sealed.has_value();
}

// A piece is full, or ends with its segment of the log, which may go long before what was in
// it leaves the window. Else it still grows: no end is above its begin.
EntryId KnownKeeper::end_of_piece() {
  const EntryId sealed_to{sealed_to_.load()};
  const EntryId full{sealed_to.value + options_.piece_ids};
  if (full.value <= sources_.ends.published.load()) return full;
  const std::vector<SegmentNumber> segments = sources_.log.numbers();
  if (segments.empty()) return sealed_to;
  const auto last = sources_.log.extent(segments.back());
  if (!last || !*last) return sealed_to;
  return {(*last)->first.value - 1};
}

std::optional<KnownName> KnownKeeper::first_missing() {
  const base::Lock lock(mutex_);
  if (missing_.empty()) return std::nullopt;
  return missing_.front();
}

// A file of all of it, that was damaged, would be taken for these at the next start.
Status KnownKeeper::make_anew(const KnownName& range) {
  for (EntryId at = range.after; at < range.to;) {
    const EntryId end = std::min(range.to, EntryId{at.value + options_.piece_ids});
    static_cast<void>(TRY(seal({at, end}, false)));
    at = end;
  }
  const auto is_made = [&range](const FileRef& file) { return file->name() == range; };
  if (std::ranges::any_of(files(), is_made)) return base::Done{};
  return place_.disk->remove(place_.layout.known_file(range));
}

Status KnownKeeper::seal(const KnownName& piece, bool is_in_memory) {
  std::vector<DedupEntry> entries = TRY(collect(piece));
  if (!is_in_memory) {
    const base::WallTime now = sources_.clock.wall_now();
    for (const DedupEntry& entry : entries) window_.remember(entry, now);
  }
  if (entries.empty()) return base::Done{};
  return write(piece, entries);
}

// Whole commits, those whose last message is in the range.
base::Result<std::vector<DedupEntry>, StoreError> KnownKeeper::collect(const KnownName& range) {
  std::vector<DedupEntry> entries;
  for (EntryId at = range.after; at < range.to;) {
    const auto end =
        TRY(sources_.log.known(at, range.to, kRowsMax, [this, &entries](const LogKnown& row) {
          decode_known(mark_, row.entries, entries);
        }));
    at = end.scanned_to;
  }
  return entries;
}

Status KnownKeeper::write(const KnownName& name, std::vector<DedupEntry>& entries) {
  const Status written = write_known_file(place_, name, secret_, entries);
  if (!written) {
    static_cast<void>(place_.disk->remove(place_.layout.known_file(name)));
    return written;
  }
  auto file = std::make_shared<const KnownFile>(TRY(KnownFile::open(place_, name, secret_)));
  const base::Lock lock(mutex_);
  std::erase_if(files_, [&name](const FileRef& each) { return each->name() == name; });
  files_.insert(
      std::ranges::upper_bound(files_, name, {}, [](const FileRef& each) { return each->name(); }),
      std::move(file));
  return base::Done{};
}

// The first small files that lie side by side, as soon as there are enough of them.
std::vector<KnownKeeper::FileRef> KnownKeeper::mergeable() {
  std::vector<FileRef> row;
  for (const FileRef& file : files()) {
    const KnownName& name = file->name();
    const bool is_small = name.to.value - name.after.value <= options_.piece_ids;
    const bool is_next = row.empty() || row.back()->name().to == name.after;
    if (!is_small || !is_next) row.clear();
    if (is_small) row.push_back(file);
    if (row.size() == kMergeCount) return row;
  }
  return {};
}

Status KnownKeeper::merge(const std::vector<FileRef>& small) {
  std::vector<DedupEntry> entries;
  for (const FileRef& file : small) {
    auto own = file->all();
    if (!own) {
      set_damaged(file);
      return base::fail(own.error());
    }
    entries.insert(entries.end(), own->begin(), own->end());
  }
  static_cast<void>(TRY(write({small.front()->name().after, small.back()->name().to}, entries)));
  for (const FileRef& file : small) drop(file);
  return base::Done{};
}

void KnownKeeper::drop_old() {
  const std::uint32_t since = window_.since(sources_.clock.wall_now());
  for (const FileRef& file : files()) {
    if (file->newest_at() < since) drop(file);
  }
}

bool KnownKeeper::is_short_of_room() const {
  if (options_.min_free_bytes == 0) return false;
  const auto free_bytes = place_.disk->free_bytes(place_.layout.root());
  return free_bytes && *free_bytes < options_.min_free_bytes;
}

// Told once for each incident. A failed sync is no end here: all of it stands in the log.
void KnownKeeper::note(const Status& status) {
  if (!status && !has_failed_) {
    telemetry::log(
        Level::kError, "dedup_file_failed",
        {{"fault", to_string(status.error().fault)}, {"errno", status.error().os_error}});
  }
  has_failed_ = !status;
}

}  // namespace store::sqlite
