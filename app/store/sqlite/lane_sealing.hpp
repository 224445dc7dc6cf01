// store/sqlite/lane_sealing.hpp: the texts of lanes.db, each sealed for its place; and all of
// them sealed anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "store/entry.hpp"
#include "store/payload_cipher.hpp"
#include "store/sqlite/connection.hpp"

namespace store::sqlite {

// Of a text of an entry; attempts have numbers from 1 on.
[[nodiscard]] constexpr SealPlace lane_text_place(SealedAs what, ConnectorId connector, EntryId id,
                                                  std::uint32_t number = 0) noexcept {
  return {what, id.value, std::uint64_t{connector.value} << 32U | number};
}

// Seals what is there with the current key, and at the end writes all of lanes.db anew, so that
// nothing of what stood there is left in free pages or in the write-ahead log. On the connection
// that writes; not thread-safe.
class LaneSealing {
 public:
  // Some rows in one transaction, or the last part, which takes as long as lanes.db is large.
  // True: there is more; the call behind the last begins from the start.
  [[nodiscard]] base::Result<bool, StoreError> step(Connection& connection,
                                                    const PayloadCipher& cipher);

 private:
  // Where a text stands.
  struct Row {
    std::int64_t connector = -1;
    std::int64_t entry = -1;
    std::int64_t number = -1;
  };

  struct Found {
    Row row;
    std::vector<std::byte> sealed;
  };

  [[nodiscard]] Status seal_some(Connection& connection, const PayloadCipher& cipher);
  [[nodiscard]] base::Result<std::vector<Found>, StoreError> find_some(Connection& connection,
                                                                       const PayloadCipher& cipher);
  [[nodiscard]] base::Result<bool, StoreError> write_anew(Connection& connection);

  std::size_t column_ = 0;  // that is looked at
  Row behind_;              // rows of it
  bool is_end_ = false;     // of it
  bool is_written_ = false;
};

}  // namespace store::sqlite
