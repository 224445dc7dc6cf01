// store/sqlite/statement.hpp: a prepared statement, run many times.
//
// Bound octets are not copied: they must live until the statement has been
// stepped to its end. Parameters count from 1, columns from 0, as in SQLite.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "store/sqlite/connection.hpp"

namespace store::sqlite {

// Not thread-safe; its connection must outlive it.
class Statement {
 public:
  // `sql` holds one statement.
  [[nodiscard]] static base::Result<Statement, StoreError> prepare(Connection& connection,
                                                                   std::string_view sql);

  Statement& bind(int parameter, std::int64_t number);
  Statement& bind(int parameter, std::uint64_t bits);  // kept as the signed number of the same bits
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, base::ByteView blob);

  // Moves to the next row: true if there is one. At the end, and after an
  // error, the statement is reset and can be bound anew.
  [[nodiscard]] base::Result<bool, StoreError> step();

  // Runs a statement to its end.
  [[nodiscard]] Status finish();

  // Gives up the rows that are left. A read transaction lasts until then.
  void reset() noexcept;

  // Of the current row. Views are valid until the next step() or reset().
  [[nodiscard]] std::int64_t column_number(int column) const noexcept;
  [[nodiscard]] std::uint64_t column_bits(int column) const noexcept;
  [[nodiscard]] std::string_view column_text(int column) const noexcept;
  [[nodiscard]] base::ByteView column_blob(int column) const noexcept;

  // Whether it holds a BLOB, and no TEXT or number.
  [[nodiscard]] bool is_blob(int column) const noexcept;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };

  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  void note(int code) noexcept {
    if (code != SQLITE_OK && bind_code_ == SQLITE_OK) bind_code_ = code;
  }

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_code_ = SQLITE_OK;  // the first failure to bind, told by step()
};

// Resets a statement when the scope ends, so that no read transaction stays open.
class [[nodiscard]] ResetAtEnd {
 public:
  explicit ResetAtEnd(Statement& statement) : statement_(statement) {}

  ~ResetAtEnd() { statement_.reset(); }

  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  Statement& statement_;
};

}  // namespace store::sqlite
