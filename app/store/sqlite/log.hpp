// store/sqlite/log.hpp: the log as readers see it: all segments as one.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/append.hpp"
#include "store/sqlite/log_reader.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

// Thread-safe. Keeps a few readers open between calls.
class Log {
 public:
  explicit Log(Place place) : place_(std::move(place)) {}

  // A segment that is there, in order of number. Where its first entry is not yet
  // known ({0}) it is looked up when it is needed, so that a start costs the same
  // with one segment and with a thousand.
  void add(SegmentNumber number, EntryId first);

  // These messages, in order. Fewer than were asked for if a later one cannot be
  // read; an error if the first cannot.
  [[nodiscard]] base::Result<std::vector<LogMessage>, StoreError> read(std::span<const EntryId> ids,
                                                                       Payload payload);

  struct ScanEnd {
    EntryId scanned_to;  // all up to here was visited
    std::size_t count = 0;
  };

  // Visits at most `count_max` messages in (after, to], in order. Each call is
  // within one segment.
  [[nodiscard]] base::Result<ScanEnd, StoreError> scan(EntryId after, EntryId to,
                                                       std::size_t count_max,
                                                       const LogVisit& visit);

  // The same with all that is known of each but its octets.
  [[nodiscard]] base::Result<ScanEnd, StoreError> facts(EntryId after, EntryId to,
                                                        std::size_t count_max,
                                                        const FactsVisit& visit);

  // A segment, and what stands in it: ids from `first` to before `next_first`.
  struct Extent {
    SegmentNumber number;
    EntryId first;
    EntryId next_first;  // above all: it is the last, and still grows
  };

  static constexpr EntryId kAboveAll = {~std::uint64_t{0}};

  // Of all segments, in order.
  [[nodiscard]] std::vector<SegmentNumber> numbers();

  // The first segment from this number on; none: there is none.
  [[nodiscard]] base::Result<std::optional<Extent>, StoreError> extent(SegmentNumber from);

 private:
  struct Segment {
    SegmentNumber number;
    EntryId first;  // {0}: not known yet
  };

  // The segment in which an entry would be, and the first entry of the next one.
  struct Home {
    SegmentNumber number;
    EntryId next_first;  // above all where it is the last
  };

  template <class Visit, class Read>
  [[nodiscard]] base::Result<ScanEnd, StoreError> visit_in_one(EntryId after, EntryId to,
                                                               std::size_t count_max,
                                                               const Visit& visit, Read way);
  [[nodiscard]] Status read_in_one(std::span<const EntryId> ids, Payload payload,
                                   std::vector<LogMessage>& messages);
  [[nodiscard]] base::Result<Home, StoreError> home_of(EntryId id);
  [[nodiscard]] base::Result<EntryId, StoreError> first_at(std::size_t index);
  [[nodiscard]] base::Result<std::unique_ptr<LogReader>, StoreError> borrow(SegmentNumber number);
  void give_back(std::unique_ptr<LogReader> reader);

  const Place place_;
  base::Mutex mutex_;
  std::vector<Segment> segments_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<LogReader>> idle_ GUARDED_BY(mutex_);
};

}  // namespace store::sqlite
