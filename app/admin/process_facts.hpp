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

// From /proc/self; what cannot be read is 0.
[[nodiscard]] ProcessFacts process_facts();

// How many descriptors are open: as the kernel tells since Linux 6.2 (0 before), and by
// asking for each, about a millisecond for 10,000.
[[nodiscard]] std::uint64_t descriptors_as_told();
[[nodiscard]] std::uint64_t descriptors_as_counted();

}  // namespace admin
