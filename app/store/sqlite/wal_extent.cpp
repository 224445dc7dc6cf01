#include "store/sqlite/wal_extent.hpp"

#include <string>

#include "base/check.hpp"
#include "base/try.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {
namespace {

constexpr int kFrameBytes = kPageBytes + 24;
constexpr int kHeaderBytes = 32;
constexpr int kSpillPages = 16;  // more than so many changed pages move to the log

base::Result<std::int64_t, StoreError> size_of_wal(Connection& connection) {
  sqlite3_file* file = nullptr;
  const int found =
      sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
  if (found != SQLITE_OK || file == nullptr || file->pMethods == nullptr) return 0;
  sqlite3_int64 size = 0;
  const int code = file->pMethods->xFileSize(file, &size);
  if (code != SQLITE_OK) return base::fail(connection.error(code));
  return size;
}

Status set_cache_size(Connection& connection, std::int64_t size) {
  const std::string pragma = "PRAGMA cache_size=" + std::to_string(size);
  return connection.run(pragma.c_str());
}

// A transaction that is larger than the cache writes its pages to the log before it
// is decided. Rolled back, it leaves nothing but the length of the file.
Status overflow(Connection& connection, int page_count) {
  const std::string insert = "INSERT INTO filler VALUES(zeroblob(" +
                             std::to_string(std::int64_t{page_count} * kPageBytes) + "))";
  static_cast<void>(TRY(connection.run("BEGIN IMMEDIATE; CREATE TABLE filler(octets BLOB)")));
  return connection.run(insert.c_str());
}

}  // namespace

std::int64_t wal_bytes(int page_count) noexcept {
  return kHeaderBytes + std::int64_t{page_count} * kFrameBytes;
}

Status extend_wal(Connection& connection, int page_count) {
  if (TRY(size_of_wal(connection)) >= wal_bytes(page_count)) return base::Done{};
  const std::int64_t cache_size = TRY(connection.number("PRAGMA cache_size"));
  static_cast<void>(TRY(set_cache_size(connection, kSpillPages)));
  const Status grown = overflow(connection, page_count + 2 * kSpillPages);
  if (connection.in_transaction()) static_cast<void>(connection.run("ROLLBACK"));
  CHECK(!connection.in_transaction());
  static_cast<void>(TRY(set_cache_size(connection, cache_size)));
  return grown;
}

}  // namespace store::sqlite
