// test_support/allocation_count.hpp: how often this test program has asked for memory.
//
// For programs that are built with allocation_count.cpp: count_allocations(hl7_test).
#pragma once

#include <cstddef>

namespace test_support {

// Calls of the global operator new since the start, by all threads.
[[nodiscard]] std::size_t allocation_count() noexcept;

// What they asked for in all; what was given back is not taken off.
[[nodiscard]] std::size_t allocated_bytes() noexcept;

}  // namespace test_support
