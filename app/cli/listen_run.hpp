// cli/listen_run.hpp: a receiver for tests: takes frames, does what a script says.
//
// One thread, any number of connections. It stores nothing: an answer of it is no promise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/listen_script.hpp"
#include "cli/wire.hpp"
#include "config/values.hpp"
#include "mllp/frame_decoder.hpp"
#include "net/tls/context.hpp"

namespace cli {

struct ListenPlan {
  config::Address address{"127.0.0.1", 2575};        // port 0: any free one
  std::uint64_t count_max = 0;                       // messages; 0: no limit
  std::shared_ptr<const net::TlsServerContext> tls;  // null: plain TCP
};

// One frame that came. Views: valid for the call.
struct ListenArrival {
  std::uint64_t number = 1;      // over all connections
  std::uint64_t connection = 1;  // by order of acceptance
  std::string_view peer;         // "127.0.0.1:40312"
  std::string_view payload;
  std::string_view doing;  // the script's step: "AA@200ms"
};

struct ListenTally {
  std::uint64_t message_count = 0;
  std::uint64_t connection_count = 0;
};

// Called on the run's thread.
class ListenObserver {
 public:
  virtual ~ListenObserver() = default;

  virtual void on_message(const ListenArrival& arrival) = 0;
  virtual void on_trouble(std::string_view peer, std::string_view what) = 0;

 protected:
  ListenObserver() = default;
  ListenObserver(const ListenObserver&) = default;
  ListenObserver& operator=(const ListenObserver&) = default;
};

// Not thread-safe. What it is given outlives it.
class ListenRun {
 public:
  ListenRun(ListenPlan plan, ListenScript script, ListenObserver& observer,
            const base::Clock& clock);
  ~ListenRun();

  ListenRun(const ListenRun&) = delete;
  ListenRun& operator=(const ListenRun&) = delete;

  // Begins to listen. The error is a sentence.
  [[nodiscard]] base::Status<std::string> open();

  // Where it listens. REQUIRES: open().
  [[nodiscard]] const config::Address& address() const noexcept { return plan_.address; }

  // One round: waits at most 100 ms. False when there is nothing more to do: count_max
  // messages have come and what is due for them has been done.
  [[nodiscard]] bool step();

  [[nodiscard]] const ListenTally& tally() const noexcept { return tally_; }

 private:
  struct Link {
    std::uint64_t number = 0;
    std::string peer;
    std::unique_ptr<Wire> wire;
    mllp::FrameDecoder decoder;
    std::string outgoing;
    std::vector<std::string> late;  // answers that wait for the next message
    bool ending = false;            // once all of outgoing is gone

    Link();
  };

  struct Due {
    std::uint64_t link = 0;
    ListenAct act = ListenAct::kAnswer;
    std::string octets;  // framed
  };

  void accept();
  void read(Link& link);
  void handle_input(Link& link, base::ByteView input);
  void handle_frame(Link& link);
  void act(Link& link, const Due& due);
  void act_on_what_is_due();
  void write(Link& link);
  void drop_ended();

  ListenPlan plan_;
  ListenScript script_;
  ListenObserver& observer_;
  const base::Clock& clock_;
  int listener_ = -1;
  std::map<std::uint64_t, std::unique_ptr<Link>> links_;
  std::multimap<base::SteadyTime, Due> due_;
  ListenTally tally_;
  std::vector<std::byte> buffer_;
};

}  // namespace cli
