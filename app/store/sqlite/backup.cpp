#include "store/sqlite/backup.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/key_register.hpp"
#include "store/sqlite/segment_remover.hpp"
#include "store/sqlite/statement.hpp"
#include "store/sqlite/writer.hpp"
#include "telemetry/log.hpp"

namespace store::sqlite {
namespace {

using telemetry::Level;

constexpr int kPagesAtOnce = 256;
constexpr const char* kUnfinished = ".part";

// What tells a closed segment from every other, and from what it was while it still grew.
struct Identity {
  EntryId first;
  std::int64_t created_us = 0;
  EntryId last;
  std::vector<std::byte> last_id;

  friend bool operator==(const Identity&, const Identity&) = default;
};

base::Result<Identity, OpenError> identity_of(const Place& place, const std::string& path) {
  Connection connection =
      TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kExisting)));
  connection.wait_for_locks();
  Identity identity;
  identity.first = TRY(at_open(path, first_of(connection)));
  identity.created_us = TRY(at_open(path, connection.number("SELECT created_at FROM segment")));
  Statement last =
      TRY(at_open(path, Statement::prepare(
                            connection, "SELECT seq, id FROM message ORDER BY seq DESC LIMIT 1")));
  if (TRY(at_open(path, last.step()))) {
    identity.last = {last.column_bits(0)};
    const base::ByteView id = last.column_blob(1);
    identity.last_id.assign(id.begin(), id.end());
  }
  return identity;
}

std::string sentence(const OpenError& error) {
  if (error.fault != OpenFault::kForeign) return to_string(error);
  return error.path + ": of another store; a backup needs a folder of its own";
}

base::Failure<OpenError> foreign(const std::string& path) {
  OpenError error;
  error.fault = OpenFault::kForeign;
  error.path = path;
  return base::fail(std::move(error));
}

// What a store needs; none where there is none yet.
base::Result<std::vector<KeyId>, OpenError> sorted_keys(const Place& place) {
  std::vector<KeyId> keys = TRY(keys_of(place));
  std::ranges::sort(keys);
  return keys;
}

}  // namespace

Backup::Backup(Place place, const ArchiveSources& sources, std::vector<std::string> besides)
    : place_(std::move(place)), sources_(sources), besides_(std::move(besides)) {}

// ── From any thread ─────────────────────────────────────────────────────────

base::Status<std::string> Backup::begin(const std::string& folder) {
  if (!folder.starts_with('/')) return base::fail("expected a full path, found " + folder);
  const auto lock = place_.disk->size_bytes(folder + "/lock");
  if (lock && *lock) {
    return base::fail(folder +
                      " is, or was, the folder of a server: a backup needs one of its own");
  }
  const base::Lock guard(mutex_);
  if (state_.phase == BackupPhase::kRunning) {
    return base::fail("a backup to " + state_.folder + " is running");
  }
  state_ = {};
  state_.phase = BackupPhase::kRunning;
  state_.folder = folder;
  state_.begun_at = sources_.clock.wall_now();
  return base::Done{};
}

bool Backup::is_running() const {
  const base::Lock lock(mutex_);
  return state_.phase == BackupPhase::kRunning;
}

BackupState Backup::state() const {
  const base::Lock lock(mutex_);
  return state_;
}

void Backup::note_copied(std::uint64_t bytes, std::uint64_t segments) {
  const base::Lock lock(mutex_);
  state_.copied_bytes += bytes;
  state_.copied_count += segments;
}

// ── The thread ──────────────────────────────────────────────────────────────

void Backup::step() {
  if (!run_) {
    run_ = std::make_unique<Run>(
        Place{Layout(state().folder), place_.disk, place_.vfs, place_.cipher});
    telemetry::log(Level::kInfo, "backup_begun", {{"folder", run_->to.layout.root()}});
  }
  const auto advanced = advance(*run_);
  const bool is_done = run_->stage == Stage::kNames && advanced;
  if (!advanced || is_done) end(advanced);
}

void Backup::end(const base::Status<OpenError>& status) {
  const std::string folder = run_->to.layout.root();
  run_.reset();
  const base::Lock lock(mutex_);
  state_.phase = status ? BackupPhase::kDone : BackupPhase::kFailed;
  if (!status) state_.error = sentence(status.error());
  if (status) {
    telemetry::log(Level::kInfo, "backup_done",
                   {{"folder", folder},
                    {"last", state_.last.value},
                    {"segments", state_.copied_count},
                    {"bytes", state_.copied_bytes}});
  } else {
    telemetry::log(Level::kError, "backup_failed", {{"folder", folder}, {"what", state_.error}});
  }
}

base::Status<OpenError> Backup::advance(Run& run) {
  switch (run.stage) {
    case Stage::kLanes: return prepare(run);
    case Stage::kPayloads:
      if (!run.payloads.empty()) return copy_payload(run);
      run.stage = Stage::kSegments;
      return base::Done{};
    case Stage::kSegments:
      if (run.copy || !run.to_copy.empty()) return copy_segment(run);
      run.stage = Stage::kRest;
      return base::Done{};
    case Stage::kRest: return copy_rest(run);
    case Stage::kNames: break;
  }
  return base::Done{};
}

// The lanes first, then the end of what they may know of.
base::Status<OpenError> Backup::prepare(Run& run) {
  const Layout& to = run.to.layout;
  Disk& disk = *place_.disk;
  static_cast<void>(TRY(make_root(run.to)));
  for (const std::string& folder : {to.log_folder(), to.payload_folder()}) {
    static_cast<void>(TRY(at_open(folder, disk.make_folder(folder))));
  }
  static_cast<void>(TRY(at_open(to.root(), disk.sync_folder(to.root()))));
  run.is_afresh = TRY(sorted_keys(place_)) != TRY(sorted_keys(run.to));
  if (!sources_.writer.settle_all()) {
    return cannot_open(place_.layout.lanes_file(), {StoreFault::kIo, 0});
  }
  static_cast<void>(TRY(copy_whole(run, place_.layout.lanes_file(), to.lanes_file())));
  if (!sources_.writer.begin_segment_now()) {
    return cannot_open(place_.layout.log_folder(), {StoreFault::kIo, 0});
  }
  run.closed = sources_.log.numbers();
  const SegmentNumber open = run.closed.back();
  run.closed.pop_back();
  const auto extent = TRY(at_open(place_.layout.log_folder(), sources_.log.extent(open)));
  if (!extent) return cannot_open(place_.layout.log_folder(), {StoreFault::kDamaged, 0});
  run.to_copy.assign(run.closed.rbegin(), run.closed.rend());
  static_cast<void>(TRY(list_payloads(run, kKept)));
  for (const SegmentNumber number : run.closed) static_cast<void>(TRY(list_payloads(run, number)));
  static_cast<void>(TRY(at_open(to.root(), disk.sync_folder(to.payload_folder()))));
  for (const std::string& name : besides_) static_cast<void>(TRY(list_besides(run, name)));
  run.stage = Stage::kPayloads;
  const base::Lock lock(mutex_);
  state_.last = {extent->first.value - 1};
  state_.segment_count = run.closed.size();
  return base::Done{};
}

// Those that the backup does not have yet. What an earlier run has brought, and could not make
// durable any more, becomes so.
base::Status<OpenError> Backup::list_payloads(Run& run, SegmentNumber number) {
  const std::string from = place_.layout.payload_folder(number);
  const std::string to = run.to.layout.payload_folder(number);
  const auto names = TRY(at_open(from, place_.disk->list(from)));
  if (names.empty()) return base::Done{};
  static_cast<void>(TRY(at_open(to, place_.disk->make_folder(to))));
  const auto there = TRY(at_open(to, place_.disk->list(to)));
  if (!there.empty()) static_cast<void>(TRY(at_open(to, place_.disk->sync_folder(to))));
  const std::set<std::string> known(there.begin(), there.end());
  for (const std::string& name : names) {
    if (run.is_afresh || !known.contains(name))
      run.payloads.push_back({from + "/" + name, to, name});
  }
  return base::Done{};
}

// Those that have grown. What has gone from there goes from the backup: it would not fit on.
base::Status<OpenError> Backup::list_besides(Run& run, const std::string& name) {
  const std::string from = place_.layout.root() + "/" + name;
  const std::string to = run.to.layout.root() + "/" + name;
  Disk& disk = *place_.disk;
  const auto names = TRY(at_open(from, disk.list(from)));
  if (names.empty()) return base::Done{};
  static_cast<void>(TRY(at_open(to, disk.make_folder(to))));
  static_cast<void>(TRY(at_open(to, disk.sync_folder(run.to.layout.root()))));
  const std::set<std::string> known(names.begin(), names.end());
  for (const std::string& each : TRY(at_open(to, disk.list(to)))) {
    if (!known.contains(each)) static_cast<void>(TRY(at_open(to, disk.remove(to + "/" + each))));
  }
  for (const std::string& each : names) {
    const auto ours = TRY(at_open(from, disk.size_bytes(from + "/" + each)));
    const auto theirs = TRY(at_open(to, disk.size_bytes(to + "/" + each)));
    if (ours && (run.is_afresh || ours != theirs)) {
      run.payloads.push_back({from + "/" + each, to, each, true});
    }
  }
  return base::Done{};
}

base::Status<OpenError> Backup::copy_payload(Run& run) {
  const PayloadOrder order = std::move(run.payloads.back());
  run.payloads.pop_back();
  Disk& disk = *place_.disk;
  const std::string to = order.folder + "/" + order.name;
  auto read = disk.read(order.from);
  if (!read && order.may_go && !TRY(at_open(order.from, disk.size_bytes(order.from)))) {
    // What says that it may be gone stands in a file that may have been copied before.
    for (const std::string& name : besides_) static_cast<void>(TRY(list_besides(run, name)));
    return at_open(to, disk.sync_folder(order.folder));
  }
  const auto octets = TRY(at_open(order.from, std::move(read)));
  static_cast<void>(TRY(at_open(to, disk.write_synced(to + kUnfinished, octets))));
  static_cast<void>(TRY(at_open(to, disk.rename(to + kUnfinished, to))));
  const bool is_last_of_folder = run.payloads.empty() || run.payloads.back().folder != order.folder;
  if (is_last_of_folder) static_cast<void>(TRY(at_open(to, disk.sync_folder(order.folder))));
  note_copied(octets.size(), 0);
  return base::Done{};
}

base::Status<OpenError> Backup::copy_segment(Run& run) {
  const SegmentNumber number = run.to_copy.back();
  const std::string from = place_.layout.segment_file(number);
  const std::string to = run.to.layout.segment_file(number);
  if (!run.copy) {
    if (TRY(is_there(run, number))) {
      run.to_copy.pop_back();
      return base::Done{};
    }
    run.copy = TRY(DatabaseCopy::begin(place_, from, to + kUnfinished));
  }
  if (TRY(at_open(to, run.copy->step(kPagesAtOnce)))) return base::Done{};
  note_copied(run.copy->size_bytes(), 1);
  run.copy.reset();
  run.to_copy.pop_back();
  static_cast<void>(TRY(at_open(to, place_.disk->rename(to + kUnfinished, to))));
  const std::string folder = run.to.layout.log_folder();
  return at_open(folder, place_.disk->sync_folder(folder));
}

// Of another store: an error. One that has grown since is copied anew.
base::Result<bool, OpenError> Backup::is_there(const Run& run, SegmentNumber number) const {
  const std::string path = run.to.layout.segment_file(number);
  if (!TRY(at_open(path, place_.disk->size_bytes(path)))) return false;
  const Identity theirs = TRY(identity_of(run.to, path));
  const Identity ours = TRY(identity_of(place_, place_.layout.segment_file(number)));
  const bool is_same_store = theirs.first == ours.first && theirs.created_us == ours.created_us;
  if (!is_same_store) return foreign(path);
  return theirs == ours && !run.is_afresh;
}

// Takes its name at the end.
base::Status<OpenError> Backup::copy_whole(Run& run, const std::string& from,
                                           const std::string& to) {
  const auto copy = TRY(DatabaseCopy::begin(place_, from, to + kUnfinished));
  static_cast<void>(TRY(at_open(to, copy->step(-1))));
  note_copied(copy->size_bytes(), 0);
  run.unnamed.push_back(to);
  return base::Done{};
}

// What is there of it: kept.db, and what was refused.
base::Status<OpenError> Backup::copy_rest(Run& run) {
  const Layout& from = place_.layout;
  const Layout& to = run.to.layout;
  const std::string pairs[][2] = {{from.segment_file(kKept), to.segment_file(kKept)},
                                  {from.rejected_file(), to.rejected_file()}};
  for (const auto& [source, target] : pairs) {
    if (!TRY(at_open(source, place_.disk->size_bytes(source)))) continue;
    static_cast<void>(TRY(copy_whole(run, source, target)));
  }
  static_cast<void>(TRY(copy_secret(run)));
  static_cast<void>(TRY(give_names(run)));
  static_cast<void>(TRY(remove_gone(run)));
  run.stage = Stage::kNames;
  return base::Done{};
}

// By which the log knows messages again; what else is in its folder is made anew from the log.
base::Status<OpenError> Backup::copy_secret(const Run& run) {
  const std::string from = place_.layout.dedup_secret_file();
  const std::string to = run.to.layout.dedup_secret_file();
  const std::string folder = run.to.layout.known_folder();
  Disk& disk = *place_.disk;
  if (!TRY(at_open(from, disk.size_bytes(from)))) return base::Done{};
  const auto octets = TRY(at_open(from, disk.read(from)));
  static_cast<void>(TRY(at_open(folder, disk.make_folder(folder))));
  static_cast<void>(TRY(at_open(folder, disk.sync_folder(run.to.layout.root()))));
  static_cast<void>(TRY(at_open(to, disk.write_synced(to + kUnfinished, octets))));
  static_cast<void>(TRY(at_open(to, disk.rename(to + kUnfinished, to))));
  return at_open(folder, disk.sync_folder(folder));
}

// The lanes first: with them and the kept.db of the last time all is there, as no segment has
// gone from the backup yet. Only copies of this run: an earlier one may have left its own.
base::Status<OpenError> Backup::give_names(Run& run) {
  const Layout& to = run.to.layout;
  Disk& disk = *place_.disk;
  for (const std::string& path : run.unnamed) {
    static_cast<void>(TRY(at_open(path, disk.rename(path + kUnfinished, path))));
    static_cast<void>(TRY(at_open(path, disk.sync_folder(to.root()))));
    static_cast<void>(TRY(at_open(path, disk.sync_folder(to.log_folder()))));
  }
  return base::Done{};
}

// Segments that are gone from the store; kept.db says so in the backup as well.
base::Status<OpenError> Backup::remove_gone(const Run& run) {
  const Layout& to = run.to.layout;
  const std::set<SegmentNumber> closed(run.closed.begin(), run.closed.end());
  for (const std::string& name :
       TRY(at_open(to.log_folder(), place_.disk->list(to.log_folder())))) {
    const auto number = parse_segment_name(name);
    if (!number || closed.contains(*number)) continue;
    SegmentRemover remover(run.to, *number, GoneFor::kAge);
    while (TRY(at_open(to.segment_file(*number), remover.step()))) {
    }
  }
  return base::Done{};
}

}  // namespace store::sqlite
