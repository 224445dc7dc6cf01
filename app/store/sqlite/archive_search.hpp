// store/sqlite/archive_search.hpp: finds messages in the indexes of all segments, among what
// is kept of those that are gone, and among the refused ones.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/archive.hpp"
#include "store/sqlite/index_file.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/rejected_table.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

// Not thread-safe. Keeps a few files open between calls.
class ArchiveSearch {
 public:
  // REQUIRES: both outlive it.
  ArchiveSearch(Place place, Log& log, Outbox& outbox)
      : place_(std::move(place)), log_(log), outbox_(outbox) {}

  // Of the log, what stands in the index already: up to `indexed_to`.
  [[nodiscard]] base::Result<FoundPage, StoreError> search(const Search& search,
                                                           const std::optional<MessageKey>& after,
                                                           std::size_t count_max,
                                                           EntryId indexed_to);

  [[nodiscard]] base::Result<std::optional<MessageRecord>, StoreError> record(const MessageKey& key,
                                                                              EntryId indexed_to);

  // Takes those out that any message in the index has.
  [[nodiscard]] Status drop_known_fields(std::vector<std::string>& names, EntryId indexed_to);

  // Closes what it has open of a segment that is gone.
  void forget(SegmentNumber number);

  void forget_rejected() { rejected_.reset(); }

 private:
  struct Hit {
    SearchPlace place;
    Found found;
  };

  // What one kind of messages yields: hits, newest first, and where it stopped before its end.
  struct Harvest {
    std::vector<Hit> hits;
    std::optional<SearchPlace> stopped_at;
  };

  class Gleaner;

  [[nodiscard]] base::Result<SearchPlace, StoreError> place_behind(
      const std::optional<MessageKey>& after);
  [[nodiscard]] Status glean_accepted(Gleaner& gleaner, const Search& search, SearchPlace before,
                                      EntryId indexed_to);
  [[nodiscard]] Status glean_kept(Gleaner& gleaner, SearchPlace before);
  [[nodiscard]] Status glean_rejected(Gleaner& gleaner, const Search& search, SearchPlace before);
  [[nodiscard]] static FoundPage merge(std::vector<Harvest> harvests, std::size_t count_max);
  [[nodiscard]] base::Result<std::vector<Debt>, StoreError> debts_of(EntryId id,
                                                                     base::ByteView lanes) const;
  [[nodiscard]] base::Result<std::optional<MessageRecord>, StoreError> record_of(
      EntryId id, EntryId indexed_to);
  [[nodiscard]] std::vector<FieldValue> fields_of(EntryId id, EntryId indexed_to);
  [[nodiscard]] base::Result<std::vector<SegmentNumber>, StoreError> newest_indexed(
      EntryId indexed_to);

  void take_names();
  [[nodiscard]] IndexReader* reader(SegmentNumber number);
  [[nodiscard]] RejectedReader* rejected();

  const Place place_;
  Log& log_;
  Outbox& outbox_;
  std::map<ConnectorId, std::string> names_;        // of connectors
  std::vector<std::unique_ptr<IndexReader>> idle_;  // the one asked last stands last
  std::unique_ptr<RejectedReader> rejected_;
};

}  // namespace store::sqlite
