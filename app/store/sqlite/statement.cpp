#include "store/sqlite/statement.hpp"

#include "base/try.hpp"

namespace store::sqlite {

base::Result<Statement, StoreError> Statement::prepare(Connection& connection,
                                                       std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return base::fail(connection.error(code));
  return Statement(statement);
}

Statement& Statement::bind(int parameter, std::int64_t number) {
  note(sqlite3_bind_int64(statement_.get(), parameter, number));
  return *this;
}

Statement& Statement::bind(int parameter, std::uint64_t bits) {
  return bind(parameter, static_cast<std::int64_t>(bits));
}

// SQLite takes a null pointer for NULL; an empty text or blob is not NULL here.
Statement& Statement::bind(int parameter, std::string_view text) {
  note(sqlite3_bind_text64(statement_.get(), parameter, text.empty() ? "" : text.data(),
                           text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int parameter, base::ByteView blob) {
  const void* const octets = blob.empty() ? static_cast<const void*>("") : blob.data();
  note(sqlite3_bind_blob64(statement_.get(), parameter, octets, blob.size(), SQLITE_STATIC));
  return *this;
}

base::Result<bool, StoreError> Statement::step() {
  const int code = bind_code_ != SQLITE_OK ? bind_code_ : sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  const int os_error = sqlite3_system_errno(sqlite3_db_handle(statement_.get()));
  reset();
  return base::fail(to_error(code, os_error));
}

Status Statement::finish() {
  while (TRY(step())) {
  }
  return base::Done{};
}

void Statement::reset() noexcept {
  bind_code_ = SQLITE_OK;
  static_cast<void>(sqlite3_reset(statement_.get()));  // repeats the error that step() told
}

std::int64_t Statement::column_number(int column) const noexcept {
  return sqlite3_column_int64(statement_.get(), column);
}

std::uint64_t Statement::column_bits(int column) const noexcept {
  return static_cast<std::uint64_t>(column_number(column));
}

std::string_view Statement::column_text(int column) const noexcept {
  return base::as_text(column_blob(column));
}

base::ByteView Statement::column_blob(int column) const noexcept {
  // The order matters: the size is that of the form which was asked for last.
  const void* const octets = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const std::byte*>(octets), static_cast<std::size_t>(size)};
}

bool Statement::is_blob(int column) const noexcept {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_BLOB;
}

}  // namespace store::sqlite
