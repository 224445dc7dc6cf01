// value_set.hpp: which values there are, by the equality of the language.
//
// Scalars are found by their hash, lists and maps by comparison with one another. Lives
// in the arena of an evaluation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "cel/arena.hpp"
#include "cel/value.hpp"

namespace cel {

class ValueSet {
 public:
  explicit ValueSet(Arena& arena) noexcept : arena_(arena) {}

  enum class Added : std::uint8_t { kNew, kKnown, kNoMemory };  // or no work left

  // NaN equals nothing, so each is new.
  [[nodiscard]] Added add(const Value& value);

  // All items of a list; the error if an item is one, or if the arena is exhausted.
  [[nodiscard]] std::optional<Value> add_all(const Value& list);

  [[nodiscard]] bool contains(const Value& value) const;

 private:
  struct Entry {
    Value value;
    std::uint64_t hash;
    std::uint32_t next;  // in the same bucket: index of an entry plus 1
  };

  [[nodiscard]] bool contains(const Value& value, std::uint64_t hash) const;
  [[nodiscard]] bool grow() noexcept;

  Arena& arena_;
  Entry* entries_ = nullptr;
  std::uint32_t* buckets_ = nullptr;  // index of an entry plus 1; 0 is empty
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;  // of entries and of buckets, a power of two
};

}  // namespace cel
