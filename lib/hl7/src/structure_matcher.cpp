#include "structure_matcher.hpp"

#include <algorithm>

namespace hl7 {

StructureMatcher::StructureMatcher(const NodeList& nodes,
                                   std::span<const std::uint32_t> last_places,
                                   std::vector<std::uint16_t>& missing)
    : node_count_(std::min(nodes.size(), kNodesMax)), last_places_(last_places), missing_(missing) {
  for (std::size_t index = 0; index < node_count_; ++index) nodes_[index] = nodes[index];
  open_[0] = {0, node_count_, false};
  missing_.clear();
}

Placement StructureMatcher::place(std::uint16_t key, std::uint32_t place) {
  newly_missing_count_ = 0;
  if (at_ < node_count_ && nodes_[at_].repeats && takes(at_, key)) return Placement::kPlaced;
  const Candidate target = find(key);
  if (target.node == kNodesMax) return explain(key);
  // What need not be there and leaves out much, or what is still to come, is out of place.
  const bool is_doubtful = target.skipped > 1 || comes_later(target, place);
  if (target.skipped > 0 && is_doubtful && !is_required(target)) return explain(key);
  visit_skipped(target, [this](std::size_t node) {
    note_missing(node);
    return true;
  });
  enter(target);
  return Placement::kPlaced;
}

void StructureMatcher::finish() {
  newly_missing_count_ = 0;
  visit_skipped({.node = node_count_}, [this](std::size_t node) {
    note_missing(node);
    return true;
  });
}

// A segment by its name, a choice by that of any segment below it.
bool StructureMatcher::takes(std::size_t node, std::uint16_t key) const noexcept {
  if (nodes_[node].kind == NodeKind::kSegment) return nodes_[node].name_key == key;
  if (nodes_[node].kind == NodeKind::kGroup) return false;
  for (std::size_t each = node + 1; each < end_of(node); ++each) {
    if (nodes_[each].name_key == key) return true;
  }
  return false;
}

std::size_t StructureMatcher::end_of(std::size_t node) const noexcept {
  return node + nodes_[node].size;
}

// Calls `visit` with each required node that lies in [from, target) and is no ancestor of
// the target, those below such a node excepted; until it returns false.
template <class Visit>
void StructureMatcher::visit_range(std::size_t from, std::size_t target, Visit visit) const {
  for (std::size_t node = from; node < target;) {
    if (end_of(node) > target) {
      ++node;  // the target lies in it
      continue;
    }
    if (nodes_[node].required && !visit(node)) return;
    node = end_of(node);
  }
}

std::size_t StructureMatcher::count_skipped(std::size_t from, std::size_t target) const noexcept {
  std::size_t count = 0;
  visit_range(from, target, [&count](std::size_t) {
    ++count;
    return true;
  });
  return count;
}

// Looks for the key from `from` to the end of the start's group, and keeps the place that
// leaves out least; of equals the first.
void StructureMatcher::consider(Candidate& best, const Candidate& start, std::size_t from,
                                std::uint16_t key) const {
  for (std::size_t node = from; node < open_[start.level].end;) {
    if (takes(node, key)) {
      const std::size_t skipped = start.skipped + count_skipped(from, node);
      if (best.node == kNodesMax || skipped < best.skipped) {
        best = {node, start.level, start.again, skipped};
      }
      if (skipped == 0) return;
    }
    node = nodes_[node].kind == NodeKind::kChoice ? end_of(node) : node + 1;
  }
}

StructureMatcher::Candidate StructureMatcher::find(std::uint16_t key) const {
  Candidate best;
  Candidate start;
  std::size_t from = at_ == kNodesMax ? 0 : end_of(at_);
  for (std::size_t level = depth_; level-- > 0;) {
    const Open& group = open_[level];
    start.level = level;
    start.again = false;
    consider(best, start, from, key);
    if (best.node != kNodesMax && best.skipped == 0) return best;
    start.skipped += count_skipped(from, group.end);
    if (group.repeats) {
      start.again = true;
      consider(best, start, group.first, key);
      if (best.node != kNodesMax && best.skipped == 0) return best;
    }
    from = group.end;
  }
  return best;
}

// The same way as find() goes: what is left out up to the target, or to the end of all.
template <class Visit>
void StructureMatcher::visit_skipped(const Candidate& target, Visit visit) const {
  std::size_t from = at_ == kNodesMax ? 0 : end_of(at_);
  for (std::size_t level = depth_; level-- > target.level;) {
    const Open& group = open_[level];
    if (level == target.level && !target.again) {
      visit_range(from, target.node, visit);
      return;
    }
    visit_range(from, group.end, visit);
    if (level == target.level) {
      visit_range(group.first, target.node, visit);
      return;
    }
    from = group.end;
  }
}

// True if the node and all groups around it, up to the open one, have to be there.
bool StructureMatcher::is_required(const Candidate& target) const noexcept {
  if (target.again) return false;
  for (std::size_t node = open_[target.level].first; node < target.node;) {
    const bool holds_target = end_of(node) > target.node;
    if (holds_target && !nodes_[node].required) return false;
    node = holds_target ? node + 1 : end_of(node);
  }
  return nodes_[target.node].required;
}

// True if anything that the target leaves out comes behind `place`.
bool StructureMatcher::comes_later(const Candidate& target, std::uint32_t place) const {
  bool later = false;
  visit_skipped(target, [&](std::size_t node) {
    later = last_places_[nodes_[first_segment(node)].name_key] > place;
    return !later;
  });
  return later;
}

// The first segment that has to be there for the node to be there.
std::size_t StructureMatcher::first_segment(std::size_t node) const noexcept {
  std::size_t found = node;
  for (std::size_t each = node; each < end_of(node); ++each) {
    if (nodes_[each].kind != NodeKind::kSegment) continue;
    if (nodes_[found].kind != NodeKind::kSegment) found = each;
    if (nodes_[each].required) return each;
  }
  return found;
}

void StructureMatcher::note_missing(std::size_t node) {
  const StructureNode& segment = nodes_[first_segment(node)];
  if (newly_missing_count_ == newly_missing_.size()) return;
  newly_missing_[newly_missing_count_++] = segment.name;
  missing_.push_back(segment.name_key);
}

void StructureMatcher::enter(const Candidate& target) {
  depth_ = target.level + 1;
  for (std::size_t node = open_[target.level].first; node < target.node;) {
    if (end_of(node) <= target.node) {
      node = end_of(node);
      continue;
    }
    if (depth_ < open_.size()) open_[depth_++] = {node + 1, end_of(node), nodes_[node].repeats};
    ++node;
  }
  at_ = target.node;
  filled_.set(at_);
}

// Why a segment has no place.
Placement StructureMatcher::explain(std::uint16_t key) {
  const auto missing = std::find(missing_.begin(), missing_.end(), key);
  if (missing != missing_.end()) {
    missing_.erase(missing);
    return Placement::kMoved;
  }
  bool known = false;
  for (std::size_t node = 0; node < node_count_; ++node) {
    if (!takes(node, key)) continue;
    if (filled_.test(node)) return Placement::kExtra;
    known = true;
  }
  return known ? Placement::kAstray : Placement::kUnknown;
}

}  // namespace hl7
