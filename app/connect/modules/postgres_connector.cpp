#include "connect/modules/postgres_connector.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace connectors {
namespace {

constexpr base::Duration kAfterStop = std::chrono::seconds(5);
constexpr base::Duration kServerFirst = std::chrono::seconds(1);  // its own time-out says more

}  // namespace

PostgresConnector::PostgresConnector(PostgresSettings settings, const base::Clock& clock)
    : settings_(std::move(settings)), clock_(clock), link_(settings_) {}

base::Status<PostgresLink::BatchFailure> PostgresConnector::insert_once(
    std::span<const Delivery> deliveries, const std::stop_token& stop) {
  if (!link_.is_open()) {
    Patience connecting(clock_, settings_.connect_timeout, stop);
    if (auto opened = link_.open(connecting); !opened) {
      return base::fail(BatchFailure{0, std::move(opened).error()});
    }
  }
  Patience waiting(clock_, settings_.timeout + kServerFirst, stop, kAfterStop);
  return link_.insert(deliveries, waiting);
}

base::Status<PostgresLink::BatchFailure> PostgresConnector::insert(
    std::span<const Delivery> deliveries, const std::stop_token& stop) {
  const bool reused = link_.is_open();
  auto inserted = insert_once(deliveries, stop);
  const bool lost =
      !inserted && !link_.is_open() && inserted.error().failure.what != FailureClass::kTimeout;
  if (reused && lost && !stop.stop_requested()) return insert_once(deliveries, stop);
  return inserted;
}

std::vector<Outcome> PostgresConnector::deliver(std::span<const Delivery> deliveries,
                                                std::stop_token stop) {
  std::vector<Outcome> outcomes(deliveries.size(), NotTried{});
  if (deliveries.empty() || stop.stop_requested()) return outcomes;
  auto inserted = insert(deliveries, stop);
  if (inserted) {
    std::ranges::fill(outcomes, Delivered{});
    return outcomes;
  }
  auto& [index, failure] = inserted.error();
  if (index == deliveries.size() && index > 1) {  // the commit: which row it was shows one by one
    auto first = deliver(deliveries.first(1), stop);
    outcomes.front() = std::move(first.front());
    return outcomes;
  }
  const std::size_t failed = std::min(index, deliveries.size() - 1);
  if (failed > 0) {
    if (auto before = insert(deliveries.first(failed), stop); !before) {
      outcomes.front() = std::move(before.error().failure);
      return outcomes;
    }
    std::fill_n(outcomes.begin(), failed, Delivered{});
  }
  outcomes[failed] = std::move(failure);
  return outcomes;
}

}  // namespace connectors
