// net/listener.hpp: accepts connections and hands each to a loop.
//
// A connection over a limit, or one more than the process has descriptors for, is
// accepted and closed at once, so that the peer sees it and the queue does not
// fill. Each is counted; the log says it once a minute.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/admission.hpp"
#include "net/asio.hpp"
#include "net/loop.hpp"
#include "telemetry/metrics.hpp"

namespace net {

// Whether an address is one of some. Called on any thread; null: all are.
using AddressFilter = std::function<bool(const asio::ip::address& address)>;

struct ListenerOptions {
  std::string name;
  std::string host;        // empty: all addresses of both families
  std::uint16_t port = 0;  // 0: the system chooses one
  AdmissionLimits limits;
  AddressFilter allows;     // ALLOW_FROM
  AddressFilter balancers;  // PROXY_FROM; set: only they may connect, and each of their
                            // connections is counted with the address that it will tell
  bool is_counted = true;   // in the metrics, which are of peers that speak MLLP
};

// What a listener hands on. Runs on the thread of `loop`, to which the socket is
// bound already.
using AcceptHandler = std::function<void(Loop& loop, Socket socket, Admission::Ticket ticket)>;

class Listener {
 public:
  // Binds and listens, or says why not: "0.0.0.0:2575: Address already in use".
  [[nodiscard]] static base::Result<std::unique_ptr<Listener>, std::string> open(
      ListenerOptions options, Loops& loops, AcceptHandler accepted);

  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Begins to accept, on the first loop. Call once, from any thread.
  void start();

  // Accepts no more; those in the queue of the kernel are reset. Returns when no
  // accept is under way. Call from outside the loops, while they run.
  void stop();

  [[nodiscard]] Endpoint endpoint() const noexcept { return endpoint_; }

  [[nodiscard]] const std::string& name() const noexcept { return options_.name; }

 private:
  Listener(ListenerOptions options, Loops& loops, AcceptHandler accepted, Acceptor acceptor);

  void accept_next();
  void take(Loop& loop, Socket socket);
  void shed_waiting();
  void retry_soon();
  void count(telemetry::Counter counter) const;
  void warn(const char* limit);

  const ListenerOptions options_;
  Loops& loops_;
  const AcceptHandler accepted_;
  const std::shared_ptr<Admission> admission_;
  Acceptor acceptor_;
  Timer retry_;
  Endpoint endpoint_;
  int spare_descriptor_ = -1;  // given up for a moment when there is no other
  base::SteadyTime warned_at_{};
};

}  // namespace net
