// Sessions on memory channels, moved by hand: everything that can run runs in settle().
#pragma once

#include <memory>
#include <string>

#include "net/reception.hpp"
#include "session/mllp_session.hpp"
#include "session/return_sink.hpp"
#include "session/test/gated_outbox.hpp"
#include "session/test/memory_channel.hpp"

namespace session {

class SessionBench {
 public:
  // What the rules are of outlives the bench.
  explicit SessionBench(const config::ListenerSettings& settings,
                        const intake::LiveRules* live = nullptr)
      : settings_(settings),
        loop_(std::make_unique<net::Loop>(pool_, base::Clock::system())),
        intake_(settings_, intake::AckPolicy(), {live == nullptr ? rules_ : *live, 0},
                base::Clock::system()),
        gate_(*loop_, outbox_),
        sink_(*loop_) {}

  // Whatever still waits for the store gets its refusal, and is told to nobody.
  ~SessionBench() {
    outbox_.close();
    settle();
  }

  SessionBench(const SessionBench&) = delete;
  SessionBench& operator=(const SessionBench&) = delete;

  std::shared_ptr<MemoryChannel> connect(MemoryFaults faults = {},
                                         std::string peer = "192.0.2.1:1") {
    auto channel = std::make_shared<MemoryChannel>(loop_->context(), faults);
    auto admitted = admission_->admit(std::nullopt);
    loop_->connection_count.fetch_add(1);
    const SessionContext context{settings_, intake_, gate_,      sink_,
                                 *loop_,    group_,  exchanges_, &questions_};
    net::Arrival arrival{net::Connection(channel, std::move(peer)),
                         std::move(std::get<net::Admission::Ticket>(admitted)),
                         {},
                         {}};
    std::make_shared<MllpSession>(context, std::move(arrival), ++last_id_)->start();
    return channel;
  }

  // Runs all that can run without time passing.
  void settle() {
    loop_->context().restart();
    while (loop_->context().poll() > 0) {
    }
  }

  // As at SIGTERM.
  void drain() { group_.drain(); }

  GatedOutbox& outbox() noexcept { return outbox_; }

  deliver::Questions& questions() noexcept { return questions_; }

  // Of MAX_BUFFERED_BYTES, what sessions hold.
  [[nodiscard]] std::uint64_t held_bytes() const noexcept { return loop_->budget().held_bytes(); }

  [[nodiscard]] std::size_t session_count() const noexcept { return group_.count(); }

 private:
  const config::ListenerSettings settings_;
  net::BufferPool pool_{1U << 30U};
  deliver::Questions questions_;
  GatedOutbox outbox_;
  SessionGroup group_;
  ExchangePool exchanges_;
  std::shared_ptr<net::Admission> admission_ = net::Admission::make({});
  std::unique_ptr<net::Loop> loop_;
  const intake::LiveRules rules_{
      {nullptr, intake::Router({store::ConnectorId{1}}, {{"lab", {1}, {2}}})}};
  intake::Intake intake_;
  AppendGate gate_;
  ReturnSink sink_;
  std::uint64_t last_id_ = 0;
};

// Limits small enough for a test to reach them; no deadline comes.
inline config::ListenerSettings bench_settings() {
  config::ListenerSettings settings;
  settings.max_frame_size = 4096;
  settings.max_garbage = 1024;
  settings.max_in_flight = 4;
  return settings;
}

}  // namespace session
