// store/sqlite/segment.hpp: opening one file of the log.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/disk.hpp"
#include "store/payload_cipher.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/layout.hpp"
#include "store/sqlite/open_error.hpp"

namespace store::sqlite {

// Where the files are and through what they are reached.
struct Place {
  Layout layout;
  Disk* disk = nullptr;
  std::string vfs;                        // empty: the system's own
  const PayloadCipher* cipher = nullptr;  // null: everything is in clear
};

// Makes the folder of a store (0700) unless it is there, durably.
[[nodiscard]] base::Status<OpenError> make_root(const Place& place);

struct SegmentFacts {
  EntryId first;  // no entry of this segment is below it
  EntryId last;   // the highest that is in it; first - 1 where it is empty
  base::WallTime created_at;
  base::WallTime newest_at;  // when its last message was received; created_at where it is empty
  std::uint64_t size_bytes = 0;
};

struct OpenSegment {
  Connection connection;
  SegmentFacts facts;
};

// Says with which entry a new segment begins. Asked only when one is made.
using FirstEntry = std::function<base::Result<EntryId, OpenError>()>;

// Opens a segment to write. Where there is none, or only the beginning of one that
// was never finished, it is made, durably, to begin with `first`.
[[nodiscard]] base::Result<OpenSegment, OpenError> open_to_append(const Place& place,
                                                                  SegmentNumber number,
                                                                  const FirstEntry& first,
                                                                  base::WallTime now);

// Opens a segment that is there, to read.
[[nodiscard]] base::Result<Connection, OpenError> open_to_read(const Place& place,
                                                               SegmentNumber number);

// What is known of a segment. REQUIRES: it is there.
[[nodiscard]] base::Result<SegmentFacts, OpenError> facts_of(const Place& place,
                                                             SegmentNumber number);

// The first entry of a segment. REQUIRES: it was opened by one of the above.
[[nodiscard]] base::Result<EntryId, StoreError> first_of(Connection& connection);

// Of a segment or a table of lanes, from its beginning on: older ones keep what they have.
inline constexpr int kPageBytes = 8192;

// The settings that every connection that writes has: WAL, full sync, and the size of a page
// where the database is new.
[[nodiscard]] Status set_up_to_write(Connection& connection);

}  // namespace store::sqlite
