#include "net/reception.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "net/deadlines.hpp"
#include "net/proxy_header.hpp"
#include "net/tls/certificate_ends.hpp"
#include "net/tls/stream.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

// g++ 12 pairs the allocation inside of Asio's coroutine frames with the wrong release
// when it inlines only one of the two, as it does under sanitizers.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace net {
namespace {

using telemetry::Counter;
using telemetry::Level;

Counter counter_of(TlsFault fault) noexcept {
  switch (fault) {
    case TlsFault::kNoTls: return Counter::kMisdirectedPlain;
    case TlsFault::kVersion: return Counter::kTlsFailedVersion;
    case TlsFault::kCipher: return Counter::kTlsFailedCipher;
    case TlsFault::kNoCertificate: return Counter::kTlsFailedNoCertificate;
    case TlsFault::kUntrusted: return Counter::kTlsFailedUntrusted;
    case TlsFault::kExpired: return Counter::kTlsFailedExpired;
    case TlsFault::kRevoked: return Counter::kTlsFailedRevoked;
    case TlsFault::kName: return Counter::kTlsFailedName;
    case TlsFault::kRefused: return Counter::kTlsFailedRefused;
    case TlsFault::kTimeout: return Counter::kTimeoutHandshake;
    case TlsFault::kOther:
    case TlsFault::kClosed: break;
  }
  return Counter::kTlsFailedOther;
}

}  // namespace

// One on its way in. Kept alive by its coroutine.
struct Reception::Guest {
  Guest(Loop& loop, Socket from, Admission::Ticket admitted)
      : socket(std::move(from)), ticket(std::move(admitted)), watch(loop.deadlines(), [this] {
          timed_out = true;
          close();
        }) {}

  void close() {
    ErrorCode ignored;
    if (stream) {
      stream->close();
    } else {
      socket.close(ignored);
    }
  }

  Socket socket;
  std::shared_ptr<TlsStream> stream;  // has the socket, once it is there
  Admission::Ticket ticket;
  std::string peer;
  std::string subject;
  std::vector<std::string> names;
  bool timed_out = false;
  bool let_go = false;  // made way for a newer one
  Deadlines::Watch watch;
};

Reception::Reception(Loop& loop, ReceptionOptions options, Welcome welcome)
    : loop_(loop), options_(std::move(options)), welcome_(std::move(welcome)) {}

Reception::~Reception() = default;

void Reception::receive(Socket socket, Admission::Ticket ticket) {
  if (!options_.tls && !options_.proxy_protocol) {
    return welcome_(Arrival{
        Connection(std::move(socket), options_.keep_alive_period), std::move(ticket), {}, {}});
  }
  if (options_.guests_max != 0 && guests_.size() >= options_.guests_max) let_go_oldest();
  auto guest = std::make_shared<Guest>(loop_, std::move(socket), std::move(ticket));
  ErrorCode error;
  const Endpoint endpoint = guest->socket.remote_endpoint(error);
  guest->peer = error ? std::string("unknown") : to_string(endpoint);
  prepare(guest->socket, options_.keep_alive_period);
  if (options_.connect_timeout > base::Duration::zero()) {
    guest->watch.set(loop_.clock().steady_now() + options_.connect_timeout);
  }
  asio::co_spawn(
      loop_.context(), [this, guest]() -> Awaitable<void> { return attend(guest); },
      asio::detached);
}

void Reception::let_go_oldest() {
  Guest& oldest = *guests_.front();
  guests_.pop_front();
  oldest.let_go = true;
  telemetry::count(Counter::kConnectionsRefusedHandshakes);
  oldest.close();
}

Awaitable<void> Reception::attend(std::shared_ptr<Guest> guest) {
  guests_.push_back(guest.get());
  const auto place = std::prev(guests_.end());
  bool good = true;
  if (options_.proxy_protocol) good = co_await read_proxy_header(*guest);
  if (good && options_.tls) good = co_await shake_hands(*guest);
  if (!guest->let_go) guests_.erase(place);
  guest->watch.set(Deadlines::kNever);
  if (good && !guest->timed_out && !guest->let_go) {
    arrive(*guest);
    co_return;
  }
  guest->close();
  loop_.connection_count.fetch_sub(1, std::memory_order_relaxed);
  telemetry::count(Counter::kConnectionsClosed);
}

void Reception::refuse_proxy(const Guest& guest, const char* reason) const {
  telemetry::count(Counter::kConnectionsRefusedProxy);
  telemetry::log(Level::kInfo, "proxy_header_refused",
                 {{"listener", options_.listener}, {"peer", guest.peer}, {"reason", reason}});
}

Awaitable<bool> Reception::read_proxy_header(Guest& guest) {
  ProxyHeaderReader reader;
  ProxyStep step = ProxyStep::kMore;
  bool came = false;
  while (step == ProxyStep::kMore) {
    const auto room = reader.room();
    const auto [error, count] =
        co_await guest.socket.async_read_some(asio::buffer(room.data(), room.size()), kAwait);
    if (error) {
      if (!came) {
        telemetry::count(Counter::kConnectionsProbes);
      } else if (!guest.let_go) {
        refuse_proxy(guest, guest.timed_out ? "timeout" : "closed");
      }
      co_return false;
    }
    came = true;
    step = reader.filled(count);
  }
  if (step == ProxyStep::kFault) {
    refuse_proxy(guest, "no_header");
    co_return false;
  }
  if (!reader.source()) co_return true;  // the balancer itself
  const asio::ip::address address = plain_address(*reader.source());
  guest.peer = to_string(*reader.source());
  if (options_.allows && !options_.allows(address)) {
    telemetry::count(Counter::kConnectionsRefusedNetwork);
    co_return false;
  }
  if (!guest.ticket.name(address)) {
    telemetry::count(Counter::kConnectionsRefusedPerAddress);
    co_return false;
  }
  co_return true;
}

Awaitable<bool> Reception::shake_hands(Guest& guest) {
  guest.stream =
      std::make_shared<TlsStream>(std::move(guest.socket), TlsEngine::accept(options_.tls()));
  const TlsStep step = co_await guest.stream->handshake();
  if (step != TlsStep::kDone) {
    if (guest.let_go) co_return false;
    if (guest.timed_out) {
      const TlsFailure late{TlsFault::kTimeout, "the handshake took longer than CONNECT_TIMEOUT"};
      report(guest, late);
    } else {
      report(guest, guest.stream->failure());
    }
    co_return false;
  }
  const TlsDescription description = guest.stream->engine().description();
  telemetry::count(description.resumed ? Counter::kTlsResumptions : Counter::kTlsHandshakes);
  if (const auto facts = guest.stream->engine().peer_certificate()) {
    guest.subject = facts->subject;
    guest.names = facts->names;
    note_shown_certificate("listener " + options_.listener, *facts, loop_.clock().wall_now());
  }
  telemetry::log(Level::kDebug, "tls_handshake",
                 {{"listener", options_.listener},
                  {"peer", guest.peer},
                  {"version", description.version},
                  {"suite", description.suite},
                  {"resumed", description.resumed},
                  {"subject", guest.subject}});
  co_return true;
}

// Who sends nothing is a probe, and who speaks something else has the wrong port: both
// are counted, and do not fill the log.
void Reception::report(const Guest& guest, const TlsFailure& failure) const {
  const bool silent = failure.fault == TlsFault::kClosed && !guest.stream->has_received();
  telemetry::count(silent ? Counter::kConnectionsProbes : counter_of(failure.fault));
  const bool quiet = silent || failure.fault == TlsFault::kNoTls;
  telemetry::log(quiet ? Level::kDebug : Level::kWarning, "tls_handshake_failed",
                 {{"listener", options_.listener},
                  {"peer", guest.peer},
                  {"fault", to_string(failure.fault)},
                  {"reason", failure.text}});
}

void Reception::arrive(Guest& guest) {
  Connection connection =
      guest.stream ? Connection(guest.stream, guest.peer)
                   : Connection(std::move(guest.socket), options_.keep_alive_period, guest.peer);
  welcome_(Arrival{std::move(connection), std::move(guest.ticket), std::move(guest.subject),
                   std::move(guest.names)});
}

}  // namespace net
