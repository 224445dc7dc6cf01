// deliver/lane_thread.hpp: runs one lane on a thread of its own, for as long as it
// is wanted.
//
// A lane that dies of an exception gives back what it had in hand, says so in the
// log and is begun anew after a second, with a new connector: no lane ever needs a
// restart of the process.
#pragma once

#include <condition_variable>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "deliver/lane.hpp"
#include "deliver/lane_report.hpp"
#include "store/outbox.hpp"

namespace deliver {

// Thread-safe. The destructor stops the lane and waits for it, for however long
// its connector takes.
class LaneThread {
 public:
  // What it is given outlives it.
  LaneThread(LaneSettings settings, const connectors::ConnectorPlan& plan, store::Outbox& outbox,
             const base::Clock& clock);
  ~LaneThread();

  LaneThread(const LaneThread&) = delete;
  LaneThread& operator=(const LaneThread&) = delete;

  // Takes its first step when these have ended: two connectors for one target would
  // disturb each other. REQUIRES: called once.
  void start(std::vector<std::shared_ptr<LaneThread>> after = {});

  // Asks the lane to end at the boundary of a message; returns at once.
  void request_stop();

  // Waits for the end that was asked for. False if `longest` has passed before; a
  // lane that was never started has ended.
  [[nodiscard]] bool await_end(base::Duration longest);

  // By hand: ends an incident or a stop; the lane tries at once.
  void resume();

  // As of the last round.
  [[nodiscard]] LaneReport report() const;

 private:
  void run(const std::stop_token& stop);
  [[nodiscard]] bool run_until_it_dies(const std::stop_token& stop);
  void pause(base::SteadyTime until, const std::stop_token& stop);
  [[nodiscard]] bool take_resume();
  void publish();

  store::Outbox& outbox_;
  const base::Clock& clock_;
  const std::string name_;  // of the thread
  Lane lane_;               // the thread's own, once it runs

  mutable base::Mutex mutex_;
  std::condition_variable_any changed_;
  bool resume_wanted_ GUARDED_BY(mutex_) = false;
  bool running_ GUARDED_BY(mutex_) = false;
  LaneReport report_ GUARDED_BY(mutex_);

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace deliver
