// server/doors.hpp: the listeners, the loops behind them and the sessions on those.
//
// Opened as a whole or not at all: a server that has one of its two addresses is
// worse than one that says why it has not started.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "deliver/questions.hpp"
#include "intake/intake.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"
#include "net/reception.hpp"
#include "server/certificates.hpp"
#include "session/append_gate.hpp"
#include "session/exchange_pool.hpp"
#include "session/return_sink.hpp"
#include "session/session_group.hpp"
#include "store/outbox.hpp"

namespace server {

// What a reload replaces under the doors.
struct Supplies {
  const Certificates& certificates;
  const intake::LiveRules& rules;
  deliver::Questions& questions;
};

// Where messages go.
struct Stores {
  store::Outbox& outbox;
  store::RejectedBin* rejected = nullptr;            // what is refused; none: nowhere
  std::optional<store::DedupSecret> dedup_secret{};  // none: it knows no message again
};

class Doors {
 public:
  // Binds all addresses. Nothing is accepted before start(). The configuration,
  // the supplies, the clock and the stores outlive the doors; close the outbox before they go,
  // because appends come back to sinks that live here.
  [[nodiscard]] static base::Result<std::unique_ptr<Doors>, std::string> open(
      const config::Configuration& configuration, const Supplies& supplies, const Stores& stores,
      const base::Clock& clock);

  ~Doors();
  Doors(const Doors&) = delete;
  Doors& operator=(const Doors&) = delete;

  void start();

  // Accepts no more and lets every session answer what it has read.
  void drain();

  [[nodiscard]] std::size_t session_count() const noexcept;

  // Whether every loop has run since the last call, which asked them to; the first call
  // says yes. Never waits. From one thread, while the loops run.
  [[nodiscard]] bool check_pulse();

  // Of at most `count_max` sessions, asked on their own loops; a loop that does not answer
  // within a second is left out. While the loops run; not from one of them.
  [[nodiscard]] std::vector<session::SessionFacts> sessions(std::size_t count_max) const;

  // "default 127.0.0.1:2575", in the order of the configuration.
  [[nodiscard]] std::vector<std::string> addresses() const;

  [[nodiscard]] std::vector<std::string> listener_names() const;

  // Ends the loops; sessions that are left are cut off.
  void stop();

 private:
  // What one listener has on each loop.
  struct Door {
    const config::ListenerSettings& settings;
    std::unique_ptr<intake::Intake> intake;
    std::vector<std::unique_ptr<session::SessionGroup>> groups;  // by loop
    std::vector<std::unique_ptr<net::Reception>> receptions;     // by loop
    std::unique_ptr<net::Listener> listener;
  };

  Doors(const config::Configuration& configuration, deliver::Questions& questions,
        const Stores& stores, const base::Clock& clock);

  base::Status<std::string> open_door(std::size_t index, const Supplies& supplies);
  void add_loop(Door& door, std::size_t loop_index, TlsSource tls);
  [[nodiscard]] std::vector<session::SessionFacts> sessions_of_loop(std::size_t index,
                                                                    std::size_t count_max) const;
  void welcome(Door& door, std::size_t loop_index, net::Arrival arrival);

  const config::Configuration& configuration_;
  deliver::Questions& questions_;
  const Stores stores_;
  const base::Clock& clock_;
  std::atomic<std::size_t> pulses_awaited_{0};  // loops that have not run since they were asked
  net::BufferPool pool_;
  net::Loops loops_;
  std::vector<std::unique_ptr<session::AppendGate>> gates_;        // by loop
  std::vector<std::unique_ptr<session::ReturnSink>> sinks_;        // by loop
  std::vector<std::unique_ptr<session::ExchangePool>> exchanges_;  // by loop
  std::vector<std::unique_ptr<Door>> doors_;
  std::atomic<std::uint64_t> last_session_id_{0};
};

}  // namespace server
