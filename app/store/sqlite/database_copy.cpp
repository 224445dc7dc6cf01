#include "store/sqlite/database_copy.hpp"

#include <utility>

#include "base/try.hpp"

namespace store::sqlite {

base::Result<std::unique_ptr<DatabaseCopy>, OpenError> DatabaseCopy::begin(const Place& place,
                                                                           const std::string& from,
                                                                           const std::string& to) {
  for (const char* const end : {"-journal", "-wal", "-shm", ""}) {
    static_cast<void>(TRY(at_open(to, place.disk->remove(to + end))));
  }
  static_cast<void>(TRY(at_open(to, place.disk->touch(to))));
  Connection source = TRY(at_open(from, Connection::open(from, place.vfs, OpenMode::kExisting)));
  source.wait_for_locks();
  Connection target = TRY(at_open(to, Connection::open(to, place.vfs, OpenMode::kExisting)));
  static_cast<void>(TRY(at_open(to, target.run("PRAGMA synchronous=FULL"))));
  const std::int64_t page_bytes = TRY(at_open(from, source.number("PRAGMA page_size")));
  std::unique_ptr<DatabaseCopy> copy(new DatabaseCopy(std::move(source), std::move(target)));
  copy->backup_.reset(
      sqlite3_backup_init(copy->to_.handle(), "main", copy->from_.handle(), "main"));
  if (!copy->backup_) {
    return cannot_open(to, copy->to_.error(sqlite3_extended_errcode(copy->to_.handle())));
  }
  copy->page_bytes_ = static_cast<std::uint64_t>(page_bytes);
  return copy;
}

base::Result<bool, StoreError> DatabaseCopy::step(int page_count) {
  const int code = sqlite3_backup_step(backup_.get(), page_count);
  if (code == SQLITE_OK) return true;
  if (code == SQLITE_DONE) return false;
  return base::fail(to_.error(code));
}

std::uint64_t DatabaseCopy::size_bytes() const noexcept {
  const int pages = sqlite3_backup_pagecount(backup_.get());
  return pages > 0 ? static_cast<std::uint64_t>(pages) * page_bytes_ : 0;
}

}  // namespace store::sqlite
