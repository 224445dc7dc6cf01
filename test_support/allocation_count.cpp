#include "test_support/allocation_count.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> call_count{0};
std::atomic<std::size_t> byte_count{0};

}  // namespace

// In a file of their own, so that no compiler sees only one of a pair inlined.
// The forms that are not here end in these.
void* operator new(std::size_t size) {
  ++call_count;
  byte_count += size;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}

void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++call_count;
  byte_count += size;
  return std::malloc(size);
}

void operator delete(void* memory) noexcept { std::free(memory); }

void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace test_support {

std::size_t allocation_count() noexcept { return call_count; }

std::size_t allocated_bytes() noexcept { return byte_count; }

}  // namespace test_support
