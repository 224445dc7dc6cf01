#include "session/return_sink.hpp"

#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "session/exchange.hpp"
#include "session/mllp_session.hpp"
#include "telemetry/metrics.hpp"

namespace session {
namespace {

intake::CommitOutcome outcome_of(const store::Append& append) {
  if (append.outcome) return std::nullopt;
  return append.outcome.error();
}

// The exchange learns its outcome. Returns who is waiting for it, if anybody is.
std::shared_ptr<MllpSession> conclude(std::unique_ptr<store::Append> append) {
  const auto exchange = std::static_pointer_cast<Exchange>(std::move(append->keep_alive));
  const intake::CommitOutcome outcome = outcome_of(*append);
  exchange->append = std::move(append);
  auto session = exchange->session.lock();
  if (session) {
    session->conclude(*exchange, outcome);
  } else {
    telemetry::count(telemetry::Counter::kAnswersUnsent);
  }
  return session;
}

// First every exchange learns its outcome, then each session sends what is ready:
// answers of one commit leave in one write.
void deliver(std::vector<std::unique_ptr<store::Append>> batch) {
  std::vector<std::shared_ptr<MllpSession>> sessions;
  sessions.reserve(batch.size());
  for (auto& append : batch) {
    auto session = conclude(std::move(append));
    if (session && (sessions.empty() || sessions.back() != session)) {
      sessions.push_back(std::move(session));
    }
  }
  for (const auto& session : sessions) session->send_ready();
}

}  // namespace

void ReturnSink::appended(std::vector<std::unique_ptr<store::Append>> batch) {
  if (loop_.is_this_thread()) {
    if (own_.empty()) boost::asio::post(loop_.executor(), [this] { deliver_own(); });
    std::move(batch.begin(), batch.end(), std::back_inserter(own_));
    return;
  }
  {
    const base::Lock lock(mutex_);
    if (!waiting_.empty()) {
      std::move(batch.begin(), batch.end(), std::back_inserter(waiting_));
      return;
    }
    waiting_ = std::move(batch);
  }
  boost::asio::post(loop_.executor(), [this] { deliver_waiting(); });
}

void ReturnSink::deliver_own() { deliver(std::exchange(own_, {})); }

void ReturnSink::deliver_waiting() {
  std::vector<std::unique_ptr<store::Append>> batch;
  {
    const base::Lock lock(mutex_);
    batch.swap(waiting_);
  }
  deliver(std::move(batch));
}

}  // namespace session
