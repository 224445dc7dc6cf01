// store/sqlite/side_database.hpp: databases beside the log, that may fall behind it.
//
// What they hold can be made anew or be done without, so a commit is not synced: after a
// power cut the database is whole, and its last commits may be missing.
#pragma once

#include <string>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/open_error.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

// Opens one to write, made (0600) if it is not there.
[[nodiscard]] base::Result<Connection, OpenError> open_side(const Place& place,
                                                            const std::string& path,
                                                            const Schema& schema);

// Opens one that is there, to read.
[[nodiscard]] base::Result<Connection, OpenError> open_side_to_read(const Place& place,
                                                                    const std::string& path);

// Removes one with all its files. REQUIRES: nobody has it open to write.
void remove_side(const Place& place, const std::string& path);

}  // namespace store::sqlite
