// hl7/timestamp.hpp: points in time as HL7 writes them.
#pragma once

#include <chrono>
#include <string>

#include "base/clock.hpp"

namespace hl7 {

enum class TimeForm : std::uint8_t {
  kOffset = 1,  // 20260403140000+0200
  kPlain = 2,   // 20260403140000
};

// A point in time as a clock on a wall in some zone shows it.
struct LocalTime {
  base::WallTime at{};                 // UTC; REQUIRES: in the years 0 to 9999
  std::chrono::minutes utc_offset{0};  // east is positive; REQUIRES: less than a day
};

// Appends local time to the second (cut, not rounded).
void append_timestamp(std::string& out, const LocalTime& time, TimeForm form);

}  // namespace hl7
