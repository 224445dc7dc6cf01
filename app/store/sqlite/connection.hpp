// store/sqlite/connection.hpp: a connection to one SQLite database.
//
// Opened without SQLite's own locks: one thread at a time, which is the owner's
// business. Every result code of SQLite becomes a StoreError here.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/append.hpp"

namespace store::sqlite {

using Status = base::Status<StoreError>;

enum class OpenMode : std::uint8_t {
  kCreate,    // made if it is not there
  kExisting,  // must be there
};

class Connection {
 public:
  // `vfs` is empty for the system's own. Never waits for another's lock, until told to.
  [[nodiscard]] static base::Result<Connection, StoreError> open(const std::string& path,
                                                                 const std::string& vfs,
                                                                 OpenMode mode);

  // From now on it waits for another's lock, two seconds at most: whoever closes a database as
  // the last holds it alone for a moment.
  void wait_for_locks() noexcept;

  // Runs statements that yield no rows of interest.
  [[nodiscard]] Status run(const char* sql);

  // The first column of the first row, or 0 if there is no row.
  [[nodiscard]] base::Result<std::int64_t, StoreError> number(const char* sql);

  // Of all its pages, in octets.
  [[nodiscard]] base::Result<std::uint64_t, StoreError> size_bytes();

  // What the last call that failed with `code` means.
  [[nodiscard]] StoreError error(int code) const noexcept;

  // SQLite's words for the last error, for the log. They hold no data of ours.
  [[nodiscard]] std::string words() const;

  // True while a transaction is open.
  [[nodiscard]] bool in_transaction() const noexcept;

  [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };

  explicit Connection(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Close> handle_;
};

// What an extended result code of SQLite means to the store.
[[nodiscard]] StoreError to_error(int code, int os_error) noexcept;

}  // namespace store::sqlite
