// connect/modules/postgres_connector.hpp: delivers into a table of PostgreSQL.
//
// A call is one transaction, so most calls are one commit. When a row is refused, those
// before it are sent again without it. A connection that was good for an earlier call and
// is lost before this one is answered is replaced once, at once; rows that had been
// committed meanwhile are met again and left alone.
#pragma once

#include <span>
#include <stop_token>
#include <vector>

#include "base/clock.hpp"
#include "connect/connector.hpp"
#include "connect/modules/postgres_link.hpp"

namespace connectors {

// A stop request while a batch is out leaves it 5 s to be committed, or what is left of
// its time.
class PostgresConnector final : public Connector {
 public:
  // The clock outlives the connector.
  PostgresConnector(PostgresSettings settings, const base::Clock& clock);

  std::vector<Outcome> deliver(std::span<const Delivery> deliveries, std::stop_token stop) override;

  [[nodiscard]] std::size_t batch_max() const noexcept override { return settings_.batch_max; }

 private:
  using BatchFailure = PostgresLink::BatchFailure;

  [[nodiscard]] base::Status<BatchFailure> insert(std::span<const Delivery> deliveries,
                                                  const std::stop_token& stop);
  [[nodiscard]] base::Status<BatchFailure> insert_once(std::span<const Delivery> deliveries,
                                                       const std::stop_token& stop);

  const PostgresSettings settings_;
  const base::Clock& clock_;
  PostgresLink link_;
};

}  // namespace connectors
