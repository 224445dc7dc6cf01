// allocation_count.hpp: how often this test program has asked for memory.
#pragma once

#include <cstddef>

namespace cel {

// Calls of the global operator new since the start, by all threads.
[[nodiscard]] std::size_t allocation_count() noexcept;

}  // namespace cel
