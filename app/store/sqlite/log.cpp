#include "store/sqlite/log.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/try.hpp"
#include "telemetry/log.hpp"

namespace store::sqlite {
namespace {

constexpr std::size_t kIdleMax = 8;

StoreError to_store_error(const OpenError& error) {
  if (error.fault != OpenFault::kDisk) return {StoreFault::kDamaged, 0};
  return error.error;
}

}  // namespace

void Log::add(SegmentNumber number, EntryId first) {
  const base::Lock lock(mutex_);
  segments_.push_back({.number = number, .first = first});
}

void Log::add_gone(SegmentNumber number, EntryId first, EntryId next_first) {
  const base::Lock lock(mutex_);
  segments_.push_back(
      {.number = number, .first = first, .next_first = next_first, .is_gone = true});
}

void Log::set_gone(SegmentNumber number) {
  std::vector<std::unique_ptr<LogReader>> closed;  // after the lock is gone
  const base::Lock lock(mutex_);
  Segment& segment = at(number);
  CHECK(segment.first.value != 0);
  segment.is_gone = true;
  for (auto& reader : idle_) {
    if (reader->number() == number) closed.push_back(std::move(reader));
  }
  std::erase(idle_, nullptr);
}

bool Log::is_in_use(SegmentNumber number) const {
  const base::Lock lock(mutex_);
  const auto found = std::ranges::lower_bound(segments_, number, {}, &Segment::number);
  return found != segments_.end() && found->number == number && found->reader_count > 0;
}

// Under the lock: it takes as long as some syncs of a folder, once for each piece of a rekey.
base::Result<bool, StoreError> Log::replace(SegmentNumber file, const Swap& swap) {
  const base::Lock lock(mutex_);
  const int count = file == kKept ? kept_reader_count_ : at(file).reader_count;
  if (count > 0) return false;
  for (auto& reader : idle_) {
    if (reader->number() == file) reader.reset();
  }
  std::erase(idle_, nullptr);
  static_cast<void>(TRY(swap()));
  return true;
}

std::vector<SegmentNumber> Log::damaged() const {
  const base::Lock lock(mutex_);
  std::vector<SegmentNumber> numbers;
  for (const Segment& segment : segments_) {
    const bool is_last = &segment == &segments_.back();
    if (segment.is_damaged && !segment.is_gone && !is_last) numbers.push_back(segment.number);
  }
  return numbers;
}

bool Log::clear_damage(SegmentNumber number) {
  {
    const base::Lock lock(mutex_);
    Segment& segment = at(number);
    if (std::exchange(segment.was_sound, true)) return false;
    segment.is_damaged = false;
  }
  telemetry::log(telemetry::Level::kWarning, "store_segment_readable_again",
                 {{"file", place_.layout.segment_file(number)}});
  return true;
}

bool Log::is_of_gone(EntryId id) {
  const auto home = home_of(id);
  if (!home) return false;
  const base::Lock lock(mutex_);
  return at(home->number).is_gone;
}

bool Log::is_unreadable(EntryId id) {
  const auto home = home_of(id);
  if (!home) return true;
  const base::Lock lock(mutex_);
  const Segment& segment = at(home->number);
  return segment.is_damaged && !segment.is_gone;
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
  Loan reader = TRY(borrow(home.number));
  return reader.note(reader->read({ids.begin(), end}, payload, messages));
}

base::Result<Log::ScanEnd, StoreError> Log::scan(EntryId after, EntryId to, std::size_t count_max,
                                                 const LogVisit& visit) {
  return visit_in_one(after, to, count_max, visit, &LogReader::scan);
}

base::Result<Log::ScanEnd, StoreError> Log::facts(EntryId after, EntryId to, std::size_t count_max,
                                                  const FactsVisit& visit) {
  return visit_in_one(after, to, count_max, visit, &LogReader::facts);
}

base::Result<Log::ScanEnd, StoreError> Log::known(EntryId after, EntryId to, std::size_t count_max,
                                                  const KnownVisit& visit) {
  return visit_in_one(after, to, count_max, visit, &LogReader::known);
}

template <class Visit, class Read>
base::Result<Log::ScanEnd, StoreError> Log::visit_in_one(EntryId after, EntryId to,
                                                         std::size_t count_max, const Visit& visit,
                                                         Read way) {
  const Home home = TRY(home_of({after.value + 1}));
  const EntryId end = std::min(to, EntryId{home.next_first.value - 1});
  Loan reader = TRY(borrow(home.number));
  EntryId last = after;
  const std::size_t count =
      TRY(reader.note(((*reader).*way)(after, end, count_max, [&](const auto& line) {
        last = line.id;
        visit(line);
      })));
  return ScanEnd{count < count_max ? end : last, count};
}

std::vector<SegmentNumber> Log::numbers() const {
  const base::Lock lock(mutex_);
  std::vector<SegmentNumber> numbers;
  for (const Segment& segment : segments_) {
    if (!segment.is_gone) numbers.push_back(segment.number);
  }
  return numbers;
}

base::Result<std::optional<Log::Extent>, StoreError> Log::extent(SegmentNumber from) {
  std::size_t index = 0;
  Extent extent;
  bool is_last = false;
  {
    const base::Lock lock(mutex_);
    const auto found = std::ranges::find_if(segments_, [from](const Segment& segment) {
      return segment.number >= from && !segment.is_gone;
    });
    if (found == segments_.end()) return std::optional<Extent>();
    index = static_cast<std::size_t>(found - segments_.begin());
    extent.number = found->number;
    is_last = index + 1 == segments_.size();
  }
  extent.first = TRY(first_at(index));
  extent.next_first = is_last ? kAboveAll : TRY(first_at(index + 1));
  return std::optional<Extent>(extent);
}

base::Result<bool, StoreError> Log::kept_back(EntryId before, const FactsGlance& visit) {
  if (!has_gone()) return true;
  Loan reader = lend_kept();
  static_cast<void>(TRY(open(reader)));
  // What is just being copied still has its own place.
  return reader.note(reader->facts_back(
      before, [&](const LogFacts& facts) { return !is_of_gone(facts.id) || visit(facts); }));
}

base::Result<std::uint64_t, StoreError> Log::kept_count() {
  if (!has_gone()) return std::uint64_t{0};
  Loan reader = lend_kept();
  static_cast<void>(TRY(open(reader)));
  return reader.note(reader->count());
}

bool Log::has_gone() const {
  const base::Lock lock(mutex_);
  return std::ranges::any_of(segments_, &Segment::is_gone);
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
  const EntryId first = TRY(own_first(number, index));
  const base::Lock lock(mutex_);
  if (segments_[index].first.value == 0) segments_[index].first = first;
  return segments_[index].first;
}

base::Result<EntryId, StoreError> Log::own_first(SegmentNumber number, std::size_t index) {
  const auto read = [&]() -> base::Result<EntryId, StoreError> {
    Loan reader = TRY(borrow(number));
    return reader.note(reader->first());
  };
  const auto first = read();
  const bool is_damaged = !first && first.error().fault == StoreFault::kDamaged;
  return is_damaged ? end_of_previous(index) : first;
}

// Where a segment cannot say it itself: what stands before it ends there.
base::Result<EntryId, StoreError> Log::end_of_previous(std::size_t index) {
  SegmentNumber previous;
  {
    const base::Lock lock(mutex_);
    if (index == 0) return EntryId{1};
    const Segment& segment = segments_[index - 1];
    if (segment.next_first.value != 0) return segment.next_first;
    previous = segment.number;
  }
  const auto facts = facts_of(place_, previous);
  if (!facts) return base::fail(to_store_error(facts.error()));
  return EntryId{facts->last.value + 1};
}

base::Result<Log::Loan, StoreError> Log::borrow(SegmentNumber number) {
  Loan loan = lend(number);
  if (!loan.has_reader()) static_cast<void>(TRY(open(loan)));
  return loan;
}

Status Log::open(Loan& loan) {
  auto opened = LogReader::open(place_, loan.file());
  if (!opened) {
    const StoreError error = to_store_error(opened.error());
    if (error.fault == StoreFault::kDamaged) note_damage(loan.file());
    return base::fail(error);
  }
  loan.set_reader(std::make_unique<LogReader>(std::move(opened).value()));
  return base::Done{};
}

// With a reader where one is idle. Lent from now on, also while it is being opened.
Log::Loan Log::lend(SegmentNumber number) {
  const base::Lock lock(mutex_);
  Segment& segment = at(number);
  const SegmentNumber file = segment.is_gone ? kKept : number;
  ++(segment.is_gone ? kept_reader_count_ : segment.reader_count);
  const auto found = std::find_if(idle_.begin(), idle_.end(),
                                  [file](const auto& reader) { return reader->number() == file; });
  std::unique_ptr<LogReader> reader;
  if (found != idle_.end()) {
    reader = std::move(*found);
    idle_.erase(found);
  }
  return {*this, file, std::move(reader)};
}

Log::Loan Log::lend_kept() {
  const base::Lock lock(mutex_);
  ++kept_reader_count_;
  return {*this, kKept, nullptr};
}

void Log::end_loan(SegmentNumber file, std::unique_ptr<LogReader> reader) {
  std::unique_ptr<LogReader> oldest;  // closed after the lock is gone
  const base::Lock lock(mutex_);
  if (file == kKept) {
    --kept_reader_count_;
  } else {
    Segment& segment = at(file);
    --segment.reader_count;
    if (segment.is_gone) {
      oldest = std::move(reader);
      return;
    }
  }
  if (!reader) return;
  if (idle_.size() == kIdleMax) {
    oldest = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
  idle_.push_back(std::move(reader));
}

void Log::note_damage(SegmentNumber file) {
  {
    const base::Lock lock(mutex_);
    if (file != kKept && std::exchange(at(file).is_damaged, true)) return;
  }
  telemetry::log(telemetry::Level::kError, "store_segment_unreadable",
                 {{"file", place_.layout.segment_file(file)}});
}

Log::Segment& Log::at(SegmentNumber number) {
  const auto found = std::ranges::lower_bound(segments_, number, {}, &Segment::number);
  CHECK(found != segments_.end() && found->number == number);
  return *found;
}

}  // namespace store::sqlite
