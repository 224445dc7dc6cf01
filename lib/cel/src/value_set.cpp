#include "value_set.hpp"

#include <algorithm>
#include <new>

#include "cel/collections.hpp"
#include "cel/compare.hpp"

namespace cel {

namespace {
constexpr std::uint64_t kStepsOfItem = 8;
}  // namespace

bool ValueSet::contains(const Value& value) const { return contains(value, hash(value)); }

bool ValueSet::contains(const Value& value, std::uint64_t hash) const {
  if (capacity_ == 0) return false;
  for (std::uint32_t at = buckets_[hash & (capacity_ - 1)]; at != 0; at = entries_[at - 1].next) {
    const Entry& entry = entries_[at - 1];
    if (!arena_.spend(kStepsOfItem)) return false;
    if (entry.hash == hash && equal(entry.value, value, arena_)) return true;
  }
  return false;
}

bool ValueSet::grow() noexcept {
  const std::size_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
  auto* const entries = arena_.allocate_array<Entry>(capacity);
  auto* const buckets = arena_.allocate_array<std::uint32_t>(capacity);
  if (entries == nullptr || buckets == nullptr) return false;
  std::fill_n(buckets, capacity, 0U);
  for (std::size_t index = 0; index < count_; ++index) {
    std::uint32_t& bucket = buckets[entries_[index].hash & (capacity - 1)];
    new (&entries[index]) Entry{entries_[index].value, entries_[index].hash, bucket};
    bucket = static_cast<std::uint32_t>(index + 1);
  }
  entries_ = entries;
  buckets_ = buckets;
  capacity_ = capacity;
  return true;
}

ValueSet::Added ValueSet::add(const Value& value) {
  const std::uint64_t code = hash(value);
  if (contains(value, code)) return Added::kKnown;
  if (arena_.is_spent()) return Added::kNoMemory;
  if (count_ == capacity_ && !grow()) return Added::kNoMemory;
  std::uint32_t& bucket = buckets_[code & (capacity_ - 1)];
  new (&entries_[count_]) Entry{value, code, bucket};
  bucket = static_cast<std::uint32_t>(++count_);
  return Added::kNew;
}

std::optional<Value> ValueSet::add_all(const Value& list) {
  const std::size_t count = list_size(list);
  for (std::size_t index = 0; index < count; ++index) {
    const Value item = list_at(list, index, arena_);
    if (item.is_error()) return item;
    if (add(item) == Added::kNoMemory) return Value::error(Fault::kMemoryLimit);
  }
  return std::nullopt;
}

}  // namespace cel
