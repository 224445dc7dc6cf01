#include "cel/collections.hpp"

#include <algorithm>
#include <new>

#include "cel/compare.hpp"
#include "same_text.hpp"

namespace cel {

namespace {

// Up to here a map is searched from front to back, which is as fast as a hash.
constexpr std::size_t kUnindexedMax = 8;

constexpr std::size_t kOctetsHashedPerStep = 4;

// Arena::exhausted stays set, so the end tells of what was dropped in between.
Value finish_or_fail(const Arena& arena, const Value& value) noexcept {
  return arena.exhausted() ? Value::error(Fault::kMemoryLimit) : value;
}

bool same_key(const Value& stored, const Value& key) noexcept {
  return compare(stored, key) == Order::kEqual;
}

}  // namespace

const Value* MapNode::find_string(const Value& key, std::uint64_t key_hash) const noexcept {
  return StringSearch::find(*this, key, key_hash);
}

const Value* MapNode::find(const Value& key) const noexcept {
  if (key.is(Kind::kString)) return find_string(key, buckets_ == nullptr ? 0 : hash(key));
  if (buckets_ == nullptr) {
    for (const MapEntry* entry = entries_; entry != entries_ + count_; ++entry) {
      if (same_key(entry->key, key)) return &entry->value;
    }
    return nullptr;
  }
  for (auto at = static_cast<std::uint32_t>(hash(key)) & bucket_mask_; buckets_[at] != 0;
       at = (at + 1) & bucket_mask_) {
    const MapEntry& entry = entries_[buckets_[at] - 1];
    if (same_key(entry.key, key)) return &entry.value;
  }
  return nullptr;
}

std::size_t map_size(const Value& map) {
  return map.is_host() ? map.map_view().size() : map.map_node().size();
}

Value map_find(const Value& map, const Value& key, Arena& arena) {
  if (key.is(Kind::kString)) arena.spend(key.as_text().size() / kOctetsHashedPerStep);
  if (map.is_host()) return map.map_view().find(key, arena);
  const Value* found = map.map_node().find(key);
  return found == nullptr ? Value() : *found;
}

Value map_key_at(const Value& map, std::size_t index, Arena& arena) {
  return map.is_host() ? map.map_view().key_at(index, arena) : map.map_node().entry(index).key;
}

MapEntry map_entry_at(const Value& map, std::size_t index, Arena& arena) {
  if (!map.is_host()) return map.map_node().entry(index);
  const Value key = map.map_view().key_at(index, arena);
  return {key, map.map_view().find(key, arena)};
}

bool is_map_key(const Value& value) noexcept {
  switch (value.kind()) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kString: return true;
    default: return false;
  }
}

ListBuilder::ListBuilder(Arena& arena, std::size_t expected_count) noexcept : arena_(arena) {
  if (expected_count == 0) return;
  items_ = arena_.allocate_array<Value>(expected_count);
  if (items_ != nullptr) capacity_ = expected_count;
}

void ListBuilder::add(const Value& value) noexcept {
  if (count_ == capacity_) {
    const std::size_t grown = std::max<std::size_t>(8, capacity_ * 2);
    if (!arena_.extend(items_, capacity_ * sizeof(Value), grown * sizeof(Value))) {
      auto* moved = arena_.allocate_array<Value>(grown);
      if (moved == nullptr) return;
      std::copy_n(items_, count_, moved);
      items_ = moved;
    }
    capacity_ = grown;
  }
  new (&items_[count_++]) Value(value);
}

Value ListBuilder::finish() const noexcept {
  return finish_or_fail(arena_, Value::list(items_, count_));
}

MapBuilder::MapBuilder(Arena& arena, std::size_t expected_count) noexcept : arena_(arena) {
  if (expected_count == 0) return;
  entries_ = arena_.allocate_array<MapEntry>(expected_count);
  if (entries_ != nullptr) capacity_ = expected_count;
}

bool MapBuilder::contains(const Value& key) const noexcept {
  const auto mask = static_cast<std::uint32_t>(bucket_count_ == 0 ? 0 : bucket_count_ - 1);
  return MapNode(entries_, static_cast<std::uint32_t>(count_), buckets_, mask).find(key) != nullptr;
}

bool MapBuilder::add(const Value& key, const Value& value) noexcept {
  if (key.is(Kind::kString)) arena_.spend(key.as_text().size() / kOctetsHashedPerStep);
  if (contains(key)) return false;
  if (count_ == capacity_) grow();
  if (count_ == capacity_) return true;  // exhausted
  new (&entries_[count_++]) MapEntry{key, value};
  if (count_ > kUnindexedMax) {
    if (count_ * 2 > bucket_count_) {
      index_anew();
    } else {
      const std::size_t mask = bucket_count_ - 1;
      std::size_t at = hash(key) & mask;
      while (buckets_[at] != 0) at = (at + 1) & mask;
      buckets_[at] = static_cast<std::uint32_t>(count_);
    }
  }
  return true;
}

void MapBuilder::grow() noexcept {
  const std::size_t grown = std::max<std::size_t>(8, capacity_ * 2);
  auto* moved = arena_.allocate_array<MapEntry>(grown);
  if (moved == nullptr) return;
  std::copy_n(entries_, count_, moved);
  entries_ = moved;
  capacity_ = grown;
}

void MapBuilder::index_anew() noexcept {
  std::size_t wanted = 32;
  while (wanted < count_ * 4) wanted *= 2;
  auto* buckets = arena_.allocate_array<std::uint32_t>(wanted);
  if (buckets == nullptr) {
    buckets_ = nullptr;  // slower, and refused at the end
    bucket_count_ = 0;
    return;
  }
  std::fill_n(buckets, wanted, 0U);
  for (std::size_t index = 0; index < count_; ++index) {
    std::size_t at = hash(entries_[index].key) & (wanted - 1);
    while (buckets[at] != 0) at = (at + 1) & (wanted - 1);
    buckets[at] = static_cast<std::uint32_t>(index + 1);
  }
  buckets_ = buckets;
  bucket_count_ = wanted;
}

Value MapBuilder::finish() noexcept {
  auto* node = arena_.allocate_array<MapNode>(1);
  if (node == nullptr || arena_.exhausted()) return Value::error(Fault::kMemoryLimit);
  const auto mask = static_cast<std::uint32_t>(bucket_count_ == 0 ? 0 : bucket_count_ - 1);
  return Value::map(*new (node)
                        MapNode(entries_, static_cast<std::uint32_t>(count_), buckets_, mask));
}

TextBuilder::TextBuilder(Arena& arena, std::size_t expected_bytes) noexcept : arena_(arena) {
  if (expected_bytes == 0) return;
  data_ = arena_.allocate_array<char>(expected_bytes);
  if (data_ != nullptr) capacity_ = expected_bytes;
}

void TextBuilder::add(std::string_view text) noexcept {
  if (text.empty()) return;
  if (text.size() > capacity_ - size_) {
    const std::size_t grown = std::max(size_ + text.size(), std::max<std::size_t>(32, size_ * 2));
    if (!arena_.extend(data_, capacity_, grown)) {
      auto* moved = arena_.allocate_array<char>(grown);
      if (moved == nullptr) return;
      std::copy_n(data_, size_, moved);
      data_ = moved;
    }
    capacity_ = grown;
  }
  std::copy_n(text.data(), text.size(), data_ + size_);
  size_ += text.size();
}

void TextBuilder::add_code_point(char32_t code_point) noexcept {
  const auto octet = [](char32_t bits) {
    return static_cast<char>(static_cast<unsigned char>(bits));
  };
  const auto tail = [&](unsigned shift) { return octet(0x80U | ((code_point >> shift) & 0x3FU)); };
  if (code_point < 0x80) {
    add(octet(code_point));
  } else if (code_point < 0x800) {
    const char octets[] = {octet(0xC0U | (code_point >> 6U)), tail(0)};
    add(std::string_view(octets, sizeof octets));
  } else if (code_point < 0x10000) {
    const char octets[] = {octet(0xE0U | (code_point >> 12U)), tail(6), tail(0)};
    add(std::string_view(octets, sizeof octets));
  } else {
    const char octets[] = {octet(0xF0U | (code_point >> 18U)), tail(12), tail(6), tail(0)};
    add(std::string_view(octets, sizeof octets));
  }
}

Value TextBuilder::finish_string() const noexcept {
  return finish_or_fail(arena_, Value::string(text()));
}

Value TextBuilder::finish_bytes() const noexcept {
  return finish_or_fail(arena_, Value::bytes(text()));
}

}  // namespace cel
