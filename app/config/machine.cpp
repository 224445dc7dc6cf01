#include "config/machine.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace config {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kCoresMax = 8192;

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

// The first line; empty if there is none.
std::string read_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::uint64_t cores_of_scheduler() {
  std::vector<cpu_set_t> sets(kCoresMax / (8 * sizeof(cpu_set_t)));
  const std::size_t bytes = sets.size() * sizeof(cpu_set_t);
  if (::sched_getaffinity(0, bytes, sets.data()) != 0) return 1;
  return static_cast<std::uint64_t>(CPU_COUNT_S(bytes, sets.data()));
}

std::uint64_t whole_cores(std::uint64_t quota, std::uint64_t period) {
  if (quota == 0 || period == 0) return kNoLimit;
  return quota / period + (quota % period == 0 ? 0 : 1);
}

// "max 100000", "150000 100000"
std::uint64_t cores_of_v2(const fs::path& group) {
  const std::string line = read_line(group / "cpu.max");
  const auto quota = parse_number(line);
  const std::size_t blank = line.find(' ');
  if (!quota || blank == std::string::npos) return kNoLimit;
  return whole_cores(*quota, parse_number(std::string_view(line).substr(blank + 1)).value_or(0));
}

// -1: no limit
std::uint64_t cores_of_v1(const fs::path& group) {
  const auto quota = parse_number(read_line(group / "cpu.cfs_quota_us"));
  const auto period = parse_number(read_line(group / "cpu.cfs_period_us"));
  return whole_cores(quota.value_or(0), period.value_or(0));
}

std::uint64_t memory_of_v2(const fs::path& group) {
  return parse_number(read_line(group / "memory.max")).value_or(kNoLimit);
}

std::uint64_t memory_of_v1(const fs::path& group) {
  return parse_number(read_line(group / "memory.limit_in_bytes")).value_or(kNoLimit);
}

// "MemTotal:       24683332 kB"
std::uint64_t memory_of_machine(const fs::path& root) {
  const std::string line = read_line(root / "proc/meminfo");
  const std::size_t digits = line.find_first_of("0123456789");
  if (!line.starts_with("MemTotal:") || digits == std::string::npos) return kNoLimit;
  return parse_number(std::string_view(line).substr(digits)).value_or(0) * 1024;
}

// A group of ours in one of the mounted hierarchies.
struct Group {
  std::string controllers;  // "cpu,cpuacct"; empty in version 2
  std::string path;         // "/system.slice/mllp.service"
};

// Lines of "4:cpu,cpuacct:/path".
std::vector<Group> our_groups(const fs::path& root) {
  std::vector<Group> groups;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    groups.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return groups;
}

bool names(const std::string& controllers, std::string_view wanted) {
  std::istringstream words(controllers);
  for (std::string word; std::getline(words, word, ',');) {
    if (word == wanted) return true;
  }
  return false;
}

// The least of `limit` over a group and all above it, up to the mount. In a container
// the path may be the host's and not be there: then only the mount itself counts.
template <class Limit>
std::uint64_t least_upwards(const fs::path& mount, const std::string& path, Limit limit) {
  std::uint64_t least = limit(mount);
  fs::path group = mount;
  for (const fs::path& part : fs::path(path).relative_path()) {
    if (part == "..") break;
    group /= part;
    least = std::min(least, limit(group));
  }
  return least;
}

}  // namespace

Machine measure_machine(const fs::path& root) {
  std::uint64_t cores = cores_of_scheduler();
  std::uint64_t memory = memory_of_machine(root);
  const fs::path mounts = root / "sys/fs/cgroup";
  for (const Group& group : our_groups(root)) {
    if (group.controllers.empty()) {
      cores = std::min(cores, least_upwards(mounts, group.path, cores_of_v2));
      memory = std::min(memory, least_upwards(mounts, group.path, memory_of_v2));
    } else if (names(group.controllers, "cpu")) {
      cores = std::min(cores, least_upwards(mounts / "cpu", group.path, cores_of_v1));
      cores = std::min(cores, least_upwards(mounts / group.controllers, group.path, cores_of_v1));
    } else if (names(group.controllers, "memory")) {
      memory = std::min(memory, least_upwards(mounts / "memory", group.path, memory_of_v1));
    }
  }
  return Machine{std::max<std::uint64_t>(cores, 1), memory == kNoLimit ? 0 : memory};
}

}  // namespace config
