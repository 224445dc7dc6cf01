// connect/sql_state.hpp: whose fault it is that a database did not take a message, by the
// SQLSTATE of its answer (PostgreSQL's manual, appendix A).
//
//   21 22 23 54     the data, a constraint, a limit of one row: the message's
//   P0              raised by a trigger: unclear
//   57014           the statement took too long: unclear
//   all others      the target's: connection, login, rights, no such table, read only,
//                   no room, shutting down, a deadlock
//
// What is wrong with the table is wrong with it for every message, so nothing is set
// aside for it.
#pragma once

#include <string_view>

#include "connect/connector.hpp"

namespace connectors {

// `state` has five characters, or none where the server did not say one.
[[nodiscard]] Blame blame_for_sql_state(std::string_view state) noexcept;

// kConnect for class 08, kTimeout for 57014, kDisk for class 53 and 58, else kSqlState.
[[nodiscard]] FailureClass class_for_sql_state(std::string_view state) noexcept;

}  // namespace connectors
