// net/reception.hpp: what happens between the accept and the first word of a session.
//
//   socket ─► PROXY header ─► ALLOW_FROM ─► TLS handshake ─► Arrival
//             of balancers    the real      with the client's
//                             address       certificate
//
// A plain connection without a balancer arrives at once. The others have
// CONNECT_TIMEOUT in all, and are little to us until they have shown who they are:
// a few KiB, no session, and one of at most `guests_max`: where there is no room, the
// one that has taken longest makes way, so that a storm of handshakes that never end
// keeps nobody out who means it.
//
// One for each listener and loop; belongs to the loop's thread.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/admission.hpp"
#include "net/connection.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"
#include "net/tls/context.hpp"
#include "net/tls/fault.hpp"

namespace net {

class TlsStream;

// One that may begin to speak.
struct Arrival {
  Connection connection;
  Admission::Ticket ticket;
  std::string tls_subject;             // of the client's certificate, RFC 4514; or empty
  std::vector<std::string> tls_names;  // "DNS:…", "URI:…", "IP:…", "EMAIL:…"
};

struct ReceptionOptions {
  std::string listener;
  base::Duration connect_timeout{};  // 0: none
  base::Duration keep_alive_period{};
  std::size_t guests_max = 0;  // on this loop; 0: no limit
  AddressFilter allows;        // of the address that a PROXY header tells; null: all
  bool proxy_protocol = false;
  // The context of this moment; null: plain connections.
  std::function<std::shared_ptr<const TlsServerContext>()> tls;
};

class Reception {
 public:
  using Welcome = std::function<void(Arrival arrival)>;

  // `welcome` runs on the loop, at once or when a guest is through.
  Reception(Loop& loop, ReceptionOptions options, Welcome welcome);
  ~Reception();
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;

  // Takes what the listener hands on.
  void receive(Socket socket, Admission::Ticket ticket);

  [[nodiscard]] std::size_t guest_count() const noexcept { return guests_.size(); }

 private:
  struct Guest;
  using Guests = std::list<Guest*>;

  Awaitable<void> attend(std::shared_ptr<Guest> guest);
  Awaitable<bool> read_proxy_header(Guest& guest);
  Awaitable<bool> shake_hands(Guest& guest);
  void let_go_oldest();
  void arrive(Guest& guest);
  void report(const Guest& guest, const TlsFailure& failure) const;
  void refuse_proxy(const Guest& guest, const char* reason) const;

  Loop& loop_;
  const ReceptionOptions options_;
  const Welcome welcome_;
  Guests guests_;  // the oldest first
};

}  // namespace net
