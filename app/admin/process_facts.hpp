// admin/process_facts.hpp: what the kernel says of this process.
#pragma once

#include <cstdint>

namespace admin {

struct ProcessFacts {
  double cpu_seconds = 0;  // user and system
  double started_at = 0;   // seconds since 1970
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t descriptor_count = 0;
  std::uint64_t descriptor_count_max = 0;
};

// From /proc/self; what cannot be read is 0. The descriptors are counted one by one: with
// 10,000 of them that takes some milliseconds.
[[nodiscard]] ProcessFacts process_facts();

}  // namespace admin
