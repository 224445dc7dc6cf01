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

// First every exchange learns its outcome, then each session sends what is ready:
// answers of one commit leave in one write.
void deliver(const std::vector<std::unique_ptr<store::Append>>& batch) {
  for (const auto& append : batch) {
    auto& exchange = *static_cast<Exchange*>(append->keep_alive.get());
    if (const auto session = exchange.session.lock()) {
      session->conclude(exchange, outcome_of(*append));
    } else {
      telemetry::count(telemetry::Counter::kAnswersUnsent);
    }
  }
  for (const auto& append : batch) {
    const auto& exchange = *static_cast<const Exchange*>(append->keep_alive.get());
    if (const auto session = exchange.session.lock()) session->send_ready();
  }
}

}  // namespace

void ReturnSink::appended(std::vector<std::unique_ptr<store::Append>> batch) {
  if (loop_.is_this_thread()) return deliver(batch);  // a store without a thread of its own
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

void ReturnSink::deliver_waiting() {
  std::vector<std::unique_ptr<store::Append>> batch;
  {
    const base::Lock lock(mutex_);
    batch.swap(waiting_);
  }
  deliver(batch);
}

}  // namespace session
