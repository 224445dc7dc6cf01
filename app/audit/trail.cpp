#include "audit/trail.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "audit/trail_line.hpp"
#include "base/try.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace audit {
namespace {

using store::DiskStatus;
using telemetry::Counter;
using telemetry::Gauge;
using telemetry::Level;

constexpr std::size_t kFlushMax = 1000;              // records in one write
constexpr std::size_t kWakeBytes = 64 * base::kKiB;  // of what waits
constexpr std::string_view kUnknownConnector = "?";  // cannot be: names are never forgotten
constexpr base::Duration kRestMax = std::chrono::milliseconds(250);
constexpr int kBusyRests = 19;  // while messages arrive: a twentieth of one processor
constexpr int kNice = 10;
constexpr int kFilesKept = 10;  // about, within the time that they are kept

std::string sentence(const store::StoreError& error) {
  return fmt::format("the audit trail cannot be written ({}{})", to_string(error.fault),
                     error.os_error == 0 ? "" : fmt::format(", error {}", error.os_error));
}

std::int64_t seconds_of(base::WallTime at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

void tell_recovery(const TrailWriter& writer) {
  const Recovery& recovery = writer.recovery();
  if (!recovery.is_needed()) return;
  // A crash in mid-write leaves a part of a line. Whole lines that do not fit are left by a
  // power cut, or by somebody.
  telemetry::log(recovery.lines == 0 ? Level::kInfo : Level::kError, "audit_tail_set_aside",
                 {{"octets", recovery.octets},
                  {"records", recovery.lines},
                  {"sequence", writer.head().sequence}});
}

TrailPlace place_of(const TrailOptions& options) {
  return {trail_folder_of(options.data_dir), options.disk, options.file_bytes, options.cipher};
}

}  // namespace

base::Result<std::unique_ptr<Trail>, std::string> Trail::open(TrailOptions options) {
  const std::string folder = trail_folder_of(options.data_dir);
  auto writer = TrailWriter::open(place_of(options), options.keys, options.clock->wall_now());
  if (!writer) return base::fail(fmt::format("{}: {}", folder, sentence(writer.error())));
  tell_recovery(*writer);
  return std::unique_ptr<Trail>(new Trail(std::move(options), std::move(writer).value()));
}

Trail::Trail(TrailOptions options, TrailWriter writer)
    : options_(std::move(options)), writer_(std::move(writer)) {
  recorded_to_ = writer_.recorded_to().value;
}

Trail::~Trail() { close(std::nullopt); }

// ── From any thread ─────────────────────────────────────────────────────────

void Trail::attempts(std::span<const AttemptMade> made) {
  std::vector<std::string> records;
  records.reserve(made.size());
  for (const AttemptMade& attempt : made) records.push_back(attempt_record(attempt));
  {
    const base::Lock lock(mutex_);
    for (std::string& record : records) keep_waiting(std::move(record), true);
  }
  const base::Lock lock(writer_mutex_);
  if (!has_failed_) note(flush_waiting());
}

void Trail::refused(const store::Rejected& rejected) { record_behind(refused_record(rejected)); }

void Trail::repeated(const store::Rejected& message) { record_behind(duplicate_record(message)); }

void Trail::record_behind(std::string record) {
  const base::Lock lock(mutex_);
  if (is_short_of_room_) {
    ++lost_refused_;
    telemetry::count(Counter::kAuditLost);
    return;
  }
  keep_waiting(std::move(record), false);
  if (waiting_bytes_ > kWakeBytes) changed_.notify_one();
}

void Trail::keep_waiting(std::string record, bool is_attempt) {
  if (waiting_bytes_ + record.size() > kWaitingBytesMax) {
    ++(is_attempt ? lost_attempts_ : lost_refused_);
    telemetry::count(Counter::kAuditLost);
    return;
  }
  waiting_bytes_ += record.size();
  waiting_.push_back(std::move(record));
}

base::Result<std::uint64_t, std::string> Trail::record_now(RecordText record) {
  const std::string text = std::move(record).take();
  std::shared_ptr<store::DiskFile> file;
  std::uint64_t sequence = 0;
  {
    const base::Lock lock(writer_mutex_);
    const DiskStatus appended = append({&text, 1}, writer_.recorded_to());
    note(appended);
    if (!appended) return base::fail(sentence(appended.error()));
    file = writer_.file();
    sequence = writer_.head().sequence;
  }
  const DiskStatus synced = file->sync();
  const base::Lock lock(writer_mutex_);
  if (!synced) {
    note(synced);
    return base::fail(sentence(synced.error()));
  }
  synced_to_ = std::max(synced_to_, sequence);
  return sequence;
}

Head Trail::published() const {
  const base::Lock lock(writer_mutex_);
  return published_;
}

base::Result<std::size_t, std::string> Trail::drop_before(base::WallTime before) {
  const base::Lock sealing(sealing_mutex_);
  const base::Lock lock(writer_mutex_);
  const auto dropped = writer_.drop_before(before, options_.clock->wall_now());
  note(dropped ? DiskStatus(base::Done{}) : base::fail(dropped.error()));
  if (!dropped) return base::fail(sentence(dropped.error()));
  return *dropped;
}

base::Result<bool, store::StoreError> Trail::seal_step(bool is_first) {
  if (!options_.cipher) return false;
  const base::Lock sealing(sealing_mutex_);
  if (is_first) {
    const base::Lock lock(writer_mutex_);
    to_seal_ = TRY(writer_.begin_anew(options_.clock->wall_now()));
    return true;
  }
  if (to_seal_.empty()) return false;
  static_cast<void>(TRY(seal_file(place_of(options_), to_seal_.back())));
  to_seal_.pop_back();
  return !to_seal_.empty();
}

// ── Writing ─────────────────────────────────────────────────────────────────

DiskStatus Trail::append(std::span<const std::string> records, store::EntryId recorded_to) {
  static_cast<void>(TRY(writer_.append(records, recorded_to, options_.clock->wall_now())));
  telemetry::count(Counter::kAuditRecords, records.size());
  recorded_to_ = recorded_to.value;
  return base::Done{};
}

// How many are not there comes before those that are.
DiskStatus Trail::flush_waiting() {
  for (;;) {
    std::vector<std::string> records;
    std::uint64_t attempts = 0;
    std::uint64_t refused = 0;
    {
      const base::Lock lock(mutex_);
      attempts = lost_attempts_;
      refused = lost_refused_;
      if (attempts + refused > 0) records.push_back(gap_record(attempts, refused));
      const std::size_t count = std::min(waiting_.size(), kFlushMax);
      const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
      records.insert(records.end(), waiting_.begin(), end);
    }
    if (records.empty()) return base::Done{};
    static_cast<void>(TRY(append(records, writer_.recorded_to())));
    const base::Lock lock(mutex_);
    const bool has_gap = attempts + refused > 0;
    for (std::size_t index = has_gap ? 1 : 0; index < records.size(); ++index) {
      waiting_bytes_ -= waiting_.front().size();
      waiting_.pop_front();
    }
    lost_attempts_ -= attempts;
    lost_refused_ -= refused;
  }
}

std::string Trail::gap_record(std::uint64_t attempts, std::uint64_t refused) const {
  RecordText record("gap", options_.clock->wall_now());
  record.add("attempts", attempts).add("refused", refused);
  return std::move(record).take();
}

// Told once for each incident.
void Trail::note(const DiskStatus& status) {
  if (!status && status.error().fault == store::StoreFault::kSyncFailed) {
    options_.on_fatal(status.error());
  }
  if (has_failed_ == !status) return;
  has_failed_ = !status;
  if (status) {
    telemetry::set(Gauge::kAuditFailedAt, std::nullopt);
    telemetry::log(Level::kInfo, "audit_written_again", {});
    return;
  }
  telemetry::set(Gauge::kAuditFailedAt, seconds_of(options_.clock->wall_now()));
  telemetry::log(
      Level::kError, "audit_failed",
      {{"reason", sentence(status.error())},
       {"text", "messages wait in the log to be recorded; looks and decisions are refused"}});
}

// ── The thread ──────────────────────────────────────────────────────────────

void Trail::follow(store::Outbox& outbox, store::Archive& archive) {
  source_.emplace(Source{outbox, archive});
  if (!catch_up_with_a_shorter_log()) retry_at_ = now() + options_.retry_every;
  thread_ = std::thread([this] { run(); });
}

// A log that was restored from a backup gives numbers again that are recorded already.
bool Trail::catch_up_with_a_shorter_log() {
  const store::EntryId last = source_->outbox.last();
  const base::Lock lock(writer_mutex_);
  if (writer_.recorded_to() <= last) return true;
  telemetry::log(Level::kError, "audit_log_is_shorter",
                 {{"recorded_to", writer_.recorded_to().value}, {"log_ends_at", last.value}});
  RecordText record(kRewound, options_.clock->wall_now());
  record.add("recorded_to", last.value).add("was", writer_.recorded_to().value);
  const std::string text = std::move(record).take();
  const DiskStatus appended = append({&text, 1}, last);
  note(appended);
  return appended.has_value();
}

void Trail::run() {
  static_cast<void>(pthread_setname_np(pthread_self(), "audit"));
  // It gives way to all others; without the right to, it works all the same.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice));
  while (await_work()) {
    const base::SteadyTime begun = now();
    const store::EntryId last = source_->outbox.last();
    static_cast<void>(step());
    drop_if_due();
    publish_if_due();
    sync_if_due();
    rest(now() - begun, source_->outbox.last() != last);
  }
}

// One look at everything; false when there was nothing of the log to record.
bool Trail::step() {
  write_waiting();
  const bool has_more = now() >= retry_at_ && record_messages();
  const std::uint64_t last = source_->outbox.last().value;
  telemetry::set(Gauge::kAuditLag,
                 static_cast<std::int64_t>(last - std::min(recorded_to_.load(), last)));
  return has_more;
}

bool Trail::is_behind() const {
  return now() >= retry_at_ && recorded_to() < source_->outbox.last();
}

bool Trail::await_work() {
  const base::Lock lock(mutex_);
  const base::SteadyTime look_at = now() + options_.look_every;
  while (!is_closing_ && !is_behind() && waiting_bytes_ <= kWakeBytes && now() < look_at) {
    changed_.wait_until(mutex_, look_at);
  }
  return !is_closing_;
}

void Trail::write_waiting() {
  const auto free_bytes = options_.disk->free_bytes(options_.data_dir);
  bool has_some = false;
  {
    const base::Lock lock(mutex_);
    is_short_of_room_ = free_bytes && *free_bytes < 2 * options_.min_free_bytes;
    has_some = !waiting_.empty() || lost_attempts_ + lost_refused_ > 0;
  }
  if (!has_some || now() < retry_at_) return;
  const base::Lock lock(writer_mutex_);
  const DiskStatus flushed = flush_waiting();
  if (!flushed) retry_at_ = now() + options_.retry_every;
  note(flushed);
}

// The next batch of the log.
bool Trail::record_messages() {
  std::vector<std::string> records;
  std::vector<std::string> connectors;
  const auto visit = [&](const store::Accepted& message) {
    connectors.clear();
    for (const store::ConnectorId each : message.connectors) connectors.push_back(name_of(each));
    records.push_back(message_record(message, connectors));
  };
  const auto to = source_->archive.accepted(recorded_to(), kBatchMax, visit);
  const base::Lock lock(writer_mutex_);
  const DiskStatus status = !to               ? DiskStatus(base::fail(to.error()))
                            : records.empty() ? DiskStatus(base::Done{})
                                              : append(records, *to);
  if (status && to) recorded_to_ = to->value;
  if (!status) retry_at_ = now() + options_.retry_every;
  if (!status || !records.empty()) note(status);
  return status && !records.empty();
}

const std::string& Trail::name_of(store::ConnectorId connector) {
  static const std::string kUnknown(kUnknownConnector);
  for (int tries = 0; tries < 2; ++tries) {
    const auto found = std::ranges::find(names_, connector, &store::Registered::id);
    if (found != names_.end()) return found->name;
    names_ = source_->outbox.connectors();
  }
  return kUnknown;
}

// As the archive rests: intake shall not feel it.
void Trail::rest(base::Duration worked, bool is_busy) {
  const base::SteadyTime until = now() + std::min(worked * (is_busy ? kBusyRests : 1), kRestMax);
  const base::Lock lock(mutex_);
  while (!is_closing_ && now() < until) changed_.wait_until(mutex_, until);
}

void Trail::sync_if_due() {
  if (now() < sync_at_) return;
  sync_at_ = now() + options_.sync_every;
  const DiskStatus synced = sync();
  const base::Lock lock(writer_mutex_);
  if (!synced) note(synced);
}

DiskStatus Trail::sync() {
  std::shared_ptr<store::DiskFile> file;
  std::uint64_t sequence = 0;
  {
    const base::Lock lock(writer_mutex_);
    sequence = writer_.head().sequence;
    if (sequence <= synced_to_) return base::Done{};
    file = writer_.file();
  }
  static_cast<void>(TRY(file->sync()));
  const base::Lock lock(writer_mutex_);
  synced_to_ = std::max(synced_to_, sequence);
  return base::Done{};
}

// What is to go is cut off at the beginning of a file.
void Trail::drop_if_due() {
  if (options_.retain == base::Duration::zero() || now() < drop_at_) return;
  drop_at_ = now() + std::min(options_.retain / kFilesKept, options_.retain_every);
  const base::WallTime wall = options_.clock->wall_now();
  const auto age = std::chrono::duration_cast<std::chrono::microseconds>(options_.retain);
  {
    const base::Lock lock(writer_mutex_);
    const DiskStatus begun = writer_.end_file_of(wall - age / kFilesKept, wall);
    note(begun);
    if (!begun) return;
  }
  const auto dropped = drop_before(wall - age);
  if (!dropped || *dropped == 0) return;
  telemetry::log(Level::kInfo, "audit_files_dropped", {{"files", *dropped}});
}

void Trail::publish_if_due() {
  bool has_new_file = false;
  {
    const base::Lock lock(writer_mutex_);
    has_new_file = published_file_ != writer_.file_number();
  }
  if (now() < publish_at_ && !has_new_file) return;
  publish_at_ = now() + options_.publish_every;
  publish();
}

// Only what is on disk: a power cut must not make a published head a missing one.
void Trail::publish() {
  Head head;
  {
    const base::Lock lock(writer_mutex_);
    head = writer_.head();
    published_file_ = writer_.file_number();
    if (head == published_) return;
  }
  const DiskStatus synced = sync();
  const base::Lock lock(writer_mutex_);
  if (!synced) return note(synced);
  published_ = head;
  telemetry::log(Level::kInfo, "audit_head",
                 {{"head", to_string(head)}, {"messages_recorded_to", recorded_to_.load()}});
}

void Trail::close(std::optional<RecordText> last, base::Duration at_most) {
  {
    const base::Lock lock(mutex_);
    is_closing_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  if (!last) return;
  const base::SteadyTime until = now() + at_most;
  retry_at_ = now();
  while (source_ && step() && now() < until) {
  }
  static_cast<void>(record_now(*std::move(last)));
  publish();
}

}  // namespace audit
