#include "store/sqlite/archive_search.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/lanes_blob.hpp"

namespace store::sqlite {
namespace {

constexpr std::size_t kIdleMax = 16;
constexpr std::size_t kLookedAtMax = 20'000;  // rows of each kind in one call
constexpr std::size_t kDebtsMax = 4'000;      // of which the lanes are asked for their state

bool takes_debts(const Search& search, const std::vector<Debt>& debts) {
  if (search.state == MessageState::kUnrouted) return debts.empty() && search.connector.empty();
  if (search.connector.empty() && !search.state) return true;
  return std::ranges::any_of(debts, [&search](const Debt& debt) {
    return (search.connector.empty() || debt.connector == search.connector) &&
           (!search.state || to_state(debt.state) == *search.state);
  });
}

bool asks_for_rejected(const Search& search) {
  return search.connector.empty() && search.fields.empty() &&
         (!search.state || search.state == MessageState::kRejected);
}

MessageRecord to_record(const LogFacts& line) {
  const MessageFacts& facts = line.facts;
  MessageRecord record;
  record.found = to_row(line).found;
  record.peer = facts.peer;
  record.tls_identity = facts.tls_identity;
  record.config_revision = facts.config_revision;
  record.version = facts.version;
  record.charset = facts.charset;
  record.sha256 = facts.sha256;
  record.answer_reason = facts.answer_reason;
  record.answer = base::as_text(facts.answer);
  record.envelope = facts.envelope;
  return record;
}

// Entries that are older than that place are below this one.
EntryId below_place(SearchPlace before) {
  constexpr std::uint64_t kMost = INT64_MAX;
  return {std::min(before.seq, kMost) + (before.rejected == 0 ? 0 : 1)};
}

bool asks_for_accepted(const Search& search) { return search.state != MessageState::kRejected; }

}  // namespace

// Takes what matches until there is enough, or enough was looked at.
class ArchiveSearch::Gleaner {
 public:
  Gleaner(const Search& search, std::size_t count_max) : search_(search), count_max_(count_max) {}

  using DebtsOf = std::function<base::Result<std::vector<Debt>, StoreError>(const SearchRow& row)>;

  // False: that was enough. Asks for debts only of what matches in all else.
  bool take(SearchPlace place, SearchRow row, const DebtsOf& debts_of) {
    ++looked_at_;
    if (matches(search_, row.found)) {
      ++asked_count_;
      auto debts = debts_of(row);
      if (!debts) {
        error_ = debts.error();
        return false;
      }
      row.found.debts = std::move(debts).value();
      if (row.found.key.is_rejected || takes_debts(search_, row.found.debts)) {
        harvest_.hits.push_back({place, std::move(row.found)});
      }
    }
    const bool go_on = harvest_.hits.size() < count_max_ && looked_at_ < kLookedAtMax &&
                       asked_count_ < std::max(count_max_, kDebtsMax);
    if (!go_on) harvest_.stopped_at = place;
    return go_on;
  }

  [[nodiscard]] Status status() const {
    if (error_) return base::fail(*error_);
    return base::Done{};
  }

  [[nodiscard]] bool is_done() const { return error_ || harvest_.stopped_at; }

  [[nodiscard]] Harvest harvest() && { return std::move(harvest_); }

 private:
  const Search& search_;
  const std::size_t count_max_;
  std::size_t looked_at_ = 0;
  std::size_t asked_count_ = 0;
  std::optional<StoreError> error_;
  Harvest harvest_;
};

base::Result<FoundPage, StoreError> ArchiveSearch::search(const Search& search,
                                                          const std::optional<MessageKey>& after,
                                                          std::size_t count_max,
                                                          EntryId indexed_to) {
  take_names();
  const SearchPlace before = TRY(place_behind(after));
  Gleaner accepted(search, count_max);
  Gleaner kept(search, count_max);
  Gleaner rejected(search, count_max);
  if (asks_for_accepted(search)) {
    static_cast<void>(TRY(glean_accepted(accepted, search, before, indexed_to)));
    if (search.fields.empty()) static_cast<void>(TRY(glean_kept(kept, before)));
  }
  if (asks_for_rejected(search)) static_cast<void>(TRY(glean_rejected(rejected, search, before)));
  std::vector<Harvest> harvests;
  for (Gleaner* const each : {&accepted, &kept, &rejected}) {
    harvests.push_back(std::move(*each).harvest());
  }
  return merge(std::move(harvests), count_max);
}

base::Result<SearchPlace, StoreError> ArchiveSearch::place_behind(
    const std::optional<MessageKey>& after) {
  constexpr SearchPlace kNewest{UINT64_MAX, UINT64_MAX};
  if (!after) return kNewest;
  if (!after->is_rejected) return SearchPlace{after->value, 0};
  RejectedReader* const reader = rejected();
  if (reader == nullptr) return kNewest;
  const auto behind = TRY(reader->behind(after->value));
  return SearchPlace{behind.value_or(UINT64_MAX), after->value};
}

// From the newest segment to the oldest, of those that the index has begun. One that cannot be
// read is not passed over in silence.
Status ArchiveSearch::glean_accepted(Gleaner& gleaner, const Search& search, SearchPlace before,
                                     EntryId indexed_to) {
  const EntryId below = below_place(before);
  const auto debts = [this](const SearchRow& row) {
    return debts_of({row.found.key.value}, row.lanes);
  };
  for (const SegmentNumber number : TRY(newest_indexed(indexed_to))) {
    IndexReader* const index = reader(number);
    if (index == nullptr) return base::fail(StoreError{StoreFault::kIo});
    auto scanned = index->scan(search, below, [&](SearchRow row) {
      const SearchPlace place{row.found.key.value, 0};
      return gleaner.take(place, std::move(row), debts);
    });
    if (!scanned) {
      idle_.pop_back();  // the one asked last: its file may have been made anew
      return base::fail(scanned.error());
    }
    if (gleaner.is_done()) break;
  }
  return gleaner.status();
}

base::Result<std::vector<SegmentNumber>, StoreError> ArchiveSearch::newest_indexed(
    EntryId indexed_to) {
  std::vector<SegmentNumber> numbers;
  for (const SegmentNumber number : log_.numbers()) {
    const auto extent = TRY(log_.extent(number));
    if (extent && extent->first <= indexed_to) numbers.push_back(number);
  }
  std::ranges::reverse(numbers);
  return numbers;
}

// Few: without an index.
Status ArchiveSearch::glean_kept(Gleaner& gleaner, SearchPlace before) {
  const auto debts = [this](const SearchRow& row) {
    return debts_of({row.found.key.value}, row.lanes);
  };
  static_cast<void>(TRY(log_.kept_back(below_place(before), [&](const LogFacts& facts) {
    return gleaner.take({facts.id.value, 0}, to_row(facts), debts);
  })));
  return gleaner.status();
}

void ArchiveSearch::forget(SegmentNumber number) {
  std::erase_if(idle_, [number](const auto& each) { return each->number() == number; });
}

Status ArchiveSearch::glean_rejected(Gleaner& gleaner, const Search& search, SearchPlace before) {
  RejectedReader* const reader = rejected();
  if (reader == nullptr) return base::Done{};
  const auto none = [](const SearchRow&) {
    return base::Result<std::vector<Debt>, StoreError>(std::vector<Debt>());
  };
  const auto scanned = reader->scan(search, before, [&](SearchPlace place, SearchRow row) {
    return gleaner.take(place, std::move(row), none);
  });
  if (!scanned) {
    rejected_.reset();
    return base::fail(scanned.error());
  }
  return gleaner.status();
}

// Each is in order. Behind the place where one of them stopped, the others have nothing to say.
FoundPage ArchiveSearch::merge(std::vector<Harvest> harvests, std::size_t count_max) {
  std::optional<SearchPlace> stop;
  std::vector<Hit> hits;
  for (Harvest& each : harvests) {
    if (each.stopped_at && (!stop || *each.stopped_at > *stop)) stop = each.stopped_at;
    std::ranges::move(each.hits, std::back_inserter(hits));
  }
  std::ranges::sort(hits, std::greater<>(), &Hit::place);
  if (stop) std::erase_if(hits, [&stop](const Hit& hit) { return hit.place < *stop; });
  if (hits.size() > count_max) {
    hits.resize(count_max);
    stop = hits.back().place;
  }
  FoundPage page;
  if (stop)
    page.after = MessageKey{stop->rejected == 0 ? stop->seq : stop->rejected, stop->rejected != 0};
  for (Hit& hit : hits) page.found.push_back(std::move(hit.found));
  return page;
}

base::Result<std::vector<Debt>, StoreError> ArchiveSearch::debts_of(EntryId id,
                                                                    base::ByteView lanes) const {
  std::vector<LaneKey> keys;
  for_each_lane(lanes, [&keys](const LaneKey& key) { keys.push_back(key); });
  std::ranges::sort(keys, {}, &LaneKey::connector);
  std::vector<Debt> debts;
  debts.reserve(keys.size());
  for (const LaneKey& key : keys) {
    const auto name = names_.find(key.connector);
    if (name == names_.end()) continue;  // registered since names were asked for
    debts.push_back({name->second, TRY(outbox_.debt(key.connector, id))});
  }
  return debts;
}

base::Result<std::optional<MessageRecord>, StoreError> ArchiveSearch::record(const MessageKey& key,
                                                                             EntryId indexed_to) {
  if (!key.is_rejected) {
    take_names();
    return record_of({key.value}, indexed_to);
  }
  RejectedReader* const reader = rejected();
  if (reader == nullptr) return std::optional<MessageRecord>();
  auto record = reader->record(key.value);
  if (!record) rejected_.reset();
  return record;
}

// From the log itself: all but its own fields needs no index.
base::Result<std::optional<MessageRecord>, StoreError> ArchiveSearch::record_of(
    EntryId id, EntryId indexed_to) {
  std::optional<MessageRecord> record;
  std::vector<std::byte> lanes;
  if (id.value == 0 || id > outbox_.last()) return record;
  static_cast<void>(TRY(log_.facts({id.value - 1}, id, 1, [&](const LogFacts& line) {
    record = to_record(line);
    lanes.assign(line.lanes.begin(), line.lanes.end());
  })));
  if (!record) return record;
  record->found.debts = TRY(debts_of(id, lanes));
  record->fields = fields_of(id, indexed_to);
  return record;
}

// None where its segment's index cannot be read: it is made anew.
std::vector<FieldValue> ArchiveSearch::fields_of(EntryId id, EntryId indexed_to) {
  std::optional<SegmentNumber> home;
  for (const SegmentNumber number : log_.numbers()) {
    const auto extent = log_.extent(number);
    if (!extent || !*extent || (*extent)->first > id) break;
    if (id < (*extent)->next_first) home = number;
  }
  if (!home || id > indexed_to) return {};
  IndexReader* const index = reader(*home);
  if (index == nullptr) return {};
  auto fields = index->fields_of(id);
  if (fields) return *std::move(fields);
  idle_.pop_back();  // the one asked last
  return {};
}

Status ArchiveSearch::drop_known_fields(std::vector<std::string>& names, EntryId indexed_to) {
  for (const SegmentNumber number : TRY(newest_indexed(indexed_to))) {
    if (names.empty()) break;
    IndexReader* const index = reader(number);
    if (index == nullptr) return base::fail(StoreError{StoreFault::kIo});
    const auto known = index->field_names();
    if (!known) {
      idle_.pop_back();
      return base::fail(known.error());
    }
    std::erase_if(names, [&known](const std::string& name) {
      return std::ranges::binary_search(*known, name);
    });
  }
  return base::Done{};
}

void ArchiveSearch::take_names() {
  names_.clear();
  for (Registered& each : outbox_.connectors()) names_.emplace(each.id, std::move(each.name));
}

// None where the file is not there yet, or cannot be read: the indexer makes it anew.
IndexReader* ArchiveSearch::reader(SegmentNumber number) {
  const auto found =
      std::ranges::find_if(idle_, [number](const auto& each) { return each->number() == number; });
  if (found != idle_.end()) {
    std::rotate(found, std::next(found), idle_.end());
    return idle_.back().get();
  }
  auto opened = IndexReader::open(place_, number);
  if (!opened) return nullptr;
  if (idle_.size() == kIdleMax) idle_.erase(idle_.begin());
  idle_.push_back(std::make_unique<IndexReader>(std::move(opened).value()));
  return idle_.back().get();
}

RejectedReader* ArchiveSearch::rejected() {
  if (rejected_) return rejected_.get();
  auto opened = RejectedReader::open(place_);
  if (opened) rejected_ = std::make_unique<RejectedReader>(std::move(opened).value());
  return rejected_.get();
}

}  // namespace store::sqlite
