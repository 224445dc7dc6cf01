#include "control/letter_filter.hpp"

namespace control {

bool takes(const LetterFilter& filter, const store::ParkedEntry& entry) {
  if (filter.since && entry.parked_at < *filter.since) return false;
  if (filter.until && entry.parked_at >= *filter.until) return false;
  if (!filter.control_id.empty() && entry.control_id != filter.control_id) return false;
  if (!filter.reason.empty() && entry.reason.find(filter.reason) == std::string::npos) return false;
  if (filter.type.empty() || filter.type == entry.type) return true;
  return filter.type == entry.type + "^" + entry.trigger;
}

}  // namespace control
