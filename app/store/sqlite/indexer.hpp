// store/sqlite/indexer.hpp: brings the index up to the log, a batch at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "store/outbox.hpp"
#include "store/sqlite/field_reader.hpp"
#include "store/sqlite/index_file.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

// One thread at a time, but for indexed_to(). After an error the next step tries again.
class Indexer {
 public:
  // No fields: the index has none of one's own. REQUIRES: log and fields outlive it.
  Indexer(Place place, Log& log, std::size_t batch_rows, FieldSource* fields);

  // Adds the next batch of what is committed up to `last`, of one segment.
  [[nodiscard]] base::Status<OpenError> step(EntryId last);

  // Closes the file of a segment that is gone.
  void forget(SegmentNumber number);

  // Removes the index of a segment that is there; the next steps make it anew, and go on from
  // there. REQUIRES: nobody has it open to read.
  void begin_anew(SegmentNumber number);

  // All entries up to this one are in the index. From any thread.
  [[nodiscard]] EntryId indexed_to() const noexcept { return {indexed_to_.load()}; }

 private:
  [[nodiscard]] base::Status<OpenError> open_next();
  [[nodiscard]] Status add_batch(EntryId last);

  const Place place_;
  Log& log_;
  const std::size_t batch_rows_;
  FieldReader fields_;
  bool has_folder_ = false;
  std::optional<IndexWriter> file_;
  Log::Extent extent_;     // of the segment whose file is open
  SegmentNumber next_{1};  // which is opened next, or the first behind it that is there
  EntryId cursor_;
  std::atomic<std::uint64_t> indexed_to_{0};
};

}  // namespace store::sqlite
