// store/sqlite/rejected_table.hpp: rejected.db, written and read.
//
// With a key all texts of a row are sealed in `answer`, its octets in `message`, and what is
// searched for stands as its HMAC.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/archive.hpp"
#include "store/sqlite/search_row.hpp"
#include "store/sqlite/segment.hpp"
#include "store/sqlite/statement.hpp"
#include "store/sqlite/wal_gauge.hpp"

namespace store::sqlite {

// A refused message, and the newest entry that had been accepted before it.
struct RejectedRow {
  Rejected rejected;
  EntryId behind;
};

// The side that writes. Not thread-safe.
class RejectedTable {
 public:
  // Makes it where it is not there; one that is not ours or is damaged is made anew.
  [[nodiscard]] static base::Result<RejectedTable, OpenError> open(const Place& place);

  // How many octets it holds, of messages and answers.
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  // Adds all of them, or none. `behind` never goes down from one row to the next: one that
  // is lower counts as the last one's.
  [[nodiscard]] Status add(const std::vector<RejectedRow>& rows);

  // The next row gets this id. REQUIRES: it is above all that were ever given.
  void continue_at(std::uint64_t id) noexcept { last_id_ = id - 1; }

  // Removes the oldest, at most a few hundred, while they were received before `since` or
  // more than `bytes_max` are held, and gives their space back. True: there may be more.
  [[nodiscard]] base::Result<bool, StoreError> trim(base::WallTime since, std::uint64_t bytes_max);

 private:
  struct Statements {
    Statement insert;
    Statement insert_octets;
    Statement oldest;
    Statement drop;
    Statement drop_octets;
  };

  RejectedTable(const Place& place, Connection connection, Statements statements);

  [[nodiscard]] static base::Result<RejectedTable, OpenError> open_once(const Place& place);
  template <class Change>
  [[nodiscard]] Status in_transaction(Change change);
  [[nodiscard]] Status insert(const RejectedRow& row);
  void bind_clear(const Rejected& rejected);
  void bind_sealed_columns(const Rejected& rejected, std::uint64_t id);
  [[nodiscard]] base::Result<std::uint64_t, StoreError> drop_oldest(base::WallTime since,
                                                                    std::uint64_t bytes_max);

  const PayloadCipher* cipher_;
  Connection connection_;
  WalGauge wal_;
  Statements statements_;
  std::uint64_t size_bytes_ = 0;
  EntryId behind_;             // the last row's
  std::uint64_t last_id_ = 0;  // that was ever given

  // Of the row being written.
  std::vector<std::byte> packed_;
  std::vector<std::byte> sealed_facts_;
  std::vector<std::byte> sealed_message_;
  std::array<PayloadCipher::Mac, 2> macs_{};
};

// The side that searches. Not thread-safe; a read transaction lasts for one call.
class RejectedReader {
 public:
  // REQUIRES: the file was made.
  [[nodiscard]] static base::Result<RejectedReader, OpenError> open(const Place& place);

  // As IndexReader::scan(), of refused messages older than that place; each with its own.
  using Visit = std::function<bool(SearchPlace place, SearchRow row)>;
  [[nodiscard]] base::Result<bool, StoreError> scan(const Search& search, SearchPlace before,
                                                    const Visit& visit);

  [[nodiscard]] base::Result<std::optional<MessageRecord>, StoreError> record(std::uint64_t id);

  // Behind which entry a message stands; where it is there no more, the oldest that is. None:
  // there is none.
  [[nodiscard]] base::Result<std::optional<std::uint64_t>, StoreError> behind(std::uint64_t id);

 private:
  RejectedReader(Connection connection, const PayloadCipher* cipher)
      : connection_(std::move(connection)), cipher_(cipher) {}

  Connection connection_;
  const PayloadCipher* cipher_;
};

}  // namespace store::sqlite
