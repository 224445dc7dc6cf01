// cli/send_run.hpp: sends messages to an MLLP server until each has its answer.
//
// What each connection holds, in the order of the messages:
//
//               room                  accepted, or final
//     stream ──────────► in flight ───────────────────────► settled
//                          ▲   │ AE, CE, no answer, connection lost
//                          │   ▼
//                          again ── retries used up ──────► settled
//
// While a message waits to be sent again, nothing newer leaves on its
// connection. One that got no answer may have been stored all the same: sent
// again, the server may have it twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cli/answer_check.hpp"
#include "cli/input_stream.hpp"
#include "cli/peer_loop.hpp"

namespace cli {

struct SendPlan {
  Destination destination;
  std::size_t connection_count = 1;  // REQUIRES: at least 1
  std::size_t in_flight_max = 1;     // on each connection; REQUIRES: at least 1
  double messages_per_second = 0.0;  // over all connections; 0: as fast as answers come
  base::Duration answer_timeout{};   // also for the connection to be made
  unsigned retries = 0;              // for each message, and for each connection
  base::Duration retry_wait{};       // before the first; doubled each time, up to 30 s
};

enum class Settlement : std::uint8_t {
  kAccepted = 1,    // AA or CA
  kRefused = 2,     // AE, AR, CE or CR, for good
  kMismatched = 3,  // the answer was to another message
  kUnreadable = 4,  // what came is no answer
  kUnanswered = 5,
};

// How one attempt ended. Views are valid during the call.
struct SendOutcome {
  Settlement settlement;
  hl7::AckCode code = hl7::AckCode::kAE;  // of kAccepted and kRefused
  std::string_view reason;                // MSA-3, or why there is no answer
  base::ByteView answer;                  // empty where none came
};

struct SendTally {
  std::uint64_t accepted = 0;
  std::array<std::uint64_t, 7> by_code{};  // final answers, by hl7::AckCode's number
  std::uint64_t mismatched = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t unexpected = 0;  // frames that came when nothing was in flight
  std::uint64_t retries = 0;
  std::uint64_t settled_bytes = 0;  // of the payloads
  base::Duration time{};            // up to the last settlement
  bool complete = false;            // the inputs were sent to their end

  // Messages that were sent and settled.
  [[nodiscard]] std::uint64_t settled() const noexcept;
};

// Told what happens, from within run().
class SendObserver {
 public:
  virtual ~SendObserver() = default;

  virtual void on_settled(const OutgoingMessage& message, const SendOutcome& outcome) = 0;
  virtual void on_retry(const OutgoingMessage& message, const SendOutcome& outcome,
                        base::Duration wait) = 0;
  // A connection could not be made or kept, and is tried again unless given up.
  virtual void on_trouble(const PeerLoss& loss, bool given_up) = 0;
  // At least twenty times a second. True ends the run: nothing new is sent.
  [[nodiscard]] virtual bool on_tick(const SendTally& tally) = 0;

 protected:
  SendObserver() = default;
  SendObserver(const SendObserver&) = default;
  SendObserver& operator=(const SendObserver&) = default;
};

// Not thread-safe; one run() each. All references outlive it.
class SendRun final : private PeerHandler {
 public:
  SendRun(SendPlan plan, InputStream& stream, SendObserver& observer, const base::Clock& clock);

  [[nodiscard]] SendTally run();

 private:
  struct Flight {
    OutgoingMessage message;
    unsigned attempt = 0;
    base::SteadyTime sent_at{};
  };

  struct Lane {
    std::deque<Flight> in_flight;
    std::deque<Flight> again;       // by ordinal
    base::SteadyTime not_before{};  // for `again`, and for the next connection
    base::SteadyTime connecting_since{};
    unsigned connect_failures = 0;  // in a row
    unsigned losses = 0;            // of connections, since the last answer
    bool given_up = false;
  };

  void on_connected(std::size_t peer) override;
  AnswerVerdict on_answer(std::size_t peer, base::ByteView payload) override;
  void on_lost(std::size_t peer, const PeerLoss& loss) override;

  void pump(std::size_t peer, base::SteadyTime now);
  void connect(std::size_t peer, base::SteadyTime now);
  void give_up_if_silent(std::size_t peer, base::SteadyTime now);
  void send_again(std::size_t peer, base::SteadyTime now);
  void send_new(std::size_t peer, base::SteadyTime now);
  void send(std::size_t peer, Flight flight, base::SteadyTime now);
  void judge(Lane& lane, Flight flight, base::ByteView payload);
  void retry_or_settle(Lane& lane, Flight flight, const SendOutcome& outcome);
  void settle(const OutgoingMessage& message, const SendOutcome& outcome);
  void give_up(Lane& lane, const PeerLoss& loss);
  void settle_waiting(Lane& lane, std::string_view reason);

  [[nodiscard]] bool has_more();
  [[nodiscard]] bool may_take(base::SteadyTime now);
  [[nodiscard]] bool is_finished();
  [[nodiscard]] base::Duration wait_time(base::SteadyTime now) const;
  [[nodiscard]] base::Duration retry_wait(unsigned failures) const;

  SendPlan plan_;
  InputStream& stream_;
  SendObserver& observer_;
  const base::Clock& clock_;
  PeerLoop loop_;
  std::vector<Lane> lanes_;
  std::optional<OutgoingMessage> next_;  // taken from the stream, not yet sent
  bool exhausted_ = false;               // the stream
  bool stopped_ = false;
  std::uint64_t taken_count_ = 0;
  base::SteadyTime begun_at_{};
  SendTally tally_;
};

}  // namespace cli
