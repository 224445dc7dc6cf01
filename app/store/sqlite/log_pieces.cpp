#include "store/sqlite/log_pieces.hpp"

#include <algorithm>
#include <string>

#include "base/try.hpp"
#include "telemetry/log.hpp"

namespace store::sqlite {
namespace {

// Numbers from `from` to before `to` that neither are there nor have gone.
void tell_missing(std::uint32_t from, SegmentNumber to) {
  for (std::uint32_t number = from; number < to.value; ++number) {
    telemetry::log(telemetry::Level::kError, "store_segment_missing",
                   {{"segment", number}, {"text", "`mllp-server store check` tells more"}});
  }
}

}  // namespace

base::Result<LogPieces, OpenError> find_pieces(const Place& place) {
  LogPieces pieces;
  pieces.gone = TRY(read_gone(place));
  const std::string folder = place.layout.log_folder();
  for (const std::string& name : TRY(at_open(folder, place.disk->list(folder)))) {
    const auto number = parse_segment_name(name);
    const bool is_gone =
        number && std::ranges::binary_search(pieces.gone, *number, {}, &GoneSegment::number);
    if (number && !is_gone) pieces.segments.push_back(*number);
  }
  std::ranges::sort(pieces.segments);
  return pieces;
}

bool LogPieces::has_lost() const {
  return std::ranges::find(gone, GoneFor::kDamage, &GoneSegment::why) != gone.end();
}

SegmentNumber LogPieces::last() const {
  const std::uint32_t last_gone = gone.empty() ? 0 : gone.back().number.value;
  const bool is_there = !segments.empty() && segments.back().value > last_gone;
  return is_there ? segments.back() : SegmentNumber{last_gone + 1};
}

base::Result<EntryId, OpenError> LogPieces::first_of_new(const Place& place,
                                                         EntryId highest) const {
  EntryId last = highest;
  if (!gone.empty()) last = std::max(last, EntryId{gone.back().next_first.value - 1});
  if (segments.size() > 1) {
    last = std::max(last, TRY(facts_of(place, segments[segments.size() - 2])).last);
  }
  return EntryId{last.value + 1};
}

// Of those that are gone a row without a gap is one piece.
void LogPieces::add_to(Log& log, EntryId first_of_last) const {
  std::vector<SegmentNumber> there = segments;
  if (there.empty() || there.back() != last()) there.push_back(last());
  std::uint32_t next = 1;
  auto each = gone.begin();
  for (const SegmentNumber number : there) {
    while (each != gone.end() && each->number < number) {
      tell_missing(next, each->number);
      GoneSegment piece = *each++;
      next = piece.number.value + 1;
      while (each != gone.end() && each->number.value == next && each->first == piece.next_first) {
        piece.next_first = each++->next_first;
        ++next;
      }
      log.add_gone(piece.number, piece.first, piece.next_first);
    }
    tell_missing(next, number);
    next = number.value + 1;
    log.add(number, number == there.back() ? first_of_last : EntryId{});
  }
}

}  // namespace store::sqlite
