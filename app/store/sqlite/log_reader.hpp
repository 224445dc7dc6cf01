// store/sqlite/log_reader.hpp: reads messages from one segment of the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "store/append.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/segment.hpp"
#include "store/sqlite/statement.hpp"

namespace store::sqlite {

// A message as a lane needs it.
struct LogMessage {
  base::Uuid message_id;
  base::WallTime received_at;
  std::string control_id;
  std::string type;
  std::string trigger;
  std::uint64_t size_bytes = 0;
  std::vector<std::byte> payload;
};

enum class Payload : std::uint8_t { kWith, kWithout };

// What a scan tells of one message. The view is valid for the call.
struct LogLine {
  EntryId id;
  std::uint32_t size_bytes = 0;
  base::ByteView lanes;  // see lanes_blob.hpp
};

using LogVisit = std::function<void(const LogLine&)>;

// All that is known of one message but its octets. Views are valid for the call.
struct LogFacts {
  EntryId id;
  std::uint64_t size_bytes = 0;
  base::ByteView lanes;
  MessageFacts facts;
  bool is_readable = true;  // false: sealed, and changed on disk; its facts lack their texts
};

using FactsVisit = std::function<void(const LogFacts&)>;
using FactsGlance = std::function<bool(const LogFacts&)>;  // false: that was enough

// By what the messages of one commit are known again. The view is valid for the call.
struct LogKnown {
  EntryId id;              // the last of them
  base::ByteView entries;  // see dedup_blob.hpp
};

using KnownVisit = std::function<void(const LogKnown&)>;

// Not thread-safe. A read transaction lasts for one call.
class LogReader {
 public:
  [[nodiscard]] static base::Result<LogReader, OpenError> open(const Place& place,
                                                               SegmentNumber number);

  [[nodiscard]] SegmentNumber number() const noexcept { return number_; }

  // Adds these messages to `messages`, in order, up to the first that cannot be
  // read: kDamaged if it is not there, or its payload is not whole.
  [[nodiscard]] Status read(std::span<const EntryId> ids, Payload payload,
                            std::vector<LogMessage>& messages);

  // Visits the messages in (after, to] of this segment, at most `count_max`, in
  // order; returns how many there were.
  [[nodiscard]] base::Result<std::size_t, StoreError> scan(EntryId after, EntryId to,
                                                           std::size_t count_max,
                                                           const LogVisit& visit);

  // Likewise with all that is known of each but its octets.
  [[nodiscard]] base::Result<std::size_t, StoreError> facts(EntryId after, EntryId to,
                                                            std::size_t count_max,
                                                            const FactsVisit& visit);

  // Likewise below `before`, newest first, until the visit says false. True: it came to the end.
  [[nodiscard]] base::Result<bool, StoreError> facts_back(EntryId before, const FactsGlance& visit);

  // The commits whose last message is in (after, to], at most `count_max`, in order; those
  // without such entries left out.
  [[nodiscard]] base::Result<std::size_t, StoreError> known(EntryId after, EntryId to,
                                                            std::size_t count_max,
                                                            const KnownVisit& visit);

  [[nodiscard]] base::Result<EntryId, StoreError> first();

  [[nodiscard]] base::Result<std::uint64_t, StoreError> count();

  // Whether SQLite finds nothing wrong in all of the file. Takes a second for each GiB or two.
  [[nodiscard]] bool is_sound();

  // Whether SQLite could not make sense of the file, in any call. A message that is not whole
  // is no such thing.
  [[nodiscard]] bool found_damage() const noexcept { return found_damage_; }

 private:
  struct Statements {
    Statement read;
    Statement scan;
    Statement facts;
    Statement known;
    Statement begin;
    Statement end;
  };

  LogReader(Place place, SegmentNumber number, Connection connection, Statements statements);

  template <class Visit>
  [[nodiscard]] base::Result<std::size_t, StoreError> onwards(Statement& rows, EntryId after,
                                                              EntryId to, std::size_t count_max,
                                                              Visit visit);
  template <class T>
  [[nodiscard]] base::Result<T, StoreError> watched(base::Result<T, StoreError> outcome);
  [[nodiscard]] base::Result<LogFacts, StoreError> facts_of(const Statement& row);
  [[nodiscard]] base::Result<LogMessage, StoreError> read_one(EntryId id, Payload payload);
  [[nodiscard]] base::Result<std::vector<std::byte>, StoreError> take_payload(
      const PayloadName& name);

  Place place_;
  SegmentNumber number_;
  Connection connection_;
  Statements statements_;
  std::vector<std::byte> opened_;  // what a row had sealed, and its facts look at
  bool found_damage_ = false;
};

}  // namespace store::sqlite
