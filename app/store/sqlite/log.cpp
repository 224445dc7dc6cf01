#include "store/sqlite/log.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "telemetry/log.hpp"

namespace store::sqlite {
namespace {

constexpr std::size_t kIdleMax = 8;

// A segment that was there at the start and cannot be opened now.
StoreError tell_damage(const OpenError& error) {
  telemetry::log(telemetry::Level::kError, "store_segment_unreadable",
                 {{"what", to_string(error)}});
  if (error.fault != OpenFault::kDisk) return {StoreFault::kDamaged, 0};
  return error.error;
}

}  // namespace

void Log::add(SegmentNumber number, EntryId first) {
  const base::Lock lock(mutex_);
  segments_.push_back({number, first});
}

base::Result<std::vector<LogMessage>, StoreError> Log::read(std::span<const EntryId> ids,
                                                            Payload payload) {
  std::vector<LogMessage> messages;
  messages.reserve(ids.size());
  while (messages.size() < ids.size()) {
    const Status read = read_in_one(ids.subspan(messages.size()), payload, messages);
    if (!read && messages.empty()) return base::fail(read.error());
    if (!read) break;
  }
  return messages;
}

// Those of the first one's segment.
Status Log::read_in_one(std::span<const EntryId> ids, Payload payload,
                        std::vector<LogMessage>& messages) {
  const Home home = TRY(home_of(ids.front()));
  const auto end =
      std::find_if(ids.begin(), ids.end(), [&home](EntryId id) { return id >= home.next_first; });
  std::unique_ptr<LogReader> reader = TRY(borrow(home.number));
  static_cast<void>(TRY(reader->read({ids.begin(), end}, payload, messages)));
  give_back(std::move(reader));
  return base::Done{};
}

base::Result<Log::ScanEnd, StoreError> Log::scan(EntryId after, EntryId to, std::size_t count_max,
                                                 const LogVisit& visit) {
  return visit_in_one(after, to, count_max, visit, &LogReader::scan);
}

base::Result<Log::ScanEnd, StoreError> Log::facts(EntryId after, EntryId to, std::size_t count_max,
                                                  const FactsVisit& visit) {
  return visit_in_one(after, to, count_max, visit, &LogReader::facts);
}

template <class Visit, class Read>
base::Result<Log::ScanEnd, StoreError> Log::visit_in_one(EntryId after, EntryId to,
                                                         std::size_t count_max, const Visit& visit,
                                                         Read way) {
  const Home home = TRY(home_of({after.value + 1}));
  const EntryId end = std::min(to, EntryId{home.next_first.value - 1});
  std::unique_ptr<LogReader> reader = TRY(borrow(home.number));
  EntryId last = after;
  const std::size_t count = TRY(((*reader).*way)(after, end, count_max, [&](const auto& line) {
    last = line.id;
    visit(line);
  }));
  give_back(std::move(reader));
  return ScanEnd{count < count_max ? end : last, count};
}

std::vector<SegmentNumber> Log::numbers() {
  const base::Lock lock(mutex_);
  std::vector<SegmentNumber> numbers;
  for (const Segment& segment : segments_) numbers.push_back(segment.number);
  return numbers;
}

base::Result<std::optional<Log::Extent>, StoreError> Log::extent(SegmentNumber from) {
  std::size_t index = 0;
  Extent extent;
  bool is_last = false;
  {
    const base::Lock lock(mutex_);
    while (index < segments_.size() && segments_[index].number < from) ++index;
    if (index == segments_.size()) return std::optional<Extent>();
    extent.number = segments_[index].number;
    is_last = index + 1 == segments_.size();
  }
  extent.first = TRY(first_at(index));
  extent.next_first = is_last ? kAboveAll : TRY(first_at(index + 1));
  return std::optional<Extent>(extent);
}

// The last segment whose first entry is not above the id: from the end, as what
// is asked for is nearly always new; by halves when it is not.
base::Result<Log::Home, StoreError> Log::home_of(EntryId id) {
  std::size_t low = 0;
  std::size_t high = 0;  // the home is in [low, high)
  {
    const base::Lock lock(mutex_);
    high = segments_.size();
  }
  EntryId next_first = kAboveAll;
  std::size_t probe = high == 0 ? 0 : high - 1;
  while (high - low > 1) {
    const EntryId first = TRY(first_at(probe));
    if (first <= id) {
      low = probe;
    } else {
      high = probe;
      next_first = first;
    }
    probe = low + (high - low) / 2;
  }
  const base::Lock lock(mutex_);
  if (segments_.empty()) return base::fail(StoreError{StoreFault::kDamaged, 0});
  return Home{segments_[low].number, next_first};
}

base::Result<EntryId, StoreError> Log::first_at(std::size_t index) {
  SegmentNumber number;
  {
    const base::Lock lock(mutex_);
    if (segments_[index].first.value != 0) return segments_[index].first;
    number = segments_[index].number;
  }
  std::unique_ptr<LogReader> reader = TRY(borrow(number));
  const EntryId first = TRY(reader->first());
  give_back(std::move(reader));
  const base::Lock lock(mutex_);
  segments_[index].first = first;
  return first;
}

base::Result<std::unique_ptr<LogReader>, StoreError> Log::borrow(SegmentNumber number) {
  {
    const base::Lock lock(mutex_);
    const auto found = std::find_if(idle_.begin(), idle_.end(), [number](const auto& reader) {
      return reader->number() == number;
    });
    if (found != idle_.end()) {
      std::unique_ptr<LogReader> reader = std::move(*found);
      idle_.erase(found);
      return reader;
    }
  }
  auto reader = LogReader::open(place_, number);
  if (!reader) return base::fail(tell_damage(reader.error()));
  return std::make_unique<LogReader>(std::move(reader).value());
}

// One that failed is not given back: its connection is closed.
void Log::give_back(std::unique_ptr<LogReader> reader) {
  std::unique_ptr<LogReader> oldest;  // closed after the lock is gone
  const base::Lock lock(mutex_);
  if (idle_.size() == kIdleMax) {
    oldest = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
  idle_.push_back(std::move(reader));
}

}  // namespace store::sqlite
