#include "telemetry/repeat_limit.hpp"

namespace telemetry {
namespace {

constexpr base::Duration kWindow = std::chrono::seconds(1);

}  // namespace

bool RepeatLimit::admit(std::string_view event, Level level, base::SteadyTime now) {
  Window* const window = find_or_make(event, now);
  if (window == nullptr) return true;
  // A window with an untold number stays until take_repeated() has told it.
  if (now - window->began >= kWindow && window->left_out_count == 0) *window = Window{now};
  if (window->written_count < per_second_) {
    ++window->written_count;
    return true;
  }
  if (window->left_out_count == 0) ++untold_count_;
  ++window->left_out_count;
  window->level = level;
  return false;
}

std::vector<Repeated> RepeatLimit::take_repeated(base::SteadyTime now) {
  std::vector<Repeated> told;
  if (untold_count_ == 0) return told;
  for (auto& [event, window] : windows_) {
    if (window.left_out_count == 0 || now - window.began < kWindow) continue;
    told.push_back({event, window.level, window.left_out_count});
    window = Window{now};
    --untold_count_;
  }
  return told;
}

RepeatLimit::Window* RepeatLimit::find_or_make(std::string_view event, base::SteadyTime now) {
  const auto found = windows_.find(event);
  if (found != windows_.end()) return &found->second;
  if (windows_.size() >= kEventsMax) return nullptr;
  return &windows_.emplace(std::string(event), Window{now}).first->second;
}

}  // namespace telemetry
