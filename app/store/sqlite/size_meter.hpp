// store/sqlite/size_meter.hpp: how much room the files of the store take.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

// With their write-ahead logs.
struct SegmentSizes {
  SegmentNumber number;
  std::uint64_t log_bytes = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t index_bytes = 0;
};

struct StoreSizes {
  std::vector<SegmentSizes> segments;  // those that are there, in order
  std::uint64_t kept_bytes = 0;        // with its payloads
  std::uint64_t lanes_bytes = 0;
  std::uint64_t rejected_bytes = 0;
  std::uint64_t known_bytes = 0;  // by which messages are known again

  [[nodiscard]] std::uint64_t log_bytes() const noexcept;
  [[nodiscard]] std::uint64_t payload_bytes() const noexcept;
  [[nodiscard]] std::uint64_t index_bytes() const noexcept;
  [[nodiscard]] std::uint64_t total_bytes() const noexcept;
};

// Thread-safe. Payloads of a closed segment are measured once.
class SizeMeter {
 public:
  // REQUIRES: the log outlives it.
  SizeMeter(Place place, const Log& log) : place_(std::move(place)), log_(log) {}

  [[nodiscard]] base::Result<StoreSizes, StoreError> measure();

 private:
  [[nodiscard]] base::Result<std::uint64_t, StoreError> database_bytes(
      const std::string& path) const;
  [[nodiscard]] base::Result<std::uint64_t, StoreError> folder_bytes(
      const std::string& folder) const;
  [[nodiscard]] base::Result<std::uint64_t, StoreError> payload_bytes(SegmentNumber number,
                                                                      bool is_last);

  const Place place_;
  const Log& log_;
  base::Mutex mutex_;
  std::map<SegmentNumber, std::uint64_t> payloads_ GUARDED_BY(mutex_);  // of closed ones
};

}  // namespace store::sqlite
