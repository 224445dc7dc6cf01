// intake/local_time.hpp: the server's own zone, for the times that it writes.
#pragma once

#include "base/clock.hpp"
#include "hl7/timestamp.hpp"

namespace intake {

// The zone of the process (TZ, else /etc/localtime) at that moment. The offset is
// looked up once a minute for each thread: no zone changes within one.
[[nodiscard]] hl7::LocalTime to_local_time(base::WallTime at) noexcept;

}  // namespace intake
