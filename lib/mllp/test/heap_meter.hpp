// heap_meter.hpp: what a stretch of code takes from the heap.
#pragma once

#include <cstddef>

namespace mllp {

// From construction on: the most octets that were in use at once beyond those
// in use at the start. One thread, one meter at a time.
class HeapMeter {
 public:
  HeapMeter();

  [[nodiscard]] std::size_t peak_bytes() const;

 private:
  std::size_t at_start_;
};

}  // namespace mllp
