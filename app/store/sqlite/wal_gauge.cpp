#include "store/sqlite/wal_gauge.hpp"

namespace store::sqlite {
namespace {

int note_pages(void* page_count, sqlite3* /*connection*/, const char* /*schema*/, int pages) {
  *static_cast<int*>(page_count) = pages;
  return SQLITE_OK;
}

}  // namespace

WalGauge::WalGauge(Connection& connection) : page_count_(std::make_unique<int>(0)) {
  sqlite3_wal_hook(connection.handle(), note_pages, page_count_.get());
}

Status WalGauge::checkpoint_beyond(Connection& connection, int page_count) {
  if (*page_count_ < left_count_) left_count_ = 0;  // the log has begun anew
  if (*page_count_ - left_count_ <= page_count) return base::Done{};
  const int code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr,
                                             SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  // Another process that checkpoints does our work.
  if ((code & 0xFF) == SQLITE_BUSY) return base::Done{};
  if (code != SQLITE_OK) return base::fail(connection.error(code));
  left_count_ = *page_count_;
  return base::Done{};
}

Status WalGauge::give_room_back(Connection& connection) {
  const int code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr,
                                             SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if ((code & 0xFF) == SQLITE_BUSY) return base::Done{};
  if (code != SQLITE_OK) return base::fail(connection.error(code));
  *page_count_ = left_count_ = 0;
  return base::Done{};
}

}  // namespace store::sqlite
