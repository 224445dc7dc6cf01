#include "store/sqlite/side_database.hpp"

#include "base/try.hpp"

namespace store::sqlite {

base::Result<Connection, OpenError> open_side(const Place& place, const std::string& path,
                                              const Schema& schema) {
  static_cast<void>(TRY(at_open(path, place.disk->touch(path))));
  Connection connection = TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kCreate)));
  connection.wait_for_locks();
  static_cast<void>(
      TRY(at_open(path, connection.run("PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL;"
                                       "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                                       "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-8192;"
                                       "PRAGMA journal_size_limit=16777216"))));
  static_cast<void>(TRY(bring_up(connection, schema, path)));
  return connection;
}

base::Result<Connection, OpenError> open_side_to_read(const Place& place, const std::string& path) {
  Connection connection =
      TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kExisting)));
  connection.wait_for_locks();
  static_cast<void>(
      TRY(at_open(path, connection.run("PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-1024;"
                                       "PRAGMA query_only=1"))));
  return connection;
}

// What is left of a removal that fails makes the next opening fail, and it is tried again.
void remove_side(const Place& place, const std::string& path) {
  for (const char* const end : {"-wal", "-shm", ""}) {
    static_cast<void>(place.disk->remove(path + end));
  }
}

}  // namespace store::sqlite
