// store/sqlite/schema.hpp: the tables of each kind of database, by version.
//
// A database says in its user_version how many of the steps it has taken. A step
// that was released is never changed; what is new becomes a step behind it. All
// steps that a database lacks are taken in one transaction, or none of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/open_error.hpp"

namespace store::sqlite {

struct Schema {
  std::int32_t application_id;         // tells whose database a file is
  std::span<const char* const> steps;  // SQL; step n leads to version n + 1
};

// A segment of the log: data/log/00000001.db. Steps may only add: any number of
// segments may have to take them.
[[nodiscard]] const Schema& log_schema() noexcept;

// What is owed to whom: data/lanes.db.
[[nodiscard]] const Schema& lanes_schema() noexcept;

// What is searched of a segment: data/index/00000001.db.
[[nodiscard]] const Schema& index_schema() noexcept;

// Messages that were refused: data/rejected.db.
[[nodiscard]] const Schema& rejected_schema() noexcept;

// Brings a database, which may be empty, to the newest version. A newer one than
// we know and one of another program are left as they are. True if steps were taken.
[[nodiscard]] base::Result<bool, OpenError> bring_up(Connection& connection, const Schema& schema,
                                                     const std::string& path);

}  // namespace store::sqlite
