#include "store/test_support/simulated_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "store/test_support/simulated_vfs.hpp"

namespace store::test_support {
namespace {

constexpr std::size_t kSectorBytes = 512;

// Of "/data/log": "/data". The root's own name is "/", which is always there.
std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

DiskStatus to_status(std::optional<FaultKind> fault) {
  if (!fault) return base::Done{};
  switch (*fault) {
    case FaultKind::kFull: return base::fail(StoreError{StoreFault::kFull, ENOSPC});
    case FaultKind::kSyncError: return base::fail(StoreError{StoreFault::kSyncFailed, EIO});
    default: return base::fail(StoreError{StoreFault::kIo, EIO});
  }
}

bool survives(Survival survival, std::mt19937& random) {
  switch (survival) {
    case Survival::kNothing: return false;
    case Survival::kEverything: return true;
    case Survival::kHalf: return random() % 2 == 0;
    case Survival::kSome: return random() % 8 == 0;
  }
  return false;
}

class NoLock final : public DiskLock {};

}  // namespace

SimulatedDisk::SimulatedDisk() : vfs_(std::make_unique<SimulatedVfs>(*this)) {}

SimulatedDisk::~SimulatedDisk() = default;

const std::string& SimulatedDisk::vfs_name() const noexcept { return vfs_->name(); }

// ── What the test decides ───────────────────────────────────────────────────

void SimulatedDisk::plan(const Fault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

void SimulatedDisk::plan_power_cut(std::uint64_t step) {
  const std::lock_guard lock(mutex_);
  cut_at_ = step;
}

void SimulatedDisk::forget_syncs_of(const std::string& path_end) {
  const std::lock_guard lock(mutex_);
  forgotten_.push_back(path_end);
}

void SimulatedDisk::fail_next_sync_of(const std::string& path_end) {
  const std::lock_guard lock(mutex_);
  next_to_fail_ = path_end;
}

bool SimulatedDisk::fault_fired() {
  const std::lock_guard lock(mutex_);
  return fault_fired_;
}

bool SimulatedDisk::is_failing() {
  const std::lock_guard lock(mutex_);
  return fault_fired_ && (cut_at_ || fault_->for_good || fault_->kind == FaultKind::kSyncError);
}

std::vector<StepKind> SimulatedDisk::steps() {
  const std::lock_guard lock(mutex_);
  return steps_;
}

void SimulatedDisk::repair() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
  cut_at_.reset();
  fault_fired_ = false;
  steps_.clear();
}

void SimulatedDisk::cut_power(Survival survival, std::uint32_t seed) {
  repair();
  const std::lock_guard lock(mutex_);
  std::mt19937 random(seed);
  Names names = surviving_names(survival, random);
  for (const auto& [path, file] : names) {
    for (const Piece& piece : file->pending) {
      if (survives(survival, random)) apply(piece, file->durable);
    }
    file->pending.clear();
    file->now = file->durable;
  }
  now_ = names;
  durable_ = std::move(names);
}

SimulatedDisk::Names SimulatedDisk::surviving_names(Survival survival, std::mt19937& random) const {
  Names names;
  Names all = durable_;
  all.insert(now_.begin(), now_.end());
  for (const auto& [path, unused] : all) {
    const auto was = durable_.find(path);
    const auto is = now_.find(path);
    const FileRef before = was == durable_.end() ? nullptr : was->second;
    const FileRef after = is == now_.end() ? nullptr : is->second;
    const FileRef file = before == after || !survives(survival, random) ? before : after;
    const std::string parent = parent_of(path);
    // Names are in order, so a folder comes before what is in it.
    const bool is_reachable = parent == "/" || names.count(parent) > 0;
    if (file != nullptr && is_reachable) names.emplace(path, file);
  }
  return names;
}

std::vector<std::string> SimulatedDisk::files() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  for (const auto& [path, file] : now_) {
    if (!file->is_folder) paths.push_back(path);
  }
  return paths;
}

// ── The model ───────────────────────────────────────────────────────────────

std::optional<FaultKind> SimulatedDisk::step(StepKind kind) {
  const std::uint64_t number = steps_.size();
  steps_.push_back(kind);
  if (cut_at_ && number >= *cut_at_) {
    fault_fired_ = true;
    return kind == StepKind::kSync ? FaultKind::kSyncError : FaultKind::kIoError;
  }
  if (!fault_) return std::nullopt;
  const bool is_its_kind = (fault_->kind == FaultKind::kSyncError) == (kind == StepKind::kSync);
  const bool is_its_turn =
      number == fault_->step || (fault_->for_good && number > fault_->step && is_its_kind);
  if (!is_its_turn || !is_its_kind) return std::nullopt;
  fault_fired_ = true;
  return fault_->kind;
}

SimulatedDisk::FileRef SimulatedDisk::find(const std::string& path) const {
  const auto found = now_.find(path);
  return found == now_.end() ? nullptr : found->second;
}

SimulatedDisk::FileRef SimulatedDisk::make(const std::string& path, bool is_folder) {
  if (FileRef there = find(path)) return there;
  auto file = std::make_shared<File>();
  file->is_folder = is_folder;
  now_.emplace(path, file);
  return file;
}

void SimulatedDisk::apply(const Piece& piece, std::vector<std::byte>& octets) {
  if (piece.is_truncation) {
    octets.resize(piece.offset);
    return;
  }
  const std::size_t end = piece.offset + piece.octets.size();
  if (octets.size() < end) octets.resize(end);
  std::copy(piece.octets.begin(), piece.octets.end(),
            octets.begin() + static_cast<std::ptrdiff_t>(piece.offset));
}

void SimulatedDisk::change(File& file, Piece piece) {
  apply(piece, file.now);
  file.pending.push_back(std::move(piece));
}

std::optional<FaultKind> SimulatedDisk::write(File& file, std::size_t offset,
                                              base::ByteView octets) {
  const auto fault = step(StepKind::kWrite);
  // The write in which the power goes may have begun.
  const bool is_last = cut_at_ && steps_.size() == *cut_at_ + 1;
  const bool begins = !fault || fault == FaultKind::kTorn || is_last;
  if (fault == FaultKind::kTorn) octets = octets.first(std::min(octets.size(), kSectorBytes));
  while (begins && !octets.empty()) {
    const std::size_t room = kSectorBytes - offset % kSectorBytes;
    const base::ByteView part = octets.first(std::min(room, octets.size()));
    change(file, {false, offset, {part.begin(), part.end()}});
    octets = octets.subspan(part.size());
    offset += part.size();
  }
  return fault;
}

std::optional<FaultKind> SimulatedDisk::truncate(File& file, std::size_t size) {
  if (const auto fault = step(StepKind::kWrite)) return fault;
  change(file, {true, size, {}});
  return std::nullopt;
}

std::optional<FaultKind> SimulatedDisk::sync(File& file, const std::string& path) {
  if (const auto fault = step_of_sync(path)) return fault;
  if (is_forgotten(path)) return std::nullopt;
  for (const Piece& piece : file.pending) apply(piece, file.durable);
  file.pending.clear();
  return std::nullopt;
}

std::optional<FaultKind> SimulatedDisk::sync_names(const std::string& folder) {
  if (const auto fault = step_of_sync(folder)) return fault;
  if (is_forgotten(folder)) return std::nullopt;
  std::erase_if(durable_, [&](const auto& name) { return parent_of(name.first) == folder; });
  for (const auto& [path, file] : now_) {
    if (parent_of(path) == folder) durable_[path] = file;
  }
  return std::nullopt;
}

std::optional<FaultKind> SimulatedDisk::erase(const std::string& path) {
  if (const auto fault = step(StepKind::kWrite)) return fault;
  now_.erase(path);
  return std::nullopt;
}

std::optional<FaultKind> SimulatedDisk::step_of_sync(const std::string& path) {
  const auto fault = step(StepKind::kSync);
  if (fault || !next_to_fail_ || !path.ends_with(*next_to_fail_)) return fault;
  next_to_fail_.reset();
  return FaultKind::kSyncError;
}

bool SimulatedDisk::is_forgotten(const std::string& path) const {
  return std::any_of(forgotten_.begin(), forgotten_.end(),
                     [&path](const std::string& end) { return path.ends_with(end); });
}

// ── Disk ────────────────────────────────────────────────────────────────────

DiskStatus SimulatedDisk::make_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (find(path) != nullptr) return base::Done{};
  const auto fault = step(StepKind::kWrite);
  if (!fault) static_cast<void>(make(path, true));
  return to_status(fault);
}

DiskStatus SimulatedDisk::touch(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (find(path) != nullptr) return base::Done{};
  const auto fault = step(StepKind::kWrite);
  if (!fault) static_cast<void>(make(path, false));
  return to_status(fault);
}

DiskStatus SimulatedDisk::write_synced(const std::string& path, base::ByteView octets) {
  const std::lock_guard lock(mutex_);
  const bool is_new = find(path) == nullptr;
  if (is_new) {
    if (const auto fault = step(StepKind::kWrite)) return to_status(fault);
  }
  File& file = *make(path, false);
  if (!is_new) {
    if (const auto fault = truncate(file, 0)) return to_status(fault);
  }
  if (const auto fault = write(file, 0, octets)) return to_status(fault);
  return to_status(sync(file, path));
}

class SimulatedDisk::AppendedFile final : public DiskFile {
 public:
  AppendedFile(SimulatedDisk& disk, std::string path, FileRef file)
      : disk_(disk), path_(std::move(path)), file_(std::move(file)) {}

  DiskStatus append(base::ByteView octets) override {
    const std::lock_guard lock(disk_.mutex_);
    return to_status(disk_.write(*file_, file_->now.size(), octets));
  }

  DiskStatus truncate(std::uint64_t size_bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    return to_status(disk_.truncate(*file_, static_cast<std::size_t>(size_bytes)));
  }

  DiskStatus sync() override {
    const std::lock_guard lock(disk_.mutex_);
    return to_status(disk_.sync(*file_, path_));
  }

 private:
  SimulatedDisk& disk_;
  const std::string path_;
  const FileRef file_;
};

base::Result<std::unique_ptr<DiskFile>, StoreError> SimulatedDisk::open_to_append(
    const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (find(path) == nullptr) {
    if (const auto fault = step(StepKind::kWrite)) return base::fail(to_status(fault).error());
  }
  return std::unique_ptr<DiskFile>(std::make_unique<AppendedFile>(*this, path, make(path, false)));
}

base::Result<std::vector<std::byte>, StoreError> SimulatedDisk::read(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const FileRef file = find(path);
  if (file == nullptr) return base::fail(StoreError{StoreFault::kIo, ENOENT});
  return file->now;
}

class SimulatedDisk::ReadFile final : public DiskSource {
 public:
  ReadFile(SimulatedDisk& disk, FileRef file) : disk_(disk), file_(std::move(file)) {}

  base::Result<std::vector<std::byte>, StoreError> read(const FilePart& part) const override {
    const std::lock_guard lock(disk_.mutex_);
    if (part.offset + part.size_bytes > file_->now.size()) {
      return base::fail(StoreError{StoreFault::kDamaged, 0});
    }
    const auto begin = file_->now.begin() + static_cast<std::ptrdiff_t>(part.offset);
    return std::vector(begin, begin + static_cast<std::ptrdiff_t>(part.size_bytes));
  }

 private:
  SimulatedDisk& disk_;
  const FileRef file_;
};

base::Result<std::unique_ptr<DiskSource>, StoreError> SimulatedDisk::open_to_read(
    const std::string& path) {
  const std::lock_guard lock(mutex_);
  const FileRef file = find(path);
  if (file == nullptr) return base::fail(StoreError{StoreFault::kIo, ENOENT});
  return std::unique_ptr<DiskSource>(std::make_unique<ReadFile>(*this, file));
}

DiskStatus SimulatedDisk::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (find(path) == nullptr) return base::Done{};
  return to_status(erase(path));
}

DiskStatus SimulatedDisk::remove_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (find(path) == nullptr) return base::Done{};
  for (const auto& [name, file] : now_) {
    if (parent_of(name) == path) return base::fail(StoreError{StoreFault::kIo, ENOTEMPTY});
  }
  return to_status(erase(path));
}

DiskStatus SimulatedDisk::cut(const std::string& path, std::uint64_t size_bytes) {
  const std::lock_guard lock(mutex_);
  const FileRef file = find(path);
  if (file == nullptr || file->now.size() <= size_bytes) return base::Done{};
  return to_status(truncate(*file, size_bytes));
}

DiskStatus SimulatedDisk::link(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const FileRef file = find(from);
  if (file == nullptr) return base::fail(StoreError{StoreFault::kIo, ENOENT});
  if (find(to) != nullptr) return base::Done{};
  if (const auto fault = step(StepKind::kWrite)) return to_status(fault);
  now_.emplace(to, file);
  return base::Done{};
}

DiskStatus SimulatedDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const FileRef file = find(from);
  if (file == nullptr) return base::fail(StoreError{StoreFault::kIo, ENOENT});
  if (const auto fault = step(StepKind::kWrite)) return to_status(fault);
  now_.erase(from);
  now_[to] = file;
  return base::Done{};
}

base::Result<std::optional<std::uint64_t>, StoreError> SimulatedDisk::size_bytes(
    const std::string& path) {
  const std::lock_guard lock(mutex_);
  const FileRef file = find(path);
  if (file == nullptr) return std::optional<std::uint64_t>();
  return std::optional<std::uint64_t>(file->now.size());
}

DiskStatus SimulatedDisk::sync_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return to_status(sync_names(path));
}

base::Result<std::vector<std::string>, StoreError> SimulatedDisk::list(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, file] : now_) {
    if (parent_of(name) == path) names.push_back(name.substr(path.size() + 1));
  }
  return names;
}

base::Result<std::uint64_t, StoreError> SimulatedDisk::free_bytes(const std::string& /*path*/) {
  return std::uint64_t{1} << 40U;
}

base::Result<std::unique_ptr<DiskLock>, LockRefusal> SimulatedDisk::lock(
    const std::string& /*path*/) {
  return std::unique_ptr<DiskLock>(std::make_unique<NoLock>());
}

}  // namespace store::test_support
