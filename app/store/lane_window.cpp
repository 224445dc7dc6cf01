#include "store/lane_window.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace store {
namespace {

bool in_slice(const LaneSlice& slice, std::uint64_t key_hash) noexcept {
  return slice.count <= 1 || key_hash % slice.count == slice.index;
}

// Whether it names one key.
bool is_key(std::uint64_t joined_hash) noexcept {
  return joined_hash != kJoinsNone && joined_hash != kJoinsAll;
}

}  // namespace

void LaneWindow::push_back(const OwedEntry& entry) {
  CHECK(slots_.empty() || slots_.back().entry.id < entry.id);
  slots_.push_back({entry, State::kWaiting});
  arrive(entry);
}

void LaneWindow::insert(const OwedEntry& entry) {
  const auto place = at_or_behind(entry.id);
  if (place != slots_.end() && place->entry.id == entry.id) {
    CHECK(place->state == State::kGone);
    *place = {entry, State::kWaiting};
  } else {
    slots_.insert(place, {entry, State::kWaiting});
  }
  arrive(entry);
}

void LaneWindow::arrive(const OwedEntry& entry) {
  for_keys(entry, [this](std::uint64_t hash) { ++keys_[hash].live_count; });
  ++live_count_;
}

// The keys whose order the entry keeps and that can be named.
template <class Change>
void LaneWindow::for_keys(const OwedEntry& entry, Change change) {
  change(entry.key_hash);
  if (is_key(entry.joined_hash)) change(entry.joined_hash);
}

template <class Take>
base::SteadyTime LaneWindow::walk(const LaneSlice& slice, base::SteadyTime now, Take take) {
  base::SteadyTime next_due = base::SteadyTime::max();
  ++pass_;
  for (Slot& slot : slots_) {
    const OwedEntry& entry = slot.entry;
    if (slot.state == State::kGone) continue;
    if (!in_slice(slice, entry.key_hash)) {
      if (bar(entry)) break;
      continue;
    }
    Key& key = meet(entry.key_hash);
    if (!key.blocked && is_barred(entry)) key.blocked = true;
    if (!key.blocked && entry.due > now) {
      key.blocked = true;
      next_due = std::min(next_due, entry.due);
    }
    if (key.blocked) {
      if (bar(entry) || keys_.size() == 1) break;
      continue;
    }
    if (!take(slot)) break;
  }
  return next_due;
}

// The key, for this walk.
LaneWindow::Key& LaneWindow::meet(std::uint64_t key_hash) {
  Key& key = keys_.find(key_hash)->second;
  if (key.seen_pass != pass_) {
    key.seen_pass = pass_;
    key.blocked = key.in_flight_count > 0;
  }
  return key;
}

// An entry that stays: what is younger in the key that it joins waits for it. True
// if that is everything.
bool LaneWindow::bar(const OwedEntry& entry) {
  if (is_key(entry.joined_hash)) meet(entry.joined_hash).blocked = true;
  return entry.joined_hash == kJoinsAll;
}

// Whether anything older of the key that it joins is still here. Linear in what is
// older; entries that join keys are rare.
bool LaneWindow::is_barred(const OwedEntry& entry) const {
  if (entry.joined_hash == kJoinsNone) return false;
  for (const Slot& slot : slots_) {
    if (slot.entry.id == entry.id) return false;
    if (slot.state != State::kGone && stands_behind(entry, slot)) return true;
  }
  return false;
}

bool LaneWindow::stands_behind(const OwedEntry& entry, const Slot& earlier) const {
  const OwedEntry& other = earlier.entry;
  return entry.joined_hash == kJoinsAll || other.joined_hash == kJoinsAll ||
         other.key_hash == entry.joined_hash || other.joined_hash == entry.joined_hash;
}

std::vector<OwedEntry> LaneWindow::claim(const LaneSlice& slice, std::size_t count_max,
                                         base::SteadyTime now) {
  std::vector<OwedEntry> claimed;
  std::size_t size_bytes = 0;
  walk(slice, now, [&](Slot& slot) {
    size_bytes += slot.entry.size_bytes;
    if (claimed.size() == count_max) return false;
    if (!claimed.empty() && size_bytes > kClaimBytesMax) return false;
    slot.state = State::kInFlight;
    for_keys(slot.entry,
             [this](std::uint64_t hash) { ++keys_.find(hash)->second.in_flight_count; });
    claimed.push_back(slot.entry);
    return true;
  });
  return claimed;
}

LaneWindow::Outlook LaneWindow::outlook(const LaneSlice& slice, base::SteadyTime now) {
  Outlook outlook;
  outlook.next_due = walk(slice, now, [&outlook](const Slot&) {
    outlook.claimable = true;
    return false;
  });
  return outlook;
}

bool LaneWindow::is_shut(base::SteadyTime now) const {
  if (keys_.size() != 1 || keys_.begin()->first != 0) return false;
  if (keys_.begin()->second.in_flight_count > 0) return true;
  const auto head = std::find_if(slots_.begin(), slots_.end(),
                                 [](const Slot& slot) { return slot.state != State::kGone; });
  return head != slots_.end() && head->entry.due > now;
}

OwedEntry LaneWindow::remove(EntryId id) {
  Slot& slot = in_flight(id);
  leave_flight(slot);
  const OwedEntry entry = slot.entry;
  leave(slot);
  sweep();
  return entry;
}

// It is not in flight.
void LaneWindow::leave(Slot& slot) {
  slot.state = State::kGone;
  for_keys(slot.entry, [this](std::uint64_t hash) {
    const auto key = keys_.find(hash);
    if (--key->second.live_count == 0) keys_.erase(key);
  });
  --live_count_;
}

std::vector<OwedEntry> LaneWindow::take_waiting(std::size_t count_max) {
  std::vector<OwedEntry> taken;
  for (Slot& slot : slots_) {
    if (taken.size() == count_max) break;
    if (slot.state != State::kWaiting) continue;
    taken.push_back(slot.entry);
    leave(slot);
  }
  sweep();
  return taken;
}

OwedEntry LaneWindow::retry(EntryId id, base::SteadyTime due) {
  Slot& slot = in_flight(id);
  leave_flight(slot);
  slot.entry.due = due;
  slot.entry.has_row = true;
  ++slot.entry.attempt_count;
  return slot.entry;
}

void LaneWindow::give_back(EntryId id) { leave_flight(in_flight(id)); }

std::optional<EntryId> LaneWindow::first() const {
  for (const Slot& slot : slots_) {
    if (slot.state != State::kGone) return slot.entry.id;
  }
  return std::nullopt;
}

std::optional<EntryId> LaneWindow::first_without_row() const {
  for (const Slot& slot : slots_) {
    if (slot.state != State::kGone && !slot.entry.has_row) return slot.entry.id;
  }
  return std::nullopt;
}

std::vector<OwedEntry> LaneWindow::take_rows_up_to(EntryId last, std::size_t count_max) {
  std::vector<OwedEntry> taken;
  for (Slot& slot : slots_) {
    if (slot.entry.id > last || taken.size() == count_max) break;
    if (slot.state == State::kGone || slot.entry.has_row) continue;
    slot.entry.has_row = true;
    taken.push_back(slot.entry);
  }
  return taken;
}

LaneWindow::Slots::iterator LaneWindow::at_or_behind(EntryId id) {
  return std::lower_bound(slots_.begin(), slots_.end(), id,
                          [](const Slot& slot, EntryId wanted) { return slot.entry.id < wanted; });
}

bool LaneWindow::holds(EntryId id) const {
  const auto found =
      std::lower_bound(slots_.begin(), slots_.end(), id,
                       [](const Slot& slot, EntryId wanted) { return slot.entry.id < wanted; });
  return found != slots_.end() && found->entry.id == id && found->state != State::kGone;
}

void LaneWindow::add_ids(EntryId after, EntryId to, std::vector<EntryId>& ids) const {
  const auto first =
      std::upper_bound(slots_.begin(), slots_.end(), after,
                       [](EntryId wanted, const Slot& slot) { return wanted < slot.entry.id; });
  for (auto slot = first; slot != slots_.end() && slot->entry.id <= to; ++slot) {
    if (slot->state != State::kGone) ids.push_back(slot->entry.id);
  }
}

LaneWindow::Total LaneWindow::total_up_to(EntryId last) const {
  Total total;
  for (const Slot& slot : slots_) {
    if (slot.entry.id > last) break;
    if (slot.state == State::kGone) continue;
    ++total.count;
    total.size_bytes += slot.entry.size_bytes;
  }
  return total;
}

LaneWindow::Slot& LaneWindow::in_flight(EntryId id) {
  const auto found = at_or_behind(id);
  CHECK(found != slots_.end() && found->entry.id == id && found->state == State::kInFlight);
  return *found;
}

void LaneWindow::leave_flight(Slot& slot) {
  slot.state = State::kWaiting;
  for_keys(slot.entry, [this](std::uint64_t hash) { --keys_.find(hash)->second.in_flight_count; });
}

// Drops those gone at the front at once, those in between when they are the most.
void LaneWindow::sweep() {
  constexpr std::size_t kWorthwhile = 1024;
  while (!slots_.empty() && slots_.front().state == State::kGone) slots_.pop_front();
  if (slots_.size() < kWorthwhile || slots_.size() < 2 * live_count_) return;
  std::erase_if(slots_, [](const Slot& slot) { return slot.state == State::kGone; });
}

}  // namespace store
