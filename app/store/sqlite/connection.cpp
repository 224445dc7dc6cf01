#include "store/sqlite/connection.hpp"

#include <cerrno>

#include "base/try.hpp"
#include "store/sqlite/statement.hpp"

namespace store::sqlite {
namespace {

StoreFault io_fault(int code, int os_error) noexcept {
  switch (code) {
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC: return StoreFault::kSyncFailed;
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA: return StoreFault::kDamaged;
    default: break;
  }
  return os_error == ENOSPC || os_error == EDQUOT ? StoreFault::kFull : StoreFault::kIo;
}

// SQLite counts its memory under one lock for all connections unless told not to.
// Too late, and no harm, where someone has used it before.
void stop_counting_memory() {
  static const int told = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(told);
}

}  // namespace

StoreError to_error(int code, int os_error) noexcept {
  switch (code & 0xFF) {
    case SQLITE_FULL: return {StoreFault::kFull, ENOSPC};
    case SQLITE_IOERR: return {io_fault(code, os_error), os_error};
    case SQLITE_CANTOPEN: return {StoreFault::kIo, os_error};
    case SQLITE_NOMEM: return {StoreFault::kIo, ENOMEM};
    // Another process took a lock or the file's permissions: it may pass.
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
    case SQLITE_READONLY:
    case SQLITE_PERM: return {StoreFault::kIo, 0};
    // Whatever else SQLite says, the file is not what we wrote.
    default: return {StoreFault::kDamaged, 0};
  }
}

base::Result<Connection, StoreError> Connection::open(const std::string& path,
                                                      const std::string& vfs, OpenMode mode) {
  stop_counting_memory();
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (mode == OpenMode::kCreate ? SQLITE_OPEN_CREATE : 0);
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  Connection connection(handle);  // there also on failure, unless memory ran out
  if (handle == nullptr) return base::fail(to_error(SQLITE_NOMEM, ENOMEM));
  if (code != SQLITE_OK) return base::fail(connection.error(code));
  return connection;
}

void Connection::wait_for_locks() noexcept {
  constexpr int kMilliseconds = 2000;
  sqlite3_busy_timeout(handle_.get(), kMilliseconds);
}

Status Connection::run(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return base::fail(error(code));
  return base::Done{};
}

base::Result<std::int64_t, StoreError> Connection::number(const char* sql) {
  auto statement = TRY(Statement::prepare(*this, sql));
  const bool has_row = TRY(statement.step());
  return has_row ? statement.column_number(0) : 0;
}

base::Result<std::uint64_t, StoreError> Connection::size_bytes() {
  const std::int64_t page_count = TRY(number("PRAGMA page_count"));
  const std::int64_t page_bytes = TRY(number("PRAGMA page_size"));
  return static_cast<std::uint64_t>(page_count * page_bytes);
}

StoreError Connection::error(int code) const noexcept {
  return to_error(code, sqlite3_system_errno(handle_.get()));
}

std::string Connection::words() const { return sqlite3_errmsg(handle_.get()); }

bool Connection::in_transaction() const noexcept {
  return sqlite3_get_autocommit(handle_.get()) == 0;
}

}  // namespace store::sqlite
