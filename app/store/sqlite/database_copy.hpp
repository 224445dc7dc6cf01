// store/sqlite/database_copy.hpp: a copy of one database, by SQLite's own backup: whole and
// of one moment, with what stands in its write-ahead log.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/open_error.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

// Not thread-safe.
class DatabaseCopy {
 public:
  // `to` is made anew (0600), through that place's disk.
  [[nodiscard]] static base::Result<std::unique_ptr<DatabaseCopy>, OpenError> begin(
      const Place& place, const std::string& from, const std::string& to);

  // Copies so many pages, all for -1; true: there are more. When the last is copied, the copy
  // is synced. One that others write to is copied at once or begun anew at each of their
  // commits.
  [[nodiscard]] base::Result<bool, StoreError> step(int page_count);

  [[nodiscard]] std::uint64_t size_bytes() const noexcept;

 private:
  struct Finish {
    void operator()(sqlite3_backup* backup) const noexcept { sqlite3_backup_finish(backup); }
  };

  DatabaseCopy(Connection from, Connection to) : from_(std::move(from)), to_(std::move(to)) {}

  Connection from_;
  Connection to_;
  std::uint64_t page_bytes_ = 0;
  std::unique_ptr<sqlite3_backup, Finish> backup_;  // the first to go
};

}  // namespace store::sqlite
