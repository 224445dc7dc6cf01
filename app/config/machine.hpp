// config/machine.hpp: how much of the machine is ours.
#pragma once

#include <cstdint>
#include <filesystem>

namespace config {

struct Machine {
  std::uint64_t core_count = 1;
  std::uint64_t memory_bytes = 0;  // 0: not known
};

// The least of what the scheduler lets us use, the control groups' quota (version 2:
// cpu.max, memory.max; version 1: cpu.cfs_quota_us, memory.limit_in_bytes; of our
// group and of all above it) and the machine's memory. A part of a core counts as
// one. What cannot be read does not limit. `root` is where proc and sys are found.
[[nodiscard]] Machine measure_machine(const std::filesystem::path& root = "/");

}  // namespace config
