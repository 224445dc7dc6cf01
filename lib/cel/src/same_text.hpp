// same_text.hpp: whether two short texts are the same, without a call.
#pragma once

#include <cstdint>
#include <cstring>

#include "cel/collections.hpp"
#include "cel/value.hpp"

namespace cel {

template <class Word>
[[nodiscard]] inline bool same_ends(const char* left, const char* right,
                                    std::size_t size) noexcept {
  Word left_ends[2];
  Word right_ends[2];
  std::memcpy(&left_ends[0], left, sizeof(Word));
  std::memcpy(&left_ends[1], left + size - sizeof(Word), sizeof(Word));
  std::memcpy(&right_ends[0], right, sizeof(Word));
  std::memcpy(&right_ends[1], right + size - sizeof(Word), sizeof(Word));
  return ((left_ends[0] ^ right_ends[0]) | (left_ends[1] ^ right_ends[1])) == 0;
}

// Both ends overlap in the middle, so that no size needs a loop up to 16.
[[nodiscard]] inline bool same_octets(const char* left, const char* right,
                                      std::size_t size) noexcept {
  if (size > 16) return std::memcmp(left, right, size) == 0;
  if (size >= 8) return same_ends<std::uint64_t>(left, right, size);
  if (size >= 4) return same_ends<std::uint32_t>(left, right, size);
  if (size >= 2) return same_ends<std::uint16_t>(left, right, size);
  return size == 0 || *left == *right;
}

// REQUIRES: one of them is a string.
[[nodiscard]] inline bool same_string(const Value& left, const Value& right) noexcept {
  return left.has_shape_of(right) &&
         same_octets(left.as_text().data(), right.as_text().data(), left.as_text().size());
}

// The search of a map for a string, in line where a nanosecond counts.
class StringSearch {
 public:
  [[nodiscard]] static const Value* find(const MapNode& map, const Value& key,
                                         std::uint64_t key_hash) noexcept {
    if (map.buckets_ == nullptr) {
      for (const MapEntry *entry = map.entries_, *end = entry + map.count_; entry != end; ++entry) {
        if (same_string(entry->key, key)) return &entry->value;
      }
      return nullptr;
    }
    for (auto at = static_cast<std::uint32_t>(key_hash) & map.bucket_mask_; map.buckets_[at] != 0;
         at = (at + 1) & map.bucket_mask_) {
      const MapEntry& entry = map.entries_[map.buckets_[at] - 1];
      if (same_string(entry.key, key)) return &entry.value;
    }
    return nullptr;
  }
};

}  // namespace cel
