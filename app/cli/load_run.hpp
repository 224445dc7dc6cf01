// cli/load_run.hpp: a closed loop of load on one MLLP server, every answer checked.
//
// Each connection keeps a fixed number of messages in flight: an answer that
// comes is the leave to send the next. A slow server is therefore asked less
// often, and the latencies are those of a sender that waits, as senders do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/answer_check.hpp"
#include "cli/latency_histogram.hpp"
#include "cli/load_message.hpp"
#include "cli/peer_loop.hpp"

namespace cli {

struct LoadPlan {
  Destination destination;
  std::vector<LoadTemplate> templates;         // in turn; REQUIRES: at least one
  std::size_t connection_count = 1;            // REQUIRES: at least 1
  std::size_t in_flight_max = 1;               // on each connection; REQUIRES: at least 1
  std::optional<std::uint64_t> message_count;  // none: until `duration` is over
  base::Duration duration{};                   // measured, so without the warm-up
  base::Duration warm_up{};                    // checked, but not measured
  base::Duration answer_timeout{};             // then the connection is given up
  std::uint64_t seed = 0;                      // of the control ids
};

// Of the whole run, warm-up included, unless it says measured.
struct LoadTally {
  std::uint64_t sent = 0;
  std::uint64_t accepted = 0;              // AA or CA, to the message it was for
  std::array<std::uint64_t, 7> by_code{};  // right answers, by hl7::AckCode's number
  std::uint64_t mismatched = 0;            // MSA-2 of no message in flight there
  std::uint64_t out_of_order = 0;          // MSA-2 of a later message in flight
  std::uint64_t unreadable = 0;            // no MSH, no MSA or an unknown MSA-1
  std::uint64_t unexpected = 0;            // nothing was in flight
  std::uint64_t stray_bytes = 0;           // octets outside of the answers' frames
  std::uint64_t unanswered = 0;
  std::uint64_t connections_lost = 0;  // never made, or ended while still needed
  std::optional<PeerLoss> first_loss;
  std::uint64_t measured_answers = 0;
  std::uint64_t measured_bytes = 0;  // of the frames of these messages
  base::Duration measured_time{};    // up to the last answer
  LatencyHistogram latency;          // measured, from append to answer

  // Every message sent was accepted, and nothing else came.
  [[nodiscard]] bool is_clean() const noexcept;
};

struct LoadProgress {
  std::uint64_t answered = 0;
  double answers_per_second = 0.0;  // since the last time
  double share_done = 0.0;          // 0 to 1
};

// Not thread-safe; one run() each.
class LoadRun final : private PeerHandler {
 public:
  using Watch = std::function<void(const LoadProgress&)>;

  // `watch` is called about ten times a second; `stop` is asked as often, and
  // ends the sending when it says so. Both may be empty.
  LoadRun(LoadPlan plan, const base::Clock& clock, Watch watch, std::function<bool()> stop);

  // Returns when every message is answered or given up.
  [[nodiscard]] LoadTally run();

 private:
  struct Flight {
    ControlId id;
    std::uint32_t frame_bytes;
    base::SteadyTime sent_at;
  };

  // The messages in flight on one connection, oldest first: a ring.
  struct Lane {
    std::vector<Flight> ring;
    std::size_t first = 0;
    std::size_t count = 0;
    bool connecting = false;
  };

  void on_connected(std::size_t peer) override;
  AnswerVerdict on_answer(std::size_t peer, base::ByteView payload) override;
  void on_lost(std::size_t peer, const PeerLoss& loss) override;

  void connect_all();
  void send_first();
  void feed(std::size_t peer, base::SteadyTime now);
  [[nodiscard]] bool may_send(base::SteadyTime now) const noexcept;
  void judge(const Lane& lane, const CheckedAnswer& answer);
  void measure(const Flight& flight, base::SteadyTime now);
  void tick(base::SteadyTime now);
  void give_up_on_silent_peers(base::SteadyTime now);
  void note_loss(const PeerLoss& loss);
  void drop_flights(Lane& lane);
  void report(base::SteadyTime now);

  LoadPlan plan_;
  const base::Clock& clock_;
  Watch watch_;
  std::function<bool()> stop_;
  PeerLoop loop_;
  std::vector<Lane> lanes_;
  LoadSequence sequence_;
  LoadTally tally_;
  std::size_t connecting_count_ = 0;
  std::uint64_t in_flight_count_ = 0;  // on all connections
  std::uint64_t answered_ = 0;
  bool begun_ = false;    // all connections were tried
  bool sending_ = false;  // may send; false again once stopped
  base::SteadyTime measured_from_{};
  base::SteadyTime send_until_{};
  base::SteadyTime last_answer_{};
  base::SteadyTime ticked_at_{};
  std::uint64_t ticked_answered_ = 0;
};

}  // namespace cli
