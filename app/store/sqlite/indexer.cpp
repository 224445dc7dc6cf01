#include "store/sqlite/indexer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "store/sqlite/side_database.hpp"

namespace store::sqlite {
Indexer::Indexer(Place place, Log& log, std::size_t batch_rows, FieldSource* fields)
    : place_(std::move(place)), log_(log), batch_rows_(batch_rows), fields_(log, fields) {}

base::Status<OpenError> Indexer::step(EntryId last) {
  if (!file_) {
    static_cast<void>(TRY(open_next()));
    if (!file_) return base::Done{};
  }
  const std::string path = place_.layout.index_file(file_->number());
  const Status added = add_batch(last);
  if (added) return base::Done{};
  const StoreError error = added.error();
  // Opened anew it is found damaged, and made anew; what it holds stands in the log.
  file_.reset();
  return cannot_open(path, error);
}

// Segments whose index is complete are passed by. A file that is gone is made anew.
base::Status<OpenError> Indexer::open_next() {
  const std::string folder = place_.layout.index_folder();
  if (!has_folder_) {
    static_cast<void>(TRY(at_open(folder, place_.disk->make_folder(folder))));
    has_folder_ = true;
  }
  for (;;) {
    const auto extent = TRY(at_open(folder, log_.extent(next_)));
    if (!extent) return base::Done{};
    IndexWriter file = TRY(IndexWriter::open(place_, extent->number));
    cursor_ = std::max(file.cursor(), EntryId{extent->first.value - 1});
    if (!file.is_complete()) {
      extent_ = *extent;
      next_ = extent->number;
      indexed_to_.store(cursor_.value);
      file_.emplace(std::move(file));
      return base::Done{};
    }
    next_ = {extent->number.value + 1};
    indexed_to_.store(extent->next_first.value - 1);
  }
}

void Indexer::forget(SegmentNumber number) {
  if (file_ && file_->number() == number) file_.reset();
}

void Indexer::begin_anew(SegmentNumber number) {
  const bool is_before = number < next_;
  if (file_ && number <= file_->number()) file_.reset();
  remove_side(place_, place_.layout.index_file(number));
  if (is_before) next_ = number;
  const auto extent = log_.extent(number);
  const bool is_known = extent && *extent && (*extent)->number == number;
  const std::uint64_t before = is_known ? (*extent)->first.value - 1 : 0;
  indexed_to_.store(std::min(indexed_to_.load(), before));
}

Status Indexer::add_batch(EntryId last) {
  std::vector<SearchRow> rows;
  rows.reserve(batch_rows_);
  const bool was_last = extent_.next_first == Log::kAboveAll;
  if (was_last) {
    if (const auto extent = TRY(log_.extent(extent_.number))) extent_ = *extent;
  }
  const EntryId end = std::min(last, EntryId{extent_.next_first.value - 1});
  EntryId scanned_to = cursor_;
  if (cursor_ < end) {
    const bool has_fields = fields_.begin();
    scanned_to = TRY(log_.facts(cursor_, end, batch_rows_, [&](const LogFacts& line) {
                   rows.push_back(to_row(line));
                   if (has_fields) fields_.note(line);
                 })).scanned_to;
    if (has_fields) static_cast<void>(TRY(fields_.fill(rows)));
    static_cast<void>(TRY(file_->add(rows)));
  }
  cursor_ = scanned_to;
  indexed_to_.store(cursor_.value);
  if (cursor_.value + 1 != extent_.next_first.value) return base::Done{};
  static_cast<void>(TRY(file_->complete()));
  next_ = {extent_.number.value + 1};
  file_.reset();
  return base::Done{};
}

}  // namespace store::sqlite
