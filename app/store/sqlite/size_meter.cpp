#include "store/sqlite/size_meter.hpp"

#include "base/try.hpp"

namespace store::sqlite {

std::uint64_t StoreSizes::log_bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const SegmentSizes& each : segments) sum += each.log_bytes;
  return sum;
}

std::uint64_t StoreSizes::payload_bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const SegmentSizes& each : segments) sum += each.payload_bytes;
  return sum;
}

std::uint64_t StoreSizes::index_bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const SegmentSizes& each : segments) sum += each.index_bytes;
  return sum;
}

std::uint64_t StoreSizes::total_bytes() const noexcept {
  return log_bytes() + payload_bytes() + index_bytes() + kept_bytes + lanes_bytes + rejected_bytes +
         known_bytes;
}

base::Result<StoreSizes, StoreError> SizeMeter::measure() {
  const Layout& layout = place_.layout;
  StoreSizes sizes;
  const std::vector<SegmentNumber> numbers = log_.numbers();
  for (const SegmentNumber number : numbers) {
    SegmentSizes segment{.number = number};
    segment.log_bytes = TRY(database_bytes(layout.segment_file(number)));
    segment.index_bytes = TRY(database_bytes(layout.index_file(number)));
    segment.payload_bytes = TRY(payload_bytes(number, number == numbers.back()));
    sizes.segments.push_back(segment);
  }
  sizes.kept_bytes = TRY(database_bytes(layout.segment_file(kKept)));
  sizes.kept_bytes += TRY(folder_bytes(layout.payload_folder(kKept)));
  sizes.lanes_bytes = TRY(database_bytes(layout.lanes_file()));
  sizes.rejected_bytes = TRY(database_bytes(layout.rejected_file()));
  sizes.known_bytes = TRY(folder_bytes(layout.known_folder()));
  return sizes;
}

base::Result<std::uint64_t, StoreError> SizeMeter::database_bytes(const std::string& path) const {
  const auto file = TRY(place_.disk->size_bytes(path));
  const auto wal = TRY(place_.disk->size_bytes(path + "-wal"));
  return file.value_or(0) + wal.value_or(0);
}

base::Result<std::uint64_t, StoreError> SizeMeter::folder_bytes(const std::string& folder) const {
  std::uint64_t sum = 0;
  for (const std::string& name : TRY(place_.disk->list(folder))) {
    sum += TRY(place_.disk->size_bytes(folder + "/" + name)).value_or(0);
  }
  return sum;
}

base::Result<std::uint64_t, StoreError> SizeMeter::payload_bytes(SegmentNumber number,
                                                                 bool is_last) {
  {
    const base::Lock lock(mutex_);
    const auto known = payloads_.find(number);
    if (known != payloads_.end()) return known->second;
  }
  const std::uint64_t bytes = TRY(folder_bytes(place_.layout.payload_folder(number)));
  if (is_last) return bytes;
  const base::Lock lock(mutex_);
  payloads_[number] = bytes;
  return bytes;
}

}  // namespace store::sqlite
