// cel/collections.hpp: reading lists and maps of either form, and building them in an arena.
//
// A builder grows in the arena and yields a value at the end. When the arena is exhausted it drops
// what is added, and the end yields the error kMemoryLimit: callers need no check in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cel/arena.hpp"
#include "cel/value.hpp"

namespace cel {

struct MapEntry {
  Value key;
  Value value;
};

// A map in an arena or among the constants of a program, in order of insertion.
class MapNode {
 public:
  constexpr MapNode(const MapEntry* entries, std::uint32_t count, const std::uint32_t* buckets,
                    std::uint32_t bucket_mask) noexcept
      : entries_(entries), buckets_(buckets), count_(count), bucket_mask_(bucket_mask) {}

  [[nodiscard]] std::uint32_t size() const noexcept { return count_; }

  [[nodiscard]] const MapEntry& entry(std::size_t index) const noexcept { return entries_[index]; }

  // Null when there is no such key; numbers of any type that are equal are the same key.
  [[nodiscard]] const Value* find(const Value& key) const noexcept;
  // The same for a string whose hash is known. REQUIRES: a string, hash(key) == key_hash.
  [[nodiscard]] const Value* find_string(const Value& key, std::uint64_t key_hash) const noexcept;

 private:
  friend class StringSearch;

  const MapEntry* entries_;
  const std::uint32_t* buckets_;  // index of an entry plus 1, 0 is free; null for small maps
  std::uint32_t count_;
  std::uint32_t bucket_mask_;
};

// REQUIRES: a list.
[[nodiscard]] inline std::size_t list_size(const Value& list) {
  return list.is_host() ? list.list_view().size() : list.list_count();
}

// REQUIRES: a list, index < list_size.
[[nodiscard]] inline Value list_at(const Value& list, std::size_t index, Arena& arena) {
  return list.is_host() ? list.list_view().at(index, arena) : list.list_items()[index];
}

// REQUIRES: a map, in all of these.
[[nodiscard]] std::size_t map_size(const Value& map);
[[nodiscard]] Value map_find(const Value& map, const Value& key, Arena& arena);  // or absent
[[nodiscard]] Value map_key_at(const Value& map, std::size_t index, Arena& arena);
[[nodiscard]] MapEntry map_entry_at(const Value& map, std::size_t index, Arena& arena);

// Whether a map may have such a key: bool, int, uint or string.
[[nodiscard]] bool is_map_key(const Value& value) noexcept;

class ListBuilder {
 public:
  explicit ListBuilder(Arena& arena, std::size_t expected_count = 0) noexcept;
  void add(const Value& value) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  [[nodiscard]] Value& at(std::size_t index) noexcept { return items_[index]; }

  [[nodiscard]] Value* begin() noexcept { return items_; }

  [[nodiscard]] Value* end() noexcept { return items_ + count_; }

  void shrink(std::size_t count) noexcept { count_ = count; }

  [[nodiscard]] Value finish() const noexcept;

 private:
  Arena& arena_;
  Value* items_ = nullptr;
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;
};

class MapBuilder {
 public:
  explicit MapBuilder(Arena& arena, std::size_t expected_count = 0) noexcept;
  // False when the key is there already, which changes nothing.
  bool add(const Value& key, const Value& value) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  [[nodiscard]] Value finish() noexcept;

 private:
  void grow() noexcept;
  void index_anew() noexcept;
  [[nodiscard]] bool contains(const Value& key) const noexcept;

  Arena& arena_;
  MapEntry* entries_ = nullptr;
  std::uint32_t* buckets_ = nullptr;
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;
  std::size_t bucket_count_ = 0;
};

class TextBuilder {
 public:
  explicit TextBuilder(Arena& arena, std::size_t expected_bytes = 0) noexcept;
  void add(std::string_view text) noexcept;

  void add(char octet) noexcept { add(std::string_view(&octet, 1)); }

  void add_code_point(char32_t code_point) noexcept;  // as UTF-8

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  [[nodiscard]] std::string_view text() const noexcept { return {data_, size_}; }

  [[nodiscard]] Value finish_string() const noexcept;
  [[nodiscard]] Value finish_bytes() const noexcept;

 private:
  Arena& arena_;
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace cel
