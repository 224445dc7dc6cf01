// store/sqlite/log_writer.hpp: puts messages at the end of the log.
//
// One transaction for each group of messages:
//
//   insert()* ► commit()      all of them are there, durably
//             ► roll_back()   none of them is
//
// What a failed commit may have left in the write-ahead log is behind its end and
// carries a chain of sums that the next commit breaks, so no half of it ever shows.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/append.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/payload_files.hpp"
#include "store/sqlite/sealed_row.hpp"
#include "store/sqlite/segment.hpp"
#include "store/sqlite/statement.hpp"
#include "store/sqlite/wal_gauge.hpp"

namespace store::sqlite {

// Not thread-safe: belongs to the writer.
class LogWriter {
 public:
  // Opens the segment; a new one begins with `first`. Leftovers of a commit that
  // did not come about are removed.
  [[nodiscard]] static base::Result<LogWriter, OpenError> open(const Place& place,
                                                               SegmentNumber number,
                                                               const FirstEntry& first,
                                                               base::WallTime now);

  [[nodiscard]] SegmentNumber number() const noexcept { return number_; }

  [[nodiscard]] const SegmentFacts& facts() const noexcept { return facts_; }

  // The highest entry that is committed, in this segment or before it.
  [[nodiscard]] EntryId last() const noexcept { return facts_.last; }

  // About how large the segment is, payload files counted.
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return facts_.size_bytes; }

  // Adds a message to the open transaction, or to a new one. Ids go up one by one
  // from last() + 1. The draft's octets must live until commit() or roll_back().
  [[nodiscard]] Status insert(const Draft& draft);

  // Adds by what the messages of this transaction are known again: dedup_blob.hpp.
  // REQUIRES: there was an insert().
  [[nodiscard]] Status insert_known(base::ByteView entries);

  // Without an insert() before it, does nothing.
  [[nodiscard]] Status commit();
  void roll_back();

  // The id that the next insert() gives.
  [[nodiscard]] EntryId next() const noexcept { return next_; }

  // Makes the write-ahead log long enough for so many pages: see wal_extent.hpp.
  // REQUIRES: no transaction is open.
  [[nodiscard]] Status extend_wal(int page_count);

  // Moves what has been committed from the write-ahead log into the database, if it
  // is more than `page_count` pages; else does nothing.
  [[nodiscard]] Status checkpoint_beyond(int page_count);

 private:
  struct Statements {
    Statement insert;
    Statement insert_known;
    Statement begin;
    Statement commit;
  };

  LogWriter(Place place, SegmentNumber number, OpenSegment segment, Statements statements);

  [[nodiscard]] Status begin();
  [[nodiscard]] Status put_row(const Draft& draft, bool in_file);

  Place place_;
  SegmentNumber number_;
  SegmentFacts facts_;
  Connection connection_;
  WalGauge wal_;
  Statements statements_;
  PayloadFiles files_;
  EntryId next_;
  std::uint64_t fresh_bytes_ = 0;  // of the open transaction
  std::vector<std::byte> lanes_;   // of the row being written
  RowSealer sealer_;               // likewise
  bool is_open_ = false;           // a transaction is
};

}  // namespace store::sqlite
