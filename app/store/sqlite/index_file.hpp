// store/sqlite/index_file.hpp: what is searched of one segment, in a file of its own.
//
// With a key it holds HMACs of what is searched for, and sealed what is shown; a whole file is
// of one key, or of none.
//
// Written by one, read by others beside it. It holds the segment's entries up to its
// cursor; after a power cut the cursor may stand lower than it did.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "store/sqlite/field_table.hpp"
#include "store/sqlite/search_row.hpp"
#include "store/sqlite/segment.hpp"
#include "store/sqlite/statement.hpp"
#include "store/sqlite/wal_gauge.hpp"

namespace store::sqlite {

// Whether it was made with the current key, or without one where there is none.
[[nodiscard]] bool is_index_current(const Place& place, SegmentNumber number);

// The side that writes. Not thread-safe.
class IndexWriter {
 public:
  // Makes it where it is not there; one that is not ours or is damaged is made anew.
  [[nodiscard]] static base::Result<IndexWriter, OpenError> open(const Place& place,
                                                                 SegmentNumber number);

  [[nodiscard]] SegmentNumber number() const noexcept { return number_; }

  // The highest entry that is in it; {0}: none yet.
  [[nodiscard]] EntryId cursor() const noexcept { return cursor_; }

  // The segment is closed, and all of it is here.
  [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }

  // Adds rows in order of entry, or none of them; a block of the index. From now on its
  // cursor is `cursor`, where the last rows may be missing in the log.
  [[nodiscard]] Status add(const std::vector<SearchRow>& rows);

  [[nodiscard]] Status complete();

 private:
  struct Statements {
    Statement insert;
    Statement block;
    Statement begin;
    Statement commit;
  };

  IndexWriter(const Place& place, SegmentNumber number, Connection connection,
              Statements statements, FieldTable fields);

  [[nodiscard]] static base::Result<IndexWriter, OpenError> open_once(const Place& place,
                                                                      SegmentNumber number);
  [[nodiscard]] Status insert(const std::vector<SearchRow>& rows);
  void bind_clear(const Found& found);
  void bind_sealed_columns(const Found& found);

  const PayloadCipher* cipher_;
  KeyId key_;                                 // 0: in clear
  std::array<PayloadCipher::Mac, 4> macs_{};  // of the row being written, like the next two
  std::vector<std::byte> packed_;
  std::vector<std::byte> sealed_;
  SegmentNumber number_;
  Connection connection_;
  WalGauge wal_;
  Statements statements_;
  FieldTable fields_;
  EntryId cursor_;
  bool is_complete_ = false;
};

// The side that searches. Not thread-safe; a read transaction lasts for one call.
class IndexReader {
 public:
  // REQUIRES: the file was made.
  [[nodiscard]] static base::Result<IndexReader, OpenError> open(const Place& place,
                                                                 SegmentNumber number);

  [[nodiscard]] SegmentNumber number() const noexcept { return number_; }

  // Visits what may match below `before`, newest first, until the visit says false. True:
  // it came to the end.
  [[nodiscard]] base::Result<bool, StoreError> scan(const Search& search, EntryId before,
                                                    const SearchVisit& visit);

  // Of one message; none where it is not in the index.
  [[nodiscard]] base::Result<std::vector<FieldValue>, StoreError> fields_of(EntryId id) {
    return field_values(connection_, {cipher_, key_}, id);
  }

  // The fields that any of its messages has.
  [[nodiscard]] base::Result<std::vector<std::string>, StoreError> field_names() {
    return sqlite::field_names(connection_);
  }

 private:
  // Where in the segment the times lie that are asked for.
  struct Bounds {
    EntryId first;
    EntryId last;
  };

  IndexReader(SegmentNumber number, Connection connection, const PayloadCipher* cipher, KeyId key)
      : number_(number), connection_(std::move(connection)), cipher_(cipher), key_(key) {}

  [[nodiscard]] Status open_shown(base::ByteView sealed, std::vector<std::byte>& clear,
                                  Found& found) const;

  [[nodiscard]] base::Result<std::optional<Bounds>, StoreError> bounds(const Search& search);

  SegmentNumber number_;
  Connection connection_;
  const PayloadCipher* cipher_;
  KeyId key_;  // 0: in clear
};

}  // namespace store::sqlite
