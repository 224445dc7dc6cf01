// connect/http_status.hpp: whose fault it is that a request was not taken, by the status
// of its answer.
//
//   2xx                                                       taken
//   400 409 413 415 422                                       the message's
//   other 4xx than these and those of the next line           unclear
//   1xx 3xx 401 403 404 405 407 408 421 425 429 5xx, others   the target's
//
// A target that asks for a login or is not where it was cannot have judged the message,
// so nothing is set aside for it: the lane waits. Redirections are not followed: who
// gets patient data stands in the configuration.
#pragma once

#include <optional>

#include "connect/connector.hpp"

namespace connectors {

// None: the message was taken.
[[nodiscard]] std::optional<Blame> blame_for_status(long status) noexcept;

}  // namespace connectors
