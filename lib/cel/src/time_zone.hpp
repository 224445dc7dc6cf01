// time_zone.hpp: how far local time is from UTC, at any instant.
//
// Zones come from the system's time zone database, /usr/share/zoneinfo, as files of
// the format TZif (RFC 8536). A file is read when its name is first asked for and
// kept for as long as the process lives.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "time_zone_rule.hpp"

namespace cel {

class TimeZone {
 public:
  // UTC.
  TimeZone() = default;

  // From the octets of a file. None for what is not such a file, and for one that
  // counts leap seconds.
  [[nodiscard]] static std::optional<TimeZone> parse(std::string_view octets);

  // Seconds east of UTC. REQUIRES: an instant of the years 1 to 9999.
  [[nodiscard]] std::int32_t offset_at(std::int64_t unix_seconds) const noexcept;

 private:
  struct Transition {
    std::int64_t unix_seconds;
    std::int32_t offset;  // from then on
  };

  std::int32_t first_offset_ = 0;  // before the first transition
  std::vector<Transition> transitions_;
  std::optional<TimeZoneRule> rule_;  // after the last transition
};

// "+02:00", "-09:30" or "02:00", as seconds east of UTC: two digits each, up to 23:59.
[[nodiscard]] std::optional<std::int32_t> parse_fixed_offset(std::string_view text) noexcept;

// The zone of that name in the database, or null: "Europe/Helsinki", "US/Central". The
// empty name is UTC. Names are as long as those of the database, and cannot leave its
// folder. Safe to call from several threads at a time; what it returns never goes away.
[[nodiscard]] const TimeZone* find_time_zone(std::string_view name);

}  // namespace cel
