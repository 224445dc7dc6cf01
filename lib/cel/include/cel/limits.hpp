// cel/limits.hpp: how large an expression and what it makes may be.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cel {

// Of a source. What is beyond is a diagnostic, never a crash.
struct SourceLimits {
  std::size_t bytes_max = 100'000;
  std::size_t nodes_max = 50'000;
  std::size_t depth_max = 250;  // of brackets, and of the tree. REQUIRES: at most 1000
};

// The largest things an evaluation may make.
struct ValueLimits {
  std::size_t text_bytes_max = std::size_t{4} * 1024 * 1024;
  std::size_t items_max = 100'000;  // of one list or map
  std::size_t regex_bytes_max = 4096;
  std::size_t arena_bytes_max = std::size_t{16} * 1024 * 1024;
};

}  // namespace cel
