#include "config/machine.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;

using Files = std::vector<std::pair<std::string, std::string>>;

// What would be measured on a machine whose proc and sys hold these files. The cores
// that the scheduler gives this test are there in any case.
Machine measured(const Files& files) {
  std::string root = testing::TempDir() + "machine_XXXXXX";
  EXPECT_NE(::mkdtemp(root.data()), nullptr);
  for (const auto& [name, text] : files) {
    const fs::path path = fs::path(root) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  const Machine machine = measure_machine(root);
  fs::remove_all(root);
  return machine;
}

std::uint64_t all_cores() { return measured({}).core_count; }

struct Case {
  const char* name;
  Files files;
  std::uint64_t cores;  // 0: as many as there are
  std::uint64_t memory;
};

const Case kCases[] = {
    {"nothing_can_be_read", {}, 0, 0},
    {"no_limits",
     {{"proc/meminfo", "MemTotal:        8000000 kB\nMemFree: 1 kB\n"}},
     0,
     8'192'000'000},
    {"v2_in_a_container",
     {{"proc/meminfo", "MemTotal:        8000000 kB\n"},
      {"proc/self/cgroup", "0::/\n"},
      {"sys/fs/cgroup/cpu.max", "100000 100000\n"},
      {"sys/fs/cgroup/memory.max", "536870912\n"}},
     1,
     512 * base::kMiB},
    {"v2_without_limit",
     {{"proc/meminfo", "MemTotal:        8000000 kB\n"},
      {"proc/self/cgroup", "0::/\n"},
      {"sys/fs/cgroup/cpu.max", "max 100000\n"},
      {"sys/fs/cgroup/memory.max", "max\n"}},
     0,
     8'192'000'000},
    {"v2_half_a_core_counts_as_one",
     {{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "50000 100000\n"}},
     1,
     0},
    {"v2_a_core_and_a_half_count_as_two",
     {{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "150000 100000\n"}},
     2,
     0},
    {"v2_the_group_above_is_tighter",
     {{"proc/self/cgroup", "0::/system.slice/mllp.service\n"},
      {"sys/fs/cgroup/system.slice/cpu.max", "100000 100000\n"},
      {"sys/fs/cgroup/system.slice/mllp.service/cpu.max", "max 100000\n"},
      {"sys/fs/cgroup/system.slice/memory.max", "1048576\n"},
      {"sys/fs/cgroup/system.slice/mllp.service/memory.max", "2097152\n"}},
     1,
     base::kMiB},
    {"v1",
     {{"proc/self/cgroup", "11:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n"},
      {"sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "90000\n"},
      {"sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n"},
      {"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "268435456\n"}},
     1,
     256 * base::kMiB},
    {"v1_in_a_container_shows_the_hosts_path",
     {{"proc/self/cgroup", "11:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n"},
      {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n"},
      {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"},
      {"sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n"}},
     1,
     256 * base::kMiB},
    {"v1_without_limit",
     {{"proc/meminfo", "MemTotal:        8000000 kB\n"},
      {"proc/self/cgroup", "11:memory:/\n4:cpu:/\n"},
      {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
      {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"},
      {"sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"}},
     0,
     8'192'000'000},
    {"more_memory_allowed_than_there_is",
     {{"proc/meminfo", "MemTotal:        1024 kB\n"},
      {"proc/self/cgroup", "0::/\n"},
      {"sys/fs/cgroup/memory.max", "8589934592\n"}},
     0,
     base::kMiB},
    {"nonsense",
     {{"proc/meminfo", "what?"},
      {"proc/self/cgroup", "no colons\n0::/../..\n"},
      {"sys/fs/cgroup/cpu.max", "fast\n"},
      {"sys/fs/cgroup/memory.max", "much\n"}},
     0,
     0},
};

class MachineTest : public testing::TestWithParam<Case> {};

TEST_P(MachineTest, TellsWhatIsOurs) {
  const Machine machine = measured(GetParam().files);
  const std::uint64_t allowed = GetParam().cores == 0 ? all_cores() : GetParam().cores;
  EXPECT_EQ(machine.core_count, std::min(allowed, all_cores()));
  EXPECT_EQ(machine.memory_bytes, GetParam().memory);
}

INSTANTIATE_TEST_SUITE_P(Cases, MachineTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Machine, OfThisTestHasCoresAndMemory) {
  EXPECT_GE(measure_machine().core_count, 1U);
  EXPECT_GT(measure_machine().memory_bytes, 16 * base::kMiB);
}

}  // namespace
}  // namespace config
