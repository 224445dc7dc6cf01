#include "intake/local_time.hpp"

#include <chrono>
#include <ctime>
#include <limits>

namespace intake {
namespace {

std::chrono::minutes offset_at(std::chrono::sys_time<std::chrono::minutes> minute) noexcept {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(minute.time_since_epoch()).count();
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return std::chrono::minutes(0);
  return std::chrono::minutes(local.tm_gmtoff / 60);
}

}  // namespace

hl7::LocalTime to_local_time(base::WallTime at) noexcept {
  thread_local std::chrono::sys_time<std::chrono::minutes> known_minute{
      std::chrono::minutes(std::numeric_limits<std::int32_t>::min())};
  thread_local std::chrono::minutes known_offset{0};
  const auto minute = std::chrono::floor<std::chrono::minutes>(at);
  if (minute != known_minute) {
    known_minute = minute;
    known_offset = offset_at(minute);
  }
  return {at, known_offset};
}

}  // namespace intake
