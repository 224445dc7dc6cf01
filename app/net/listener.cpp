#include "net/listener.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <optional>
#include <utility>

#include "net/connection.hpp"
#include "telemetry/log.hpp"

namespace net {
namespace {

using telemetry::Counter;
using telemetry::Level;

constexpr auto kRetryAfter = std::chrono::milliseconds(100);
constexpr auto kWarnEvery = std::chrono::minutes(1);
constexpr int kBacklog = 4096;

int open_spare() noexcept { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

base::Result<Acceptor, std::string> bind_to(Loop& loop, const Endpoint& endpoint, bool dual) {
  Acceptor acceptor(loop.context());
  ErrorCode error;
  const auto attempt = [&](auto&& act) {
    if (!error) act();
  };
  attempt([&] { acceptor.open(endpoint.protocol(), error); });
  attempt([&] { acceptor.set_option(asio::socket_base::reuse_address(true), error); });
  if (endpoint.address().is_v6()) {
    attempt([&] { acceptor.set_option(asio::ip::v6_only(!dual), error); });
  }
  attempt([&] { acceptor.bind(endpoint, error); });
  attempt([&] { acceptor.listen(kBacklog, error); });
  if (error) return base::fail(to_string(endpoint) + ": " + error.message());
  return acceptor;
}

base::Result<Acceptor, std::string> bind_to_name(Loop& loop, const ListenerOptions& options) {
  ErrorCode error;
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(loop.context());
  const auto found = resolver.resolve(options.host, std::to_string(options.port), error);
  if (error || found.empty()) return base::fail(options.host + ": " + error.message());
  return bind_to(loop, found.begin()->endpoint(), false);
}

base::Result<Acceptor, std::string> open_acceptor(Loop& loop, const ListenerOptions& options) {
  if (!options.host.empty()) return bind_to_name(loop, options);
  auto both = bind_to(loop, Endpoint(asio::ip::tcp::v6(), options.port), true);
  if (both) return both;
  // A machine without IPv6 still has a listener.
  auto only_v4 = bind_to(loop, Endpoint(asio::ip::tcp::v4(), options.port), false);
  if (only_v4) return only_v4;
  return both;
}

}  // namespace

base::Result<std::unique_ptr<Listener>, std::string> Listener::open(ListenerOptions options,
                                                                    Loops& loops,
                                                                    AcceptHandler accepted) {
  auto acceptor = open_acceptor(*loops.front(), options);
  if (!acceptor) return base::fail(acceptor.error());
  return std::unique_ptr<Listener>(
      new Listener(std::move(options), loops, std::move(accepted), std::move(*acceptor)));
}

Listener::Listener(ListenerOptions options, Loops& loops, AcceptHandler accepted, Acceptor acceptor)
    : options_(std::move(options)),
      loops_(loops),
      accepted_(std::move(accepted)),
      admission_(Admission::make(options_.limits)),
      acceptor_(std::move(acceptor)),
      retry_(acceptor_.get_executor()),
      spare_descriptor_(open_spare()) {
  ErrorCode ignored;
  endpoint_ = acceptor_.local_endpoint(ignored);
  acceptor_.non_blocking(true, ignored);
}

Listener::~Listener() {
  if (spare_descriptor_ >= 0) ::close(spare_descriptor_);
}

void Listener::start() {
  asio::post(acceptor_.get_executor(), [this] { accept_next(); });
}

void Listener::stop() {
  std::promise<void> closed;
  asio::post(acceptor_.get_executor(), [this, &closed] {
    ErrorCode ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    // Behind the aborted accept's own handler.
    asio::post(acceptor_.get_executor(), [&closed] { closed.set_value(); });
  });
  closed.get_future().wait();
}

void Listener::accept_next() {
  if (!acceptor_.is_open()) return;
  Loop& loop = least_busy(loops_);
  acceptor_.async_accept(loop.executor(), [this, &loop](const ErrorCode& error, Socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error == asio::error::no_descriptors || error.value() == ENFILE) {
      shed_waiting();
      return retry_soon();
    }
    if (!error) take(loop, std::move(socket));
    accept_next();
  });
}

void Listener::take(Loop& loop, Socket socket) {
  ErrorCode error;
  const Endpoint peer = socket.remote_endpoint(error);
  if (error) return;  // gone already
  const asio::ip::address address = plain_address(peer);
  const bool behind = static_cast<bool>(options_.balancers);
  const AddressFilter& may_connect = behind ? options_.balancers : options_.allows;
  if (may_connect && !may_connect(address)) {
    count(behind ? Counter::kConnectionsRefusedProxy : Counter::kConnectionsRefusedNetwork);
    return warn(behind ? "PROXY_FROM" : "ALLOW_FROM");
  }
  auto admitted = admission_->admit(behind ? std::nullopt : std::optional(address));
  if (const auto* refusal = std::get_if<Refusal>(&admitted)) {
    const bool total = *refusal == Refusal::kTooMany;
    count(total ? Counter::kConnectionsRefusedLimit : Counter::kConnectionsRefusedPerAddress);
    return warn(total ? "MAX_CONNECTIONS" : "MAX_CONNECTIONS_PER_IP");
  }
  count(Counter::kConnectionsAccepted);
  loop.connection_count.fetch_add(1, std::memory_order_relaxed);
  asio::post(loop.executor(),
             [this, &loop, socket = std::move(socket),
              ticket = std::move(std::get<Admission::Ticket>(admitted))]() mutable {
               accepted_(loop, std::move(socket), std::move(ticket));
             });
}

// Without a descriptor the kernel's queue would fill with peers that wait in vain:
// the spare one lets us take them, one after the other, and close them.
void Listener::shed_waiting() {
  warn("file descriptors (LimitNOFILE)");
  for (int shed = 0; shed < kBacklog; ++shed) {
    if (spare_descriptor_ >= 0) ::close(spare_descriptor_);
    const int refused = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
    if (refused >= 0) ::close(refused);
    spare_descriptor_ = open_spare();
    if (refused < 0) return;
    count(Counter::kConnectionsRefusedDescriptors);
  }
}

void Listener::retry_soon() {
  retry_.expires_after(kRetryAfter);
  retry_.async_wait([this](const ErrorCode& error) {
    if (!error) accept_next();
  });
}

void Listener::count(Counter counter) const {
  if (options_.is_counted) telemetry::count(counter);
}

void Listener::warn(const char* limit) {
  const auto now = loops_.front()->clock().steady_now();
  if (now - warned_at_ < kWarnEvery && warned_at_ != base::SteadyTime{}) return;
  warned_at_ = now;
  telemetry::log(Level::kWarning, "connections_refused",
                 {{"listener", options_.name}, {"limit", limit}});
}

}  // namespace net
