// store/sqlite/rejected_copy.hpp: rejected.db, each row sealed with the current key.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "store/sqlite/rejected_table.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

// Written beside the store, as a SealedCopy is, by the thread that keeps refused messages: rows
// that come meanwhile are copied as well. Not thread-safe. REQUIRES: the place has a cipher.
class RejectedCopy {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<RejectedCopy>, OpenError> begin(
      const Place& place);

  // Copies some rows. True: there are more.
  [[nodiscard]] base::Result<bool, StoreError> step();

  // Whether any row was not sealed with the current key; else the copy need not be taken.
  [[nodiscard]] bool has_others() const noexcept { return has_others_; }

 private:
  RejectedCopy(Connection from, RejectedReader reader, RejectedTable table, KeyId key)
      : from_(std::move(from)), reader_(std::move(reader)), table_(std::move(table)), key_(key) {}

  Connection from_;
  RejectedReader reader_;
  RejectedTable table_;
  KeyId key_;
  std::uint64_t after_ = 0;
  bool has_others_ = false;
};

// The finished copy takes the place of rejected.db. REQUIRES: nobody of this process has that
// open.
[[nodiscard]] Status take_rejected_place(const Place& place);

}  // namespace store::sqlite
