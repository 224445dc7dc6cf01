#include "connect/recent_messages.hpp"

#include <algorithm>

namespace connectors {

std::string_view to_string(Fate fate) noexcept {
  switch (fate) {
    case Fate::kAnswered: return "answered";
    case Fate::kCommitAccepted: return "commit_accepted";
    case Fate::kUnanswered: return "unanswered";
  }
  return "unknown";
}

void RecentMessages::remember(std::string_view control_id, Fate fate) {
  if (control_id.empty() || control_id.size() > kIdBytesMax) return;
  const auto known = std::ranges::find(entries_, control_id, &Entry::control_id);
  if (known != entries_.end()) {
    known->fate = fate;
    return;
  }
  Entry entry{.control_id = std::string(control_id), .fate = fate};
  if (entries_.size() < kCountMax) {
    entries_.push_back(std::move(entry));
    return;
  }
  entries_[oldest_index_] = std::move(entry);
  oldest_index_ = (oldest_index_ + 1) % kCountMax;
}

const RecentMessages::Entry* RecentMessages::find(Match match,
                                                  std::string_view answered) const noexcept {
  for (const Entry& entry : entries_) {
    if (names(match, {.control_id = entry.control_id, .answered = answered})) return &entry;
  }
  return nullptr;
}

}  // namespace connectors
