#include "store/memory_outbox.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/check.hpp"
#include "base/mutex.hpp"
#include "store/backlog.hpp"
#include "store/lane_wait.hpp"
#include "store/lane_window.hpp"
#include "store/memory_kept.hpp"
#include "store/retry_wait.hpp"
#include "telemetry/metrics.hpp"

namespace store {
namespace {

struct Lane {
  LaneWindow window;
  LaneWait wait;
  std::map<EntryId, ParkedOne> parked;
  std::map<EntryId, std::vector<Attempt>> attempts;
  std::map<EntryId, DiscardedEntry> discarded;
  Backlog backlog;

  explicit Lane(std::string name) : backlog(std::move(name)) {}
};

bool is_owed(const Draft& draft) { return draft.is_stored && !draft.lanes.empty(); }

bool owes_anyone(const Append& append) {
  return std::any_of(append.drafts.begin(), append.drafts.end(), is_owed);
}

class MemoryOutbox final : public Outbox {
 public:
  MemoryOutbox(const base::Clock& clock, MemoryOptions options) : clock_(clock), options_(options) {
    if (options_.dedup) window_.emplace(*options_.dedup);
  }

  base::Result<ConnectorId, StoreError> connector_id(std::string_view name) override;
  void limit_backlog(ConnectorId connector, const BacklogLimit& limit) override;
  void append(std::vector<std::unique_ptr<Append>> batch) override;
  base::Result<std::vector<Claim>, StoreError> claim(const LaneSlice& slice,
                                                     std::size_t count_max) override;
  void settle(ConnectorId connector, std::vector<Settlement> settlements) override;
  void return_claims(ConnectorId connector, std::span<const EntryId> ids) override;
  void wait(const LaneSlice& slice, base::SteadyTime until, std::stop_token stop) override;
  base::Result<bool, StoreError> release(ConnectorId connector, EntryId id) override;
  base::Result<bool, StoreError> discard(ConnectorId connector, EntryId id,
                                         const Discard& order) override;
  base::Result<std::vector<EntryId>, StoreError> give_up(ConnectorId connector,
                                                         std::size_t count_max,
                                                         const Discard& order) override;
  base::Result<std::vector<DiscardedEntry>, StoreError> discarded(ConnectorId connector,
                                                                  EntryId after,
                                                                  std::size_t count_max) override;
  std::vector<Registered> connectors() const override;
  LaneStatus status(ConnectorId connector) const override;
  base::Result<std::optional<OldestEntry>, StoreError> oldest(ConnectorId connector) override;
  base::Result<DebtState, StoreError> debt(ConnectorId connector, EntryId id) override;

  EntryId last() const override { return {last_id_.load()}; }

  base::Result<std::optional<StoredMessage>, StoreError> message(EntryId id) override;
  base::Result<std::vector<StoredMessage>, StoreError> newest(EntryId before,
                                                              std::size_t count_max) override;
  base::Result<std::vector<ParkedEntry>, StoreError> parked(ConnectorId connector, EntryId after,
                                                            std::size_t count_max) override;

  base::Result<std::vector<Attempt>, StoreError> attempts(ConnectorId connector,
                                                          EntryId id) override;

  void close() override { closed_.store(true); }

 private:
  // A message and how many lanes still want it.
  struct Shared {
    KeptRef kept;
    std::size_t owed_count = 0;
  };

  void admit(Append& append);
  void take_in(Append& append);
  void take_in_new(Append& append);
  void admit_owed(Append& append);
  [[nodiscard]] bool has_backlog_room(const Append& append) REQUIRES_LOCK(mutex_);
  void put(EntryId id, const Draft& draft, KeptRef kept) REQUIRES_LOCK(mutex_);
  void put_aside(Lane& lane, OwedEntry entry) REQUIRES_LOCK(mutex_);
  OwedEntry remove(Lane& lane, EntryId id) REQUIRES_LOCK(mutex_);
  void drop_share(EntryId id) REQUIRES_LOCK(mutex_);
  void end(Lane& lane, const Settlement& settlement) REQUIRES_LOCK(mutex_);
  void park(Lane& lane, EntryId id, const Parked& verdict) REQUIRES_LOCK(mutex_);
  void note_attempt(Lane& lane, const OwedEntry& entry, const std::string& reason,
                    const std::string& words) REQUIRES_LOCK(mutex_);
  [[nodiscard]] Lane& lane_of(ConnectorId connector) REQUIRES_LOCK(mutex_);

  const base::Clock& clock_;
  const MemoryOptions options_;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> last_id_{0};

  base::Mutex window_mutex_;  // held over an append: what repeats it waits for its outcome
  std::optional<DedupWindow> window_;

  mutable base::Mutex mutex_;
  std::map<std::string, ConnectorId, std::less<>> connectors_ GUARDED_BY(mutex_);
  // Never erased: lanes stay where they are.
  mutable std::map<ConnectorId, Lane> lanes_ GUARDED_BY(mutex_);
  std::unordered_map<std::uint64_t, Shared> messages_ GUARDED_BY(mutex_);
  std::size_t kept_bytes_ GUARDED_BY(mutex_) = 0;
};

base::Result<ConnectorId, StoreError> MemoryOutbox::connector_id(std::string_view name) {
  const base::Lock lock(mutex_);
  if (const auto known = connectors_.find(name); known != connectors_.end()) return known->second;
  const ConnectorId id{static_cast<std::uint32_t>(connectors_.size() + 1)};
  connectors_.emplace(name, id);
  lanes_.try_emplace(id, std::string(name));
  return id;
}

void MemoryOutbox::limit_backlog(ConnectorId connector, const BacklogLimit& limit) {
  const base::Lock lock(mutex_);
  lane_of(connector).backlog.set_limit(limit);
}

void MemoryOutbox::append(std::vector<std::unique_ptr<Append>> batch) {
  for (const auto& append : batch) admit(*append);
  hand_back(std::move(batch));
}

void MemoryOutbox::admit(Append& append) {
  if (window_) {
    take_in_new(append);
  } else {
    take_in(append);
  }
  if (append.outcome) telemetry::count(telemetry::Counter::kMessagesStored, stored_count(append));
}

void MemoryOutbox::take_in_new(Append& append) {
  const base::Lock lock(window_mutex_);
  EntryId next{last_id_.load() + 1};
  for (Draft& draft : append.drafts) next.value += window_->admit(draft, next) ? 1U : 0U;
  take_in(append);
  if (append.outcome) {
    window_->commit();
  } else {
    window_->roll_back();
  }
}

void MemoryOutbox::take_in(Append& append) {
  if (closed_.load(std::memory_order_relaxed)) return refuse(append, {StoreFault::kClosed, 0});
  if (is_overtaken(append)) return refuse(append, {StoreFault::kOvertaken, 0});
  if (owes_anyone(append)) return admit_owed(append);
  append.outcome = EntryId{last_id_.fetch_add(stored_count(append)) + 1};
}

void MemoryOutbox::admit_owed(Append& append) {
  std::vector<KeptRef> kept;  // copied before the lock is taken
  kept.reserve(append.drafts.size());
  std::size_t size_bytes = 0;
  for (const Draft& draft : append.drafts) {
    kept.push_back(is_owed(draft) ? keep(draft) : nullptr);
    if (is_owed(draft)) size_bytes += draft.payload.size();
  }

  const base::Lock lock(mutex_);
  if (kept_bytes_ + size_bytes > options_.bytes_max) {
    return refuse(append, {StoreFault::kFull, 0});
  }
  if (!has_backlog_room(append)) return refuse(append, {StoreFault::kBacklogFull, 0});
  // Under the lock, so that what a lane is owed comes in order of id.
  EntryId next{last_id_.fetch_add(stored_count(append)) + 1};
  append.outcome = next;
  for (std::size_t index = 0; index < append.drafts.size(); ++index) {
    if (!append.drafts[index].is_stored) continue;
    put(next, append.drafts[index], std::move(kept[index]));
    ++next.value;
  }
}

// Without a writer nothing waits: what is full refuses at once.
bool MemoryOutbox::has_backlog_room(const Append& append) {
  bool has_room = true;
  for (const Draft& draft : append.drafts) {
    if (!draft.is_stored) continue;
    for (const LaneKey& key : draft.lanes) {
      Backlog& backlog = lane_of(key.connector).backlog;
      if (backlog.parks() || !backlog.is_full()) continue;
      if (std::exchange(has_room, false)) backlog.note_refused();
    }
  }
  return has_room;
}

void MemoryOutbox::put(EntryId id, const Draft& draft, KeptRef kept) {
  if (draft.lanes.empty()) return;
  kept_bytes_ += draft.payload.size();
  messages_.emplace(id.value, Shared{std::move(kept), draft.lanes.size()});
  for (const LaneKey& key : draft.lanes) {
    Lane& lane = lane_of(key.connector);
    OwedEntry entry;
    entry.id = id;
    entry.key_hash = key.key_hash;
    entry.joined_hash = key.joined_hash;
    entry.size_bytes = static_cast<std::uint32_t>(draft.payload.size());
    if (lane.backlog.parks() && lane.backlog.is_full()) {
      put_aside(lane, entry);
      continue;
    }
    lane.backlog.add(entry.size_bytes);
    lane.window.push_back(entry);
    lane.wait.wake();
  }
}

void MemoryOutbox::put_aside(Lane& lane, OwedEntry entry) {
  entry.key_hash = kOverflow;
  lane.parked.emplace(entry.id,
                      ParkedOne{entry, clock_.wall_now(), std::string(kOverflowReason), {}});
  lane.backlog.note_overflow();
}

base::Result<std::vector<Claim>, StoreError> MemoryOutbox::claim(const LaneSlice& slice,
                                                                 std::size_t count_max) {
  if (closed_.load()) return base::fail(StoreError{StoreFault::kClosed, 0});
  std::vector<std::pair<OwedEntry, KeptRef>> taken;
  {
    const base::Lock lock(mutex_);
    Lane& lane = lane_of(slice.connector);
    for (const OwedEntry& entry : lane.window.claim(slice, count_max, clock_.steady_now())) {
      taken.emplace_back(entry, messages_.find(entry.id.value)->second.kept);
    }
  }
  std::vector<Claim> claims;
  claims.reserve(taken.size());
  for (const auto& [entry, kept] : taken) claims.push_back(to_claim(entry, *kept));
  return claims;
}

void MemoryOutbox::settle(ConnectorId connector, std::vector<Settlement> settlements) {
  const base::Lock lock(mutex_);
  Lane& lane = lane_of(connector);
  for (const Settlement& settlement : settlements) end(lane, settlement);
  lane.wait.wake();
}

void MemoryOutbox::end(Lane& lane, const Settlement& settlement) {
  if (const auto* retry = std::get_if<Retry>(&settlement.verdict)) {
    const base::Duration wait = retry_wait(clock_, retry->not_before);
    const OwedEntry entry = lane.window.retry(settlement.id, clock_.steady_now() + wait);
    note_attempt(lane, entry, retry->reason, retry->words);
  } else if (const auto* parked = std::get_if<Parked>(&settlement.verdict)) {
    park(lane, settlement.id, *parked);
  } else {
    if (const auto* expired = std::get_if<Expired>(&settlement.verdict)) {
      lane.discarded[settlement.id] = {.id = settlement.id,
                                       .discarded_at = clock_.wall_now(),
                                       .failure = expired->reason,
                                       .reason = std::string(kExpiredReason),
                                       .replaced_by = {}};
    }
    remove(lane, settlement.id);
    lane.attempts.erase(settlement.id);
    drop_share(settlement.id);
  }
}

OwedEntry MemoryOutbox::remove(Lane& lane, EntryId id) {
  const OwedEntry entry = lane.window.remove(id);
  lane.backlog.drop(entry.size_bytes);
  return entry;
}

void MemoryOutbox::park(Lane& lane, EntryId id, const Parked& verdict) {
  ParkedOne one{remove(lane, id), clock_.wall_now(), verdict.reason, verdict.words};
  ++one.entry.attempt_count;
  note_attempt(lane, one.entry, verdict.reason, verdict.words);
  lane.parked.emplace(id, std::move(one));
}

void MemoryOutbox::note_attempt(Lane& lane, const OwedEntry& entry, const std::string& reason,
                                const std::string& words) {
  std::vector<Attempt>& kept = lane.attempts[entry.id];
  if (kept.size() == kAttemptsFirst + kAttemptsLast) kept.erase(kept.begin() + kAttemptsFirst);
  kept.push_back({.number = entry.attempt_count,
                  .at = clock_.wall_now(),
                  .reason = reason,
                  .words = words.substr(0, kAttemptWordsMax)});
}

base::Result<std::vector<Attempt>, StoreError> MemoryOutbox::attempts(ConnectorId connector,
                                                                      EntryId id) {
  const base::Lock lock(mutex_);
  const Lane& lane = lane_of(connector);
  const auto found = lane.attempts.find(id);
  return found == lane.attempts.end() ? std::vector<Attempt>() : found->second;
}

void MemoryOutbox::drop_share(EntryId id) {
  const auto shared = messages_.find(id.value);
  if (--shared->second.owed_count > 0) return;
  kept_bytes_ -= shared->second.kept->message.size();
  messages_.erase(shared);
}

void MemoryOutbox::return_claims(ConnectorId connector, std::span<const EntryId> ids) {
  const base::Lock lock(mutex_);
  Lane& lane = lane_of(connector);
  for (const EntryId id : ids) lane.window.give_back(id);
  lane.wait.wake();
}

void MemoryOutbox::wait(const LaneSlice& slice, base::SteadyTime until, std::stop_token stop) {
  const base::Lock lock(mutex_);
  Lane& lane = lane_of(slice.connector);
  while (true) {
    const auto outlook = lane.window.outlook(slice, clock_.steady_now());
    if (outlook.claimable) return;
    if (!lane.wait.sleep(mutex_, clock_, std::min(until, outlook.next_due), stop)) return;
  }
}

base::Result<bool, StoreError> MemoryOutbox::release(ConnectorId connector, EntryId id) {
  const base::Lock lock(mutex_);
  Lane& lane = lane_of(connector);
  const auto found = lane.parked.find(id);
  if (found == lane.parked.end()) return false;
  OwedEntry entry = found->second.entry;
  entry.key_hash = released_key(entry.key_hash);
  entry.attempt_count = 0;
  entry.due = base::SteadyTime::min();
  lane.parked.erase(found);
  lane.attempts.erase(id);
  lane.backlog.add(entry.size_bytes);
  lane.window.insert(entry);
  lane.wait.wake();
  return true;
}

base::Result<bool, StoreError> MemoryOutbox::discard(ConnectorId connector, EntryId id,
                                                     const Discard& order) {
  const base::Lock lock(mutex_);
  Lane& lane = lane_of(connector);
  const auto found = lane.parked.find(id);
  if (found == lane.parked.end()) return false;
  lane.discarded[id] = {.id = id,
                        .discarded_at = clock_.wall_now(),
                        .failure = found->second.reason,
                        .reason = order.reason,
                        .replaced_by = order.replaced_by};
  lane.parked.erase(found);
  lane.attempts.erase(id);
  drop_share(id);
  return true;
}

base::Result<std::vector<EntryId>, StoreError> MemoryOutbox::give_up(ConnectorId connector,
                                                                     std::size_t count_max,
                                                                     const Discard& order) {
  const base::Lock lock(mutex_);
  Lane& lane = lane_of(connector);
  std::vector<EntryId> ids;
  for (const OwedEntry& entry : lane.window.take_waiting(count_max)) {
    lane.discarded[entry.id] = {.id = entry.id,
                                .discarded_at = clock_.wall_now(),
                                .failure = std::string(kGivenUpFailure),
                                .reason = order.reason,
                                .replaced_by = order.replaced_by};
    lane.backlog.drop(entry.size_bytes);
    lane.attempts.erase(entry.id);
    drop_share(entry.id);
    ids.push_back(entry.id);
  }
  lane.wait.wake();
  return ids;
}

base::Result<std::vector<DiscardedEntry>, StoreError> MemoryOutbox::discarded(
    ConnectorId connector, EntryId after, std::size_t count_max) {
  const base::Lock lock(mutex_);
  const Lane& lane = lane_of(connector);
  std::vector<DiscardedEntry> entries;
  for (auto at = lane.discarded.upper_bound(after); at != lane.discarded.end(); ++at) {
    if (entries.size() == count_max) break;
    entries.push_back(at->second);
  }
  return entries;
}

std::vector<Registered> MemoryOutbox::connectors() const {
  const base::Lock lock(mutex_);
  std::vector<Registered> all;
  for (const auto& [name, id] : connectors_) all.push_back({id, name});
  std::ranges::sort(all, {}, &Registered::id);
  return all;
}

base::Result<std::optional<OldestEntry>, StoreError> MemoryOutbox::oldest(ConnectorId connector) {
  const base::Lock lock(mutex_);
  const auto first = lane_of(connector).window.first();
  if (!first) return std::optional<OldestEntry>();
  const auto found = messages_.find(first->value);
  return std::optional<OldestEntry>(OldestEntry{*first, found->second.kept->received_at});
}

base::Result<DebtState, StoreError> MemoryOutbox::debt(ConnectorId connector, EntryId id) {
  const base::Lock lock(mutex_);
  const Lane& lane = lane_of(connector);
  if (lane.window.holds(id)) return DebtState::kWaiting;
  if (lane.parked.contains(id)) return DebtState::kParked;
  return lane.discarded.contains(id) ? DebtState::kDiscarded : DebtState::kDelivered;
}

base::Result<std::optional<StoredMessage>, StoreError> MemoryOutbox::message(EntryId id) {
  const base::Lock lock(mutex_);
  const auto found = messages_.find(id.value);
  if (found == messages_.end()) return std::optional<StoredMessage>();
  return std::optional<StoredMessage>(to_stored(id, *found->second.kept, Octets::kWith));
}

base::Result<std::vector<StoredMessage>, StoreError> MemoryOutbox::newest(EntryId before,
                                                                          std::size_t count_max) {
  const base::Lock lock(mutex_);
  std::vector<std::uint64_t> ids;
  for (const auto& [id, shared] : messages_) {
    if (before.value == 0 || id < before.value) ids.push_back(id);
  }
  std::ranges::sort(ids, std::greater<>());
  std::vector<StoredMessage> found;
  for (const std::uint64_t id : ids) {
    if (found.size() == count_max) break;
    found.push_back(to_stored({id}, *messages_.find(id)->second.kept, Octets::kWithout));
  }
  return found;
}

LaneStatus MemoryOutbox::status(ConnectorId connector) const {
  const base::Lock lock(mutex_);
  const auto found = lanes_.find(connector);
  CHECK(found != lanes_.end());
  const Lane& lane = found->second;
  const auto first = lane.window.first();
  // No append that holds debts is half way: both happen under the lock.
  const EntryId cursor{first ? first->value - 1 : last_id_.load()};
  LaneStatus status = lane.backlog.status();
  status.parked_count = lane.parked.size();
  status.cursor = cursor;
  return status;
}

base::Result<std::vector<ParkedEntry>, StoreError> MemoryOutbox::parked(ConnectorId connector,
                                                                        EntryId after,
                                                                        std::size_t count_max) {
  const base::Lock lock(mutex_);
  std::vector<ParkedEntry> entries;
  const Lane& lane = lane_of(connector);
  auto at = lane.parked.upper_bound(after);
  for (; at != lane.parked.end() && entries.size() < count_max; ++at) {
    entries.push_back(to_parked_entry(at->second, *messages_.find(at->first.value)->second.kept));
  }
  return entries;
}

Lane& MemoryOutbox::lane_of(ConnectorId connector) {
  CHECK(lanes_.contains(connector));
  return lanes_.find(connector)->second;
}

}  // namespace

std::unique_ptr<Outbox> make_memory_outbox(const base::Clock& clock, MemoryOptions options) {
  return std::make_unique<MemoryOutbox>(clock, options);
}

}  // namespace store
