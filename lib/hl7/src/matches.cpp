#include "hl7/matches.hpp"

namespace hl7 {
namespace {

bool is_all_repetitions(const Path& path) noexcept {
  return path.repetition && path.repetition->is_all();
}

}  // namespace

Matches::Iterator::Iterator(const Message& message, const Path& path) noexcept
    : message_(&message), path_(path), repetitions_(message, {}, 0) {
  advance();
}

void Matches::Iterator::advance() noexcept {
  if (is_all_repetitions(path_)) {
    while (!next_repetition()) {
      if (!next_segment()) return;
    }
  } else if (next_segment()) {
    match_.repetition = path_.repetition.value_or(Which{}).value;
    match_.value = message_->get(*match_.segment, path_);
  }
}

// Moves to the next segment that the path names; false, and at the end, if there is none.
bool Matches::Iterator::next_segment() noexcept {
  const auto segments = message_->segments();
  const Which which = path_.segment_repeat;
  while (index_ < segments.size()) {
    const Segment& segment = segments[index_++];
    if (segment.name() != path_.segment_name()) continue;
    if (++match_.segment_number < which.first().value && !which.is_all()) continue;
    if (!which.is_all()) index_ = segments.size();
    match_.segment = &segment;
    match_.repetition = 0;
    if (is_all_repetitions(path_)) {
      const bool whole = segment.has_delimiter_fields() && *path_.field <= Ordinal{2};
      repetitions_ = Cutter(*message_, message_->field(segment, *path_.field),
                            whole ? '\0' : message_->delimiters().repetition);
    }
    return true;
  }
  match_ = {};
  return false;
}

bool Matches::Iterator::next_repetition() noexcept {
  if (match_.segment == nullptr || !repetitions_.next()) return false;
  ++match_.repetition;
  const bool whole = match_.segment->has_delimiter_fields() && *path_.field <= Ordinal{2};
  match_.value =
      whole ? message_->get(*match_.segment, path_) : message_->part(repetitions_.part(), path_);
  return true;
}

}  // namespace hl7
