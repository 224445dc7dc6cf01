// store/sqlite/segment_remover.hpp: the files of a segment that is gone, removed in steps that
// nobody feels.
//
// A large file is cut piece by piece from its end before its name goes: a file system gives
// back a GiB at once only while others wait for it. Which files there are is seen from the
// disk each time, so whatever a crash has left is the beginning of the next run.
//
//   log/N.db ► its name durably gone ► -wal, -shm ► index/N.db … ► payload/N/* ► the folder
//
// In that order: the database may come back after a power cut, never without its log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/sqlite/kept_table.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

class SegmentRemover {
 public:
  // REQUIRES: kept.db names the segment, and nobody reads its files.
  SegmentRemover(const Place& place, SegmentNumber number, GoneFor why)
      : place_(place), number_(number), why_(why) {}

  [[nodiscard]] SegmentNumber number() const noexcept { return number_; }

  // One step; false: nothing is left. A damaged one is moved to damaged/ and its payloads
  // stay, for whoever wants to look at it.
  [[nodiscard]] base::Result<bool, StoreError> step();

 private:
  [[nodiscard]] base::Result<bool, StoreError> remove_database(const std::string& path,
                                                               const std::string& folder);
  [[nodiscard]] base::Result<bool, StoreError> set_aside();
  [[nodiscard]] base::Result<bool, StoreError> remove_payloads();

  const Place place_;
  const SegmentNumber number_;
  const GoneFor why_;
  std::optional<std::vector<std::string>> payloads_;  // listed, and not removed yet
};

// Of those that are gone, the ones that have left files.
[[nodiscard]] base::Result<std::vector<GoneSegment>, OpenError> find_leftovers(
    const Place& place, const std::vector<GoneSegment>& gone);

// Removes payloads of kept.db that none of its rows names.
[[nodiscard]] base::Status<OpenError> remove_stray_payloads(const Place& place, KeptTable& kept);

}  // namespace store::sqlite
