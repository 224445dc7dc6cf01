#include "connect/http_status.hpp"

namespace connectors {

std::optional<Blame> blame_for_status(long status) noexcept {
  if (status >= 200 && status <= 299) return std::nullopt;
  switch (status) {
    case 400:
    case 409:
    case 413:
    case 415:
    case 422: return Blame::kMessage;
    case 401:
    case 403:
    case 404:
    case 405:
    case 407:
    case 408:
    case 421:
    case 425:
    case 429: return Blame::kTarget;
    default: return status >= 400 && status <= 499 ? Blame::kUnclear : Blame::kTarget;
  }
}

}  // namespace connectors
