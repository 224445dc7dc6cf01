#include "heap_meter.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

std::size_t in_use_bytes = 0;
std::size_t peak_in_use_bytes = 0;

void* take(std::size_t size) noexcept {
  void* const block = std::malloc(size);
  if (block == nullptr) std::abort();
  in_use_bytes += malloc_usable_size(block);
  peak_in_use_bytes = std::max(peak_in_use_bytes, in_use_bytes);
  return block;
}

void give_back(void* block) noexcept {
  if (block == nullptr) return;
  in_use_bytes -= malloc_usable_size(block);
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) { return take(size); }

void* operator new[](std::size_t size) { return take(size); }

void operator delete(void* block) noexcept { give_back(block); }

void operator delete[](void* block) noexcept { give_back(block); }

void operator delete(void* block, std::size_t) noexcept { give_back(block); }

void operator delete[](void* block, std::size_t) noexcept { give_back(block); }

namespace mllp {

HeapMeter::HeapMeter() : at_start_(in_use_bytes) { peak_in_use_bytes = in_use_bytes; }

std::size_t HeapMeter::peak_bytes() const { return peak_in_use_bytes - at_start_; }

}  // namespace mllp
