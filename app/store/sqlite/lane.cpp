#include "store/sqlite/lane.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "store/retry_wait.hpp"

namespace store::sqlite {
namespace {

constexpr std::size_t kParkedLookedAt = 256;  // at a time, for what is owed

// What is left of a wait after a restart: never more than its length, whatever
// became of the wall clock meanwhile.
base::SteadyTime due_after_restart(const WaitingRow& row, const base::Clock& clock) {
  const base::Duration by_the_wall = row.due_at - clock.wall_now();
  const base::Duration left =
      std::clamp(by_the_wall, base::Duration::zero(), std::max(row.wait, base::Duration::zero()));
  if (left == base::Duration::zero()) return base::SteadyTime::min();
  return clock.steady_now() + left;
}

}  // namespace

Lane::Lane(LaneRecord record, const LogEnds& ends, const base::Clock& clock, LaneLimits limits)
    : connector_(record.connector),
      ends_(ends),
      clock_(clock),
      limits_(limits),
      loaded_to_(record.progress.cursor),
      run_begins_after_(record.progress.cursor),
      backlog_(std::move(record.name)),
      parked_count_(record.progress.parked_count),
      settled_above_(std::move(record.settled_above)),
      progress_(record.progress),
      ahead_(settled_above_) {
  backlog_.begin(record.progress.owed_count, record.progress.owed_bytes);
  for (const WaitingRow& row : record.waiting) {
    OwedEntry entry = row.entry;
    entry.due = due_after_restart(row, clock);
    if (entry.id <= loaded_to_) {
      window_.push_back(entry);
    } else {
      waiting_above_.emplace(entry.id, entry);
    }
  }
}

// ── The writer's side ───────────────────────────────────────────────────────

std::size_t Lane::publish() {
  const base::Lock lock(mutex_);
  const std::size_t changes_before = changes_.size();
  for (const OwedEntry& entry : staged_) take_in(entry);
  staged_.clear();
  wait_.wake();
  return changes_.size() - changes_before;
}

void Lane::take_in(const OwedEntry& entry) {
  const bool overflows = entry.key_hash == kOverflow;
  taken_in_to_ = entry.id;
  if (overflows) {
    park_overflow(entry);
  } else {
    backlog_.add(entry.size_bytes);
  }
  // Else the log holds it for later, or a claim has read it from there already.
  if (!at_tail_ || entry.id <= loaded_to_) return;
  if (!overflows && window_.size() >= limits_.window_max) {
    at_tail_ = false;
    loaded_to_ = {entry.id.value - 1};
    return;
  }
  if (!overflows) window_.push_back(entry);
  loaded_to_ = entry.id;
}

// The log says so of it as well: until the row is written, that is what a restart sees.
void Lane::park_overflow(const OwedEntry& entry) {
  ParkedRow row{entry, clock_.wall_now(), std::string(kOverflowReason), {}};
  parked_fresh_[entry.id] = row;
  changes_.push_back(PutParked{std::move(row)});
  ++parked_count_;
  backlog_.note_overflow();
  is_dirty_ = true;
}

EntryId Lane::counted_to() const {
  const base::Lock lock(mutex_);
  return progress_.counted_to;
}

void Lane::count_owed(std::uint32_t size_bytes) {
  const base::Lock lock(mutex_);
  backlog_.add(size_bytes);
}

void Lane::begin_run(EntryId last) {
  const base::Lock lock(mutex_);
  run_begins_after_ = last;
}

bool Lane::has_room() {
  if (is_waited_for_) return false;
  const base::Lock lock(mutex_);
  if (backlog_.parks() || !backlog_.is_full(reserved_)) return true;
  is_waited_for_ = true;
  return false;
}

bool Lane::overflows() {
  const base::Lock lock(mutex_);
  return backlog_.parks() && backlog_.is_full(reserved_);
}

void Lane::reserve(std::size_t size_bytes) {
  ++reserved_.count;
  reserved_.size_bytes += static_cast<std::int64_t>(size_bytes);
}

void Lane::note_refused() {
  const base::Lock lock(mutex_);
  backlog_.note_refused();
}

void Lane::set_limit(const BacklogLimit& limit) {
  const base::Lock lock(mutex_);
  backlog_.set_limit(limit);
}

std::optional<LaneChanges> Lane::collect(Extent extent) {
  const base::Lock lock(mutex_);
  if (extent == Extent::kIfSettled && !is_dirty_) return std::nullopt;
  is_dirty_ = false;
  note_ahead(natural_cursor());
  const EntryId scanned_to = at_tail_ ? EntryId{ends_.published.load()} : loaded_to_;
  if (ahead_.size() > limits_.ahead_max ||
      scanned_to.value - natural_cursor().value > limits_.span_max) {
    step_over();
  }
  const EntryId cursor = std::max(natural_cursor(), progress_.cursor);
  drop_ahead(cursor);

  const LaneProgress progress{
      cursor, {ends_.published.load()}, backlog_.count(), parked_count_, backlog_.size_bytes()};
  if (changes_.empty() && progress == progress_) return std::nullopt;
  progress_ = progress;
  parked_writing_ = std::exchange(parked_fresh_, {});
  return LaneChanges{connector_, progress, std::exchange(changes_, {})};
}

// The cursor stands before the first entry that only the log knows of.
EntryId Lane::natural_cursor() const {
  if (const auto first = window_.first_without_row()) return {first->value - 1};
  return read_to();
}

void Lane::note_ahead(EntryId cursor) {
  for (const EntryId id : std::exchange(fresh_settled_, {})) {
    if (id <= cursor || !ahead_.insert(id).second) continue;
    changes_.push_back(PutAhead{id});
  }
}

// Many have been settled behind few that have not: rows for the few let the cursor
// go on, and the rows of the many can go. Not to the very end, where most are not
// settled because they are new.
void Lane::step_over() {
  EntryId last = loaded_to_;
  if (ahead_.size() > limits_.ahead_max) {
    last = *std::next(ahead_.begin(), static_cast<std::ptrdiff_t>(limits_.ahead_max * 3 / 4));
  }
  for (const OwedEntry& entry : window_.take_rows_up_to(last, limits_.step_max)) {
    changes_.push_back(PutWaiting{{entry, clock_.wall_now(), base::Duration::zero(), {}}});
  }
}

void Lane::drop_ahead(EntryId cursor) {
  const auto end = ahead_.upper_bound(cursor);
  if (end == ahead_.begin()) return;
  ahead_.erase(ahead_.begin(), end);
  changes_.push_back(DropAheadTo{cursor});
}

void Lane::written() {
  const base::Lock lock(mutex_);
  parked_writing_.clear();
  stuck_.reset();
}

void Lane::recount() {
  const base::Lock lock(mutex_);
  must_recount_ = true;
  if (at_tail_) count_anew();
}

// At the tail all that is owed is held in memory; what publish() has not seen yet, it adds.
void Lane::count_anew() {
  const LaneWindow::Total total = window_.total_up_to(std::max(run_begins_after_, taken_in_to_));
  backlog_.begin(total.count, total.size_bytes);
  must_recount_ = false;
  is_dirty_ = true;
}

void Lane::set_stuck(StoreError error) {
  const base::Lock lock(mutex_);
  stuck_ = error;
}

// ── The lanes' side ─────────────────────────────────────────────────────────

bool Lane::may_load(base::SteadyTime now) const {
  return !at_tail_ && !is_loading_ && window_.size() < limits_.window_max && !window_.is_shut(now);
}

std::optional<Lane::LoadOrder> Lane::order_load(const LaneSlice& slice) {
  const base::Lock lock(mutex_);
  const base::SteadyTime now = clock_.steady_now();
  if (!may_load(now)) return std::nullopt;
  const bool is_low = window_.size() < limits_.load_below;
  if (!is_low && window_.outlook(slice, now).claimable) return std::nullopt;
  is_loading_ = true;
  return LoadOrder{loaded_to_, {ends_.committed.load()}};
}

void Lane::load(const std::vector<OwedEntry>& found, EntryId scanned_to) {
  const base::Lock lock(mutex_);
  for (const OwedEntry& entry : found) push_loaded(entry);
  loaded_to_ = std::max(loaded_to_, scanned_to);
  // What is committed after this moment, the writer pushes.
  at_tail_ = loaded_to_.value >= ends_.committed.load();
  if (at_tail_ && must_recount_) count_anew();
  is_loading_ = false;
  is_dirty_ = true;
  wait_.wake();
}

void Lane::push_loaded(const OwedEntry& found) {
  if (settled_above_.erase(found.id) > 0) return;
  const auto known = waiting_above_.find(found.id);
  if (known == waiting_above_.end() && found.key_hash == kOverflow) {
    if (found.id > run_begins_after_) return;  // put aside when it was published
    backlog_.drop(found.size_bytes);
    return park_overflow(found);
  }
  window_.push_back(known == waiting_above_.end() ? found : known->second);
  if (known != waiting_above_.end()) waiting_above_.erase(known);
}

void Lane::give_up_load() {
  const base::Lock lock(mutex_);
  is_loading_ = false;
  wait_.wake();
}

base::Result<std::vector<OwedEntry>, StoreError> Lane::claim(const LaneSlice& slice,
                                                             std::size_t count_max) {
  const base::Lock lock(mutex_);
  // What is delivered must be written down: else a restart repeats too much.
  if (stuck_ && changes_.size() + fresh_settled_.size() >= limits_.unwritten_max) {
    return base::fail(*stuck_);
  }
  return window_.claim(slice, count_max, clock_.steady_now());
}

void Lane::settle(std::vector<Outbox::Settlement> settlements) {
  const base::Lock lock(mutex_);
  for (const Outbox::Settlement& settlement : settlements) end(settlement);
  is_dirty_ = true;
  wait_.wake();
}

void Lane::end(const Outbox::Settlement& settlement) {
  if (const auto* again = std::get_if<Retry>(&settlement.verdict)) {
    retry(settlement.id, *again);
  } else if (const auto* parked = std::get_if<Parked>(&settlement.verdict)) {
    park(settlement.id, *parked);
  } else if (const auto* expired = std::get_if<Expired>(&settlement.verdict)) {
    expire(settlement.id, *expired);
  } else {
    deliver(settlement.id);
  }
}

void Lane::deliver(EntryId id) { end_owed(window_.remove(id)); }

void Lane::end_owed(const OwedEntry& entry) {
  if (entry.has_row) changes_.push_back(DropWaiting{entry.id});
  if (entry.attempt_count > 0) changes_.push_back(DropAttempts{entry.id});
  fresh_settled_.push_back(entry.id);
  backlog_.drop(entry.size_bytes);
}

void Lane::expire(EntryId id, const Expired& verdict) {
  changes_.push_back(
      PutDiscarded{{id, clock_.wall_now(), verdict.reason, std::string(kExpiredReason), {}}});
  deliver(id);
}

void Lane::retry(EntryId id, const Retry& verdict) {
  const base::Duration wait = retry_wait(clock_, verdict.not_before);
  const base::WallTime due_at =
      clock_.wall_now() + std::chrono::duration_cast<std::chrono::microseconds>(wait);
  const OwedEntry entry = window_.retry(id, clock_.steady_now() + wait);
  changes_.push_back(PutWaiting{{entry, due_at, wait, verdict.reason}});
  note_attempt(entry, verdict.reason, verdict.words);
}

void Lane::note_attempt(const OwedEntry& entry, const std::string& reason,
                        const std::string& words) {
  changes_.push_back(PutAttempt{entry.id,
                                {.number = entry.attempt_count,
                                 .at = clock_.wall_now(),
                                 .reason = reason,
                                 .words = words.substr(0, kAttemptWordsMax)}});
}

void Lane::park(EntryId id, const Parked& verdict) {
  OwedEntry entry = window_.remove(id);
  if (entry.has_row) changes_.push_back(DropWaiting{id});
  ++entry.attempt_count;
  ParkedRow row{entry, clock_.wall_now(), verdict.reason, verdict.words};
  note_attempt(entry, verdict.reason, verdict.words);
  parked_fresh_[id] = row;
  changes_.push_back(PutParked{std::move(row)});
  backlog_.drop(entry.size_bytes);
  ++parked_count_;
}

void Lane::give_back(std::span<const EntryId> ids) {
  const base::Lock lock(mutex_);
  for (const EntryId id : ids) window_.give_back(id);
  wait_.wake();
}

void Lane::wait(const LaneSlice& slice, base::SteadyTime until, const std::stop_token& stop) {
  const base::Lock lock(mutex_);
  while (true) {
    const base::SteadyTime now = clock_.steady_now();
    const auto outlook = window_.outlook(slice, now);
    if (outlook.claimable || may_load(now)) return;
    if (!wait_.sleep(mutex_, clock_, std::min(until, outlook.next_due), stop)) return;
  }
}

// ── Anyone's ────────────────────────────────────────────────────────────────

LaneStatus Lane::status() const {
  const base::Lock lock(mutex_);
  const auto first = window_.first();
  LaneStatus status = backlog_.status();
  status.parked_count = static_cast<std::uint64_t>(std::max<std::int64_t>(parked_count_, 0));
  status.cursor = first ? EntryId{first->value - 1} : read_to();
  return status;
}

std::optional<EntryId> Lane::first() const {
  const base::Lock lock(mutex_);
  return window_.first();
}

// Above loaded_to_ all is owed, but for what an earlier run has settled.
std::optional<DebtState> Lane::debt(EntryId id) const {
  const base::Lock lock(mutex_);
  if (window_.holds(id) || waiting_above_.contains(id)) return DebtState::kWaiting;
  if (const auto* unwritten = find_unwritten(id)) {
    return *unwritten ? DebtState::kParked : DebtState::kDiscarded;
  }
  if (id > read_to() && !settled_above_.contains(id)) return DebtState::kWaiting;
  return std::nullopt;
}

// All that is owed up to here is held in memory.
EntryId Lane::read_to() const {
  return at_tail_ ? std::max(EntryId{ends_.published.load()}, loaded_to_) : loaded_to_;
}

// Under one lock: an entry that goes from one of these places to another in between would
// be seen in neither.
base::Result<OwedPart, StoreError> Lane::owed_in(EntryId after, EntryId& to,
                                                 ParkedLookup& table) const {
  const base::Lock lock(mutex_);
  OwedPart part;
  auto parked = table.parked_ids(connector_, after, to, kParkedLookedAt);
  if (!parked) return base::fail(parked.error());
  if (parked->size() == kParkedLookedAt) to = parked->back();
  part.ids = std::move(parked).value();
  for (const ParkedChanges* changes : {&parked_fresh_, &parked_writing_}) {
    for (auto each = changes->upper_bound(after); each != changes->end() && each->first <= to;
         ++each) {
      if (each->second) part.ids.push_back(each->first);
    }
  }
  window_.add_ids(after, to, part.ids);
  for (auto each = waiting_above_.upper_bound(after);
       each != waiting_above_.end() && each->first <= to; ++each) {
    part.ids.push_back(each->first);
  }
  part.read_to = read_to();
  part.settled = {settled_above_.upper_bound(after), settled_above_.upper_bound(to)};
  return part;
}

base::Result<bool, StoreError> Lane::release(EntryId id, ParkedLookup& table) {
  const base::Lock lock(mutex_);
  const auto row = find_parked(id, table);
  if (!row) return base::fail(row.error());
  if (!*row) return false;
  take_back((*row)->entry);
  return true;
}

// It is settled from now on, and above the cursor only a row in ahead says so.
base::Result<bool, StoreError> Lane::discard(EntryId id, const Discard& order,
                                             ParkedLookup& table) {
  const base::Lock lock(mutex_);
  auto row = find_parked(id, table);
  if (!row) return base::fail(row.error());
  if (!*row) return false;
  parked_fresh_[id] = std::nullopt;
  changes_.push_back(DropParked{id});
  changes_.push_back(DropAttempts{id});
  changes_.push_back(PutDiscarded{
      {id, clock_.wall_now(), std::move((*row)->reason), order.reason, order.replaced_by}});
  changes_.push_back(PutAhead{id});
  ahead_.insert(id);
  --parked_count_;
  is_dirty_ = true;
  return true;
}

base::Result<std::optional<ParkedRow>, StoreError> Lane::find_parked(EntryId id,
                                                                     ParkedLookup& table) const {
  if (const auto* unwritten = find_unwritten(id)) return *unwritten;
  return table.parked_row(connector_, id);
}

void Lane::take_back(OwedEntry entry) {
  entry.key_hash = released_key(entry.key_hash);
  entry.attempt_count = 0;
  entry.due = base::SteadyTime::min();
  entry.has_row = true;
  parked_fresh_[entry.id] = std::nullopt;
  changes_.push_back(DropParked{entry.id});
  changes_.push_back(DropAttempts{entry.id});
  changes_.push_back(PutWaiting{{entry, clock_.wall_now(), base::Duration::zero(), {}}});
  if (entry.id <= loaded_to_) {
    window_.insert(entry);
  } else {  // parked in an earlier run, and the log has not been read so far yet
    settled_above_.erase(entry.id);
    waiting_above_.emplace(entry.id, entry);
  }
  ahead_.erase(entry.id);  // where it stood parked at the start, without a row there
  backlog_.add(entry.size_bytes);
  --parked_count_;
  is_dirty_ = true;
  wait_.wake();
}

const std::optional<ParkedRow>* Lane::find_unwritten(EntryId id) const {
  for (const ParkedChanges* changes : {&parked_fresh_, &parked_writing_}) {
    const auto found = changes->find(id);
    if (found != changes->end()) return &found->second;
  }
  return nullptr;
}

Lane::ParkedChanges Lane::unwritten_parked() const {
  const base::Lock lock(mutex_);
  ParkedChanges changes = parked_fresh_;
  changes.insert(parked_writing_.begin(), parked_writing_.end());
  return changes;
}

}  // namespace store::sqlite
