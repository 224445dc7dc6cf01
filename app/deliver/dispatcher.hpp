// deliver/dispatcher.hpp: the lanes of all connectors.
//
// Each lane has a thread and a connection of its own, so that a slow or dead target
// delays nobody but those who wait for it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"
#include "deliver/circuit.hpp"
#include "deliver/lane_report.hpp"
#include "deliver/lane_thread.hpp"
#include "store/outbox.hpp"

namespace deliver {

// One connector, ready to be delivered to.
struct Destination {
  std::string name;
  store::ConnectorId id;  // by Outbox::connector_id
  std::unique_ptr<const connectors::ConnectorPlan> plan;
  config::RetrySettings retry;
  std::uint32_t lane_count = 1;  // at least 1
};

struct ConnectorStatus {
  std::string name;
  std::string target;  // ConnectorPlan::describe()
  LaneReport lanes;    // summed; the worst state, the latest failure
  store::LaneStatus queue;
};

// Thread-safe but for start(). The destructor waits for the lanes, however long.
class Dispatcher {
 public:
  // Outbox and clock outlive it.
  Dispatcher(std::vector<Destination> destinations, store::Outbox& outbox,
             const base::Clock& clock);
  ~Dispatcher();

  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // REQUIRES: called once.
  void start();

  // Stops all lanes at the boundary of a message. False if `longest` has passed and
  // some still run, hung in a connector: then the caller should end the process
  // without destroying the dispatcher. Nothing is lost by that: claims live in
  // memory only.
  [[nodiscard]] bool stop(base::Duration longest);

  // In the order given.
  [[nodiscard]] std::vector<ConnectorStatus> status() const;

  // By hand: the lanes of that connector try at once. False if there is none.
  [[nodiscard]] bool resume(std::string_view name);

 private:
  void request_stop();

  struct Served {
    Destination destination;
    std::shared_ptr<Circuit> circuit;
    std::vector<std::unique_ptr<LaneThread>> lanes;  // end before the plan they use
  };

  store::Outbox& outbox_;
  const base::Clock& clock_;
  std::vector<Served> served_;
};

}  // namespace deliver
