// store/sqlite/sealed_copy.hpp: a piece of the log, each row sealed with the current key.
//
// It is written beside the store, in DATA_DIR/rekey, and takes the place of the piece when it is
// whole and on disk; until then nothing has happened. A row that cannot be opened, as it was
// changed on disk, is copied as it stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "store/sqlite/kept_table.hpp"
#include "store/sqlite/log_reader.hpp"
#include "store/sqlite/open_error.hpp"
#include "store/sqlite/sealed_row.hpp"
#include "store/sqlite/segment.hpp"
#include "store/sqlite/statement.hpp"
#include "store/sqlite/wal_gauge.hpp"

namespace store::sqlite {

// Where copies are written.
[[nodiscard]] Place rekey_place(const Place& place);

// Not thread-safe. REQUIRES: nobody writes to the piece meanwhile, and the place has a cipher.
class SealedCopy {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<SealedCopy>, OpenError> begin(
      const Place& place, SegmentNumber number);

  // Copies some rows. True: there are more.
  [[nodiscard]] base::Result<bool, StoreError> step();

  // After the last row: all of it is durable, and the files are closed.
  [[nodiscard]] static base::Status<OpenError> finish(std::unique_ptr<SealedCopy> copy);

 private:
  SealedCopy(Place place, SegmentNumber number, Connection from, Connection to, Statement rows,
             Statement insert);

  [[nodiscard]] Status copy_known();
  [[nodiscard]] Status copy_row();
  [[nodiscard]] Status bind_anew(EntryId id);
  [[nodiscard]] Status bind_as_it_is();

  const Place place_;
  const SegmentNumber number_;
  Connection from_;
  Connection to_;
  WalGauge wal_;
  Statement rows_;
  Statement insert_;
  EntryId after_;
  RowSealer sealer_;
  std::vector<std::byte> facts_;
  std::vector<std::byte> payload_;
};

// Whether a piece holds rows that the current key has not sealed, looked at in steps.
class KeySurvey {
 public:
  [[nodiscard]] static base::Result<KeySurvey, OpenError> begin(const Place& place,
                                                                SegmentNumber number);

  // Looks at some rows. True: there are more, and none was found yet.
  [[nodiscard]] base::Result<bool, StoreError> step();

  [[nodiscard]] bool has_found() const noexcept { return has_found_; }

 private:
  KeySurvey(Connection connection, Statement rows, KeyId key)
      : connection_(std::move(connection)), rows_(std::move(rows)), key_(key) {}

  Connection connection_;
  Statement rows_;
  KeyId key_;
  EntryId after_;
  bool has_found_ = false;
};

// The finished copy takes the place of the piece. REQUIRES: nobody of this process has that
// open, or opens it before this returns.
[[nodiscard]] Status take_place(const Place& place, SegmentNumber number);

}  // namespace store::sqlite
