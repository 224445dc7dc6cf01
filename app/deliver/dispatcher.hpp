// deliver/dispatcher.hpp: the lanes of all connectors.
//
// Each lane has a thread and a connection of its own, so that a slow or dead target
// delays nobody but those who wait for it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.hpp"
#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"
#include "deliver/circuit.hpp"
#include "deliver/lane_report.hpp"
#include "deliver/lane_thread.hpp"
#include "deliver/questions.hpp"
#include "store/outbox.hpp"

namespace deliver {

// ConnectorStatus::target of one that is served no more.
inline constexpr const char* kRemovedTarget = "removed";

// One connector, ready to be delivered to.
struct Destination {
  std::string name;
  store::ConnectorId id;  // by Outbox::connector_id
  std::shared_ptr<const connectors::ConnectorPlan> plan;
  config::RetrySettings retry;
  std::uint32_t lane_count = 1;  // at least 1
  std::string settings{};        // as they are written: two that are alike deliver alike
  Questions* questions{};        // set: it is asked, not delivered to; outlives the dispatcher
};

struct ConnectorStatus {
  std::string name;
  store::ConnectorId id;
  std::string target;  // ConnectorPlan::describe(), or kRemovedTarget
  LaneReport lanes;    // summed; the worst state, the latest failure
  store::LaneStatus queue;
};

// Thread-safe but for start() and replace(). The destructor waits for the lanes, however long.
class Dispatcher {
 public:
  // Outbox, clock and journal outlive it; without a journal nobody is told of attempts.
  Dispatcher(std::vector<Destination> destinations, store::Outbox& outbox, const base::Clock& clock,
             audit::Journal* journal = nullptr);
  ~Dispatcher();

  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // REQUIRES: called once.
  void start();

  // From now on these are served. What is as it was goes on; what has changed goes on by
  // its new settings, once its old lanes have ended; what is there no more ends at the
  // boundary of a message, and its queue stays in the outbox and in status(). Returns at
  // once, also where a lane that shall end hangs in its target.
  // REQUIRES: started, from one thread.
  struct Replaced {
    std::size_t added = 0;
    std::size_t changed = 0;
    std::size_t removed = 0;
  };

  Replaced replace(std::vector<Destination> next);

  // Stops all lanes at the boundary of a message. False if `longest` has passed and
  // some still run, hung in a connector: then the caller should end the process
  // without destroying the dispatcher. Nothing is lost by that: claims live in
  // memory only.
  [[nodiscard]] bool stop(base::Duration longest);

  // In the order given; those that were removed since the start stand behind.
  [[nodiscard]] std::vector<ConnectorStatus> status() const;

  // By hand: the lanes of that connector try at once. False if there is none.
  [[nodiscard]] bool resume(std::string_view name);

 private:
  struct Served {
    Destination destination;
    std::shared_ptr<Circuit> circuit;
    std::vector<std::unique_ptr<LaneThread>> lanes;  // end before the plan they use
  };

  using Lanes = std::vector<std::shared_ptr<LaneThread>>;  // each holds all that it uses

  [[nodiscard]] std::shared_ptr<Served> make_served(Destination destination);
  [[nodiscard]] std::shared_ptr<Served> take_served(store::ConnectorId id) REQUIRES_LOCK(mutex_);
  void retire(std::shared_ptr<Served> served) REQUIRES_LOCK(mutex_);
  [[nodiscard]] Lanes ending_lanes(store::ConnectorId id) const REQUIRES_LOCK(mutex_);
  [[nodiscard]] Lanes all_lanes() const;
  void request_stop();

  store::Outbox& outbox_;
  const base::Clock& clock_;
  audit::Journal* const journal_;
  mutable base::Mutex mutex_;
  std::vector<std::shared_ptr<Served>> served_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Served>> ending_ GUARDED_BY(mutex_);  // until their lanes have
  std::map<std::string, store::ConnectorId> removed_ GUARDED_BY(mutex_);
};

}  // namespace deliver
