#include "store/sqlite/writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/segment.hpp"
#include "store/sqlite/wal_extent.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace store::sqlite {
namespace {

using telemetry::Counter;
using telemetry::Level;

constexpr std::size_t kSettleCount = 256;
constexpr std::uint64_t kProgressEvery = 4096;  // entries: what a start has to count at most
constexpr std::uint64_t kSpareExtents = 8;  // of a full log: what must be free to give it its size
constexpr base::Duration kLinger = std::chrono::microseconds(150);
constexpr base::Duration kLookAsideEvery = std::chrono::milliseconds(10);
constexpr base::Duration kSegmentRetryEvery = std::chrono::seconds(1);

std::int64_t seconds_of(base::WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

base::SteadyTime now() { return base::Clock::system().steady_now(); }

// Where segments are small, the log before each is no larger than they are.
int checkpoint_pages(const SqliteOptions& options) {
  constexpr std::uint64_t kLeast = 64;
  const std::uint64_t pages = std::max(kLeast, options.segment_bytes / kPageBytes);
  return static_cast<int>(
      std::min(pages, static_cast<std::uint64_t>(std::max(0, options.checkpoint_pages))));
}

// True for an append that was refused when its group was being written.
bool was_overtaken(const Append& append) {
  return !append.outcome && append.outcome.error().fault == StoreFault::kOvertaken;
}

}  // namespace

Writer::Writer(const SqliteOptions& options, Place place, std::unique_ptr<LogWriter> log,
               const Sources& sources)
    : options_(options),
      checkpoint_pages_(checkpoint_pages(options)),
      place_(std::move(place)),
      readers_(sources.readers),
      lanes_(sources.lanes),
      ends_(sources.ends),
      room_(sources.room),
      known_(sources.known),
      log_(std::move(log)),
      all_flushed_to_(log_->last()),
      thread_([this] { run(); }) {}

// ── From any thread ─────────────────────────────────────────────────────────

// The writer is woken when the lock is gone, or it would wake only to wait for it.
void Writer::append(Appends batch) {
  bool is_refused = false;
  bool is_asleep = false;
  {
    const base::Lock lock(mutex_);
    is_refused = is_closing_;
    is_asleep = is_asleep_;
    if (!is_refused) std::move(batch.begin(), batch.end(), std::back_inserter(incoming_));
    has_news_.store(true);
  }
  if (is_asleep) changed_.notify_one();
  if (!is_refused) return;
  for (const auto& append : batch) refuse(*append, {StoreFault::kClosed, 0});
  hand_back(std::move(batch));
}

void Writer::note_settled(std::size_t count) {
  bool is_cause = false;
  {
    const base::Lock lock(mutex_);
    settled_count_ += count;
    const bool is_first = !flush_at_;
    if (is_first) flush_at_ = now() + options_.settle_within;
    is_cause = is_asleep_ && (is_first || settled_count_ >= kSettleCount);
  }
  if (is_cause) changed_.notify_one();
}

std::optional<StoreError> Writer::refusal() const {
  const base::Lock lock(mutex_);
  if (fatal_) return fatal_;
  if (is_closing_) return StoreError{StoreFault::kClosed, 0};
  return std::nullopt;
}

void Writer::fail_for_good(const StoreError& error) {
  {
    const base::Lock lock(mutex_);
    if (fatal_) return;
    fatal_ = error;
    changed_.notify_one();
  }
  telemetry::log(Level::kCritical, "store_sync_failed", {{"errno", error.os_error}});
  options_.on_fatal(error);
}

bool Writer::carry_out(Order order) {
  const base::Lock lock(mutex_);
  if (has_ended_) return false;
  orders_.push_back(&order);
  changed_.notify_one();
  while (!order.is_done) carried_out_.wait(mutex_);
  return !order.has_failed;
}

void Writer::close() {
  const base::Lock join_lock(join_mutex_);
  {
    const base::Lock lock(mutex_);
    is_closing_ = true;
    has_news_.store(true);
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

// ── The thread ──────────────────────────────────────────────────────────────

void Writer::run() {
  static_cast<void>(pthread_setname_np(pthread_self(), "store"));
  extend_wal();
  while (next_turn()) {
    commit_next();
    keep_lanes();
    tidy_up();
    do_orders();
  }
  finish();
}

// Sleeps until there is something to do; false when it was the last.
bool Writer::next_turn() {
  if (std::exchange(has_committed_, false)) linger();
  Appends arrived;
  bool is_closing = false;
  {
    const base::Lock lock(mutex_);
    sleep_until_due();
    arrived.swap(incoming_);
    has_news_.store(false);
    is_closing = is_closing_;
  }
  line_.push(std::move(arrived));
  return !is_closing || !line_.empty() || line_.has_aside();
}

// Behind a commit the next message is near, its sender having its answer now. To be woken
// for it would take longer than to look out for it; whoever wants the core gets it.
void Writer::linger() const noexcept {
  const base::SteadyTime until = now() + kLinger;
  while (!has_news_.load(std::memory_order_acquire) && now() < until) std::this_thread::yield();
}

void Writer::sleep_until_due() {
  while (!has_cause()) {
    std::optional<base::SteadyTime> until = flush_at_;
    if (retry_at_) until = until ? std::min(*until, *retry_at_) : *retry_at_;
    if (line_.has_aside()) until = until ? std::min(*until, look_aside_at_) : look_aside_at_;
    if (until && *until <= now()) return;
    is_asleep_ = true;
    if (until) {
      changed_.wait_until(mutex_, *until);
    } else {
      changed_.wait(mutex_);
    }
    is_asleep_ = false;
  }
}

// What arrives while a failed commit waits for its next try waits behind it.
bool Writer::has_cause() const {
  if (is_closing_ || !orders_.empty()) return true;
  if (settled_count_ >= kSettleCount && !lanes_failed_) return true;
  return (!retry_at_ || fatal_) && (!incoming_.empty() || !line_.empty());
}

// ── Appends ─────────────────────────────────────────────────────────────────

void Writer::commit_next() {
  if (const auto refused = fatal()) return hand_back(line_.refuse_all(*refused));
  look_aside();
  if (line_.empty() || (retry_at_ && now() < *retry_at_ && !is_closing())) return;
  Appends group = take_group();
  if (group.empty()) return;
  const EntryId before = log_->last();
  const Status committed = commit(group);
  if (!committed) return hold(std::move(group), committed.error());
  retry_at_.reset();
  conclude(std::move(group), before);
  has_committed_ = true;
}

// Those for which a backlog had no room: now there may be some, or they give up.
void Writer::look_aside() {
  const bool is_end = is_closing();
  if (!line_.has_aside() || (now() < look_aside_at_ && !is_end)) return;
  const base::SteadyTime at = is_end ? base::SteadyTime::max() : options_.clock->steady_now();
  Appends refused = line_.end_aside(at, {StoreFault::kBacklogFull, 0});
  for (const auto& append : refused) {
    if (!was_overtaken(*append)) lanes_.note_refused(*append);
  }
  lanes_.begin_waits();
  hand_back(std::move(refused));
}

Appends Writer::take_group() {
  if (!lanes_.has_limits()) return line_.take_group([](const Append&) { return true; });
  const bool had_aside = line_.has_aside();
  lanes_.begin_group();
  Appends group = line_.take_group([this](Append& append) {
    return (known_ != nullptr && known_->window().knows_all(append)) || lanes_.admit(append);
  });
  if (!had_aside) look_aside_at_ = now() + kLookAsideEvery;
  return group;
}

Status Writer::commit(const Appends& group) {
  static_cast<void>(TRY(check_room()));
  if (options_.before_commit_for_test) options_.before_commit_for_test();
  const std::uint64_t bytes_before = log_->size_bytes();
  const Status committed = insert_and_commit(group);
  if (!committed) roll_back();
  room_.note_growth(log_->size_bytes() - bytes_before);
  last_bytes_.store(log_->size_bytes());
  return committed;
}

void Writer::roll_back() {
  log_->roll_back();
  if (known_ != nullptr) known_->window().roll_back();
}

// Only appends ask: what settles, tidies up and so makes room goes on below it.
Status Writer::check_room() const {
  if (room_.is_full()) {
    room_.ask();
    return base::fail(StoreError{StoreFault::kFull, 0});
  }
  if (options_.min_free_bytes == 0) return base::Done{};
  const auto free_bytes = place_.disk->free_bytes(place_.layout.root());
  const bool has_room = !free_bytes || *free_bytes >= options_.min_free_bytes;
  if (!has_room) return base::fail(StoreError{StoreFault::kFull, 0});
  return base::Done{};
}

Status Writer::insert_and_commit(const Appends& group) {
  for (const auto& append : group) {
    if (is_overtaken(*append)) {
      refuse(*append, {StoreFault::kOvertaken, 0});
      continue;
    }
    static_cast<void>(TRY(insert(*append)));
  }
  if (known_ != nullptr && !known_->window().staged().empty()) {
    static_cast<void>(TRY(log_->insert_known(known_->staged_blob())));
  }
  return log_->commit();
}

// What came before is not stored again: it shares the commit, and so the outcome.
Status Writer::insert(Append& append) {
  for (Draft& draft : append.drafts) {
    if (known_ != nullptr && !known_->window().admit(draft, log_->next())) continue;
    static_cast<void>(TRY(log_->insert(draft)));
  }
  return base::Done{};
}

// The commit has returned: only now is what it holds ours, and only now do the
// lanes and the senders hear of it.
void Writer::conclude(Appends group, EntryId before) {
  publish(group, before);
  EntryId next{before.value + 1};
  for (const auto& append : group) {
    if (was_overtaken(*append)) continue;
    append->outcome = next;
    next.value += stored_count(*append);
    if (known_ != nullptr) read_earlier_answers(*append);
  }
  if (known_ != nullptr) known_->window().commit();
  telemetry::count(Counter::kStoreCommits);
  telemetry::count(Counter::kMessagesStored, next.value - before.value - 1);
  telemetry::observe(telemetry::Histogram::kGroupMessages, next.value - before.value - 1);
  if (has_failed_) telemetry::set(telemetry::Gauge::kStoreFailedAt, std::nullopt);
  has_failed_ = false;
  hand_back(std::move(group));
}

// Few: nearly all answers are a plain code. One that cannot be read any more is left out.
void Writer::read_earlier_answers(Append& append) const {
  for (Draft& draft : append.drafts) {
    Recognition& seen = draft.recognition;
    if (!seen.is_answer_in_log) continue;
    const EntryId before{seen.earlier.value - 1};
    const auto read = readers_.facts(before, seen.earlier, 1, [&seen](const LogFacts& line) {
      seen.answer = base::as_text(line.facts.answer);
    });
    if (!read) tell("store_answer_unreadable", read.error());
  }
}

void Writer::publish(const Appends& group, EntryId before) {
  EntryId id = before;
  for (const auto& append : group) {
    if (was_overtaken(*append)) continue;
    for (const Draft& draft : append->drafts) {
      if (!draft.is_stored) continue;
      ++id.value;
      for (const LaneKey& key : draft.lanes) stage(id, key, draft.payload.size());
    }
  }
  ends_.committed.store(id.value);
  std::size_t put_aside_count = 0;
  for (Lane* const lane : touched_) put_aside_count += lane->publish();
  if (put_aside_count > 0) note_settled(put_aside_count);
  touched_.clear();
  ends_.published.store(id.value);
}

void Writer::stage(EntryId id, const LaneKey& key, std::size_t size_bytes) {
  Lane& lane = lanes_.lane(key.connector);
  if (!lane.has_staged()) touched_.push_back(&lane);
  OwedEntry entry;
  entry.id = id;
  entry.key_hash = key.key_hash;
  entry.joined_hash = key.joined_hash;
  entry.size_bytes = static_cast<std::uint32_t>(size_bytes);
  lane.stage(entry);
}

void Writer::hold(Appends group, const StoreError& error) {
  telemetry::count(Counter::kStoreFailures);
  has_failed_ = true;
  telemetry::set(telemetry::Gauge::kStoreFailedAt, seconds_of(options_.clock->wall_now()));
  line_.put_back(std::move(group));
  if (error.fault == StoreFault::kSyncFailed) {
    fail_for_good(error);
    return hand_back(line_.refuse_all(error));
  }
  if (!retry_at_) tell("store_append_failed", error);
  if (error.fault == StoreFault::kDamaged || is_closing()) {
    return hand_back(line_.refuse_all(error));
  }
  hand_back(line_.expire(options_.clock->steady_now(), error));
  // With nobody left to wait, the next that comes is tried at once.
  retry_at_.reset();
  if (!line_.empty()) retry_at_ = now() + options_.retry_every;
}

// ── Between commits ─────────────────────────────────────────────────────────

void Writer::keep_lanes() {
  const bool is_time = take_flush_order();
  const EntryId last = log_->last();
  const bool log_went_on = last.value - all_flushed_to_.value >= kProgressEvery;
  if (fatal() || !(is_time || (log_went_on && !lanes_failed_))) return;
  const Status flushed =
      lanes_.flush(log_went_on ? Lane::Extent::kAlways : Lane::Extent::kIfSettled);
  if (flushed && log_went_on) all_flushed_to_ = last;
  if (!flushed && !lanes_failed_) tell("store_settle_failed", flushed.error());
  lanes_failed_ = !flushed;
  if (!flushed) return order_flush(options_.retry_every, flushed.error());
  if (options_.after_settling_for_test) options_.after_settling_for_test();
}

// True if it is time to write settlements down; they are then no longer waited for.
bool Writer::take_flush_order() {
  const base::Lock lock(mutex_);
  const bool is_time = flush_at_ && *flush_at_ <= now();
  const bool are_many = settled_count_ >= kSettleCount && !lanes_failed_;
  if (!is_time && !are_many) return false;
  flush_at_.reset();
  settled_count_ = 0;
  return true;
}

void Writer::order_flush(base::Duration wait, const StoreError& error) {
  if (error.fault == StoreFault::kSyncFailed) return fail_for_good(error);
  const base::Lock lock(mutex_);
  flush_at_ = now() + wait;
}

void Writer::tidy_up() {
  if (fatal()) return;
  note(log_->checkpoint_beyond(checkpoint_pages_));
  note(lanes_.checkpoint_beyond(checkpoint_pages_ / 4));
  if (segment_is_full() && now() >= segment_retry_at_) static_cast<void>(begin_segment());
}

void Writer::do_orders() {
  std::vector<Order*> orders;
  {
    const base::Lock lock(mutex_);
    if (orders_.empty()) return;
    orders.swap(orders_);
  }
  const bool settles = std::ranges::any_of(orders, &Order::settles);
  const bool begins = std::ranges::any_of(orders, &Order::begins_segment);
  bool has_settled = !fatal();
  if (settles && has_settled) {
    const Status flushed = lanes_.flush(Lane::Extent::kAlways);
    note(flushed);
    has_settled = flushed.has_value();
  }
  const bool is_empty = log_->last() < log_->facts().first;
  const bool has_begun = begins && !fatal() && (is_empty || begin_segment());
  const base::Lock lock(mutex_);
  for (Order* const order : orders) {
    order->has_failed = (order->settles && !has_settled) || (order->begins_segment && !has_begun);
    order->is_done = true;
  }
  carried_out_.notify_all();
}

bool Writer::segment_is_full() const {
  if (log_->last() < log_->facts().first) return false;  // nothing in it
  if (log_->size_bytes() >= options_.segment_bytes) return true;
  return options_.clock->wall_now() - log_->facts().created_at >= options_.segment_age;
}

bool Writer::begin_segment() {
  note(log_->checkpoint_beyond(0));
  const SegmentNumber number{log_->number().value + 1};
  const EntryId first = log_->next();
  auto opened = LogWriter::open(
      place_, number, [first] { return first; }, options_.clock->wall_now());
  if (!opened) {
    segment_retry_at_ = now() + kSegmentRetryEvery;
    note(base::fail(opened.error().error));
    return false;
  }
  readers_.add(number, first);
  log_ = std::make_unique<LogWriter>(std::move(opened).value());
  last_bytes_.store(0);
  extend_wal();
  return true;
}

// It is faster for it, and that is all: where room is short, the log grows as it must.
void Writer::extend_wal() {
  const std::int64_t bytes = wal_bytes(checkpoint_pages_);
  const auto free_bytes = place_.disk->free_bytes(place_.layout.root());
  const std::uint64_t wanted =
      options_.min_free_bytes + kSpareExtents * static_cast<std::uint64_t>(bytes);
  if (free_bytes && *free_bytes < wanted) return;
  note(log_->extend_wal(checkpoint_pages_));
}

void Writer::finish() {
  if (!fatal()) note(lanes_.flush(Lane::Extent::kAlways));
  do_orders();
  const base::Lock lock(mutex_);
  has_ended_ = true;
  for (Order* const order : orders_) order->has_failed = order->is_done = true;
  orders_.clear();
  carried_out_.notify_all();
}

void Writer::note(const Status& status) {
  if (status) return;
  if (status.error().fault == StoreFault::kSyncFailed) return fail_for_good(status.error());
  tell("store_upkeep_failed", status.error());
}

void Writer::tell(std::string_view event, const StoreError& error) {
  telemetry::log(Level::kError, event,
                 {{"fault", to_string(error.fault)}, {"errno", error.os_error}});
}

std::optional<StoreError> Writer::fatal() const {
  const base::Lock lock(mutex_);
  return fatal_;
}

bool Writer::is_closing() const {
  const base::Lock lock(mutex_);
  return is_closing_;
}

}  // namespace store::sqlite
