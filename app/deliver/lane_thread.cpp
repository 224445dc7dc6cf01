#include "deliver/lane_thread.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "telemetry/log.hpp"

namespace deliver {
namespace {

constexpr base::Duration kRestartPause = std::chrono::seconds(1);
constexpr base::Duration kPredecessorPoll = std::chrono::milliseconds(100);
constexpr base::Duration kLongestSleep = std::chrono::minutes(1);

// "lab/3": what the kernel's lists of threads show, within its 15 characters.
std::string thread_name(const LaneSettings& settings) {
  constexpr std::size_t kLengthMax = 15;
  const std::string number = "/" + std::to_string(settings.slice.index);
  return settings.name.substr(0, kLengthMax - number.size()) + number;
}

}  // namespace

LaneThread::LaneThread(LaneSettings settings, const connectors::ConnectorPlan& plan,
                       store::Outbox& outbox, const base::Clock& clock)
    : outbox_(outbox),
      clock_(clock),
      name_(thread_name(settings)),
      lane_(std::move(settings), plan, outbox, clock) {}

LaneThread::~LaneThread() { request_stop(); }

void LaneThread::start(std::vector<std::shared_ptr<LaneThread>> after) {
  {
    const base::Lock lock(mutex_);
    running_ = true;
  }
  thread_ = std::jthread([this, after = std::move(after)](const std::stop_token& stop) mutable {
    static_cast<void>(pthread_setname_np(pthread_self(), name_.c_str()));
    for (const auto& lane : after) {
      while (!stop.stop_requested() && !lane->await_end(kPredecessorPoll)) {
      }
    }
    after.clear();
    run(stop);
  });
}

void LaneThread::request_stop() { thread_.request_stop(); }

bool LaneThread::await_end(base::Duration longest) {
  const auto until = base::Clock::system().steady_now() + longest;
  const base::Lock lock(mutex_);
  while (running_) {
    if (changed_.wait_until(mutex_, until) == std::cv_status::timeout) return !running_;
  }
  return true;
}

void LaneThread::resume() {
  const base::Lock lock(mutex_);
  resume_wanted_ = true;
  changed_.notify_all();
}

bool LaneThread::take_resume() {
  const base::Lock lock(mutex_);
  return std::exchange(resume_wanted_, false);
}

LaneReport LaneThread::report() const {
  const base::Lock lock(mutex_);
  return report_;
}

void LaneThread::publish() {
  const base::Lock lock(mutex_);
  report_ = lane_.report();
}

void LaneThread::run(const std::stop_token& stop) {
  while (!run_until_it_dies(stop)) {
    lane_.abandon();
    publish();
    pause(clock_.steady_now() + kRestartPause, stop);
  }
  const base::Lock lock(mutex_);
  running_ = false;
  changed_.notify_all();
}

// True if it has ended as it should: by a stop or with the outbox.
bool LaneThread::run_until_it_dies(const std::stop_token& stop) {
  const LaneSettings& settings = lane_.settings();
  try {
    while (!stop.stop_requested()) {
      if (take_resume()) lane_.resume();
      const Lane::Step step = lane_.step(stop);
      publish();
      switch (step.next) {
        case Lane::Next::kStep: break;
        case Lane::Next::kSleep:
          outbox_.wait(settings.slice, clock_.steady_now() + kLongestSleep, stop);
          break;
        case Lane::Next::kPause: pause(step.until, stop); break;
        case Lane::Next::kEnd: return true;
      }
    }
    return true;
  } catch (const std::exception& death) {
    telemetry::log(telemetry::Level::kError, "lane_died",
                   {{"connector", settings.name}, {"what", death.what()}});
    return false;
  }
}

// A clock that is turned by hand is not watched: resume() wakes.
void LaneThread::pause(base::SteadyTime until, const std::stop_token& stop) {
  const base::Duration length = std::min(until - clock_.steady_now(), kLongestSleep);
  const base::Lock lock(mutex_);
  changed_.wait_for(mutex_, stop, length,
                    [this]() REQUIRES_LOCK(mutex_) { return resume_wanted_; });
}

}  // namespace deliver
