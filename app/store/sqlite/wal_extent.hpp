// store/sqlite/wal_extent.hpp: gives a write-ahead log its full size before it is used.
//
// A commit that makes the log longer is slower than one that overwrites octets which
// are there: the sync then writes the file system's own journal, too. SQLite keeps
// the length of the log from one checkpoint to the next, so it grows just once.
#pragma once

#include <cstdint>

#include "store/sqlite/connection.hpp"

namespace store::sqlite {

// What the log takes on disk when it holds so many pages, in octets.
[[nodiscard]] std::int64_t wal_bytes(int page_count) noexcept;

// Makes the log long enough for `page_count` pages, if it is not. What is in it, and
// in the database, stays as it is; nothing is synced. May fail for lack of room: then
// the log grows as it is used. REQUIRES: no open transaction; set_up_to_write() was
// called.
[[nodiscard]] Status extend_wal(Connection& connection, int page_count);

}  // namespace store::sqlite
