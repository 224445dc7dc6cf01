#include "connect/tcp_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/try.hpp"
#include "connect/descriptor.hpp"

namespace connectors {
namespace {

constexpr int kProbeCount = 3;

StreamError to_error(Wake wake) noexcept {
  return {wake == Wake::kStopped ? StreamFault::kStopped : StreamFault::kTimeout, 0};
}

bool would_block(int os_error) noexcept { return os_error == EAGAIN || os_error == EWOULDBLOCK; }

class TcpStream final : public Stream {
 public:
  explicit TcpStream(Descriptor socket) : socket_(std::move(socket)) {}

  base::Status<StreamError> write(base::ByteView octets, Patience& patience) override {
    while (!octets.empty()) {
      const ssize_t sent = ::send(socket_.value(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        octets = octets.subspan(static_cast<std::size_t>(sent));
        continue;
      }
      if (errno == EINTR) continue;
      if (!would_block(errno)) return base::fail(StreamError{StreamFault::kBroken, errno});
      const Wake wake = patience.wait(socket_.value(), POLLOUT);
      if (wake != Wake::kReady) return base::fail(to_error(wake));
    }
    return base::Done{};
  }

  base::Result<std::size_t, StreamError> read(std::span<std::byte> room,
                                              Patience& patience) override {
    for (;;) {
      const ssize_t got = ::recv(socket_.value(), room.data(), room.size(), 0);
      if (got > 0) return static_cast<std::size_t>(got);
      if (got == 0) return base::fail(StreamError{StreamFault::kClosed, 0});
      if (errno == EINTR) continue;
      if (!would_block(errno)) return base::fail(StreamError{StreamFault::kBroken, errno});
      const Wake wake = patience.wait(socket_.value(), POLLIN);
      if (wake != Wake::kReady) return base::fail(to_error(wake));
    }
  }

 private:
  Descriptor socket_;
};

// A switch that the kernel will not turn is no reason to deliver nothing.
void set_option(int socket, int level, int name, int value) noexcept {
  static_cast<void>(::setsockopt(socket, level, name, &value, sizeof(value)));
}

void set_options(int socket, base::Duration keep_alive) noexcept {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  const auto idle = std::chrono::ceil<std::chrono::seconds>(keep_alive).count();
  if (idle <= 0) return;
  constexpr std::int64_t kIdleMax = 32'767;  // the kernel's own limit
  const int idle_seconds = static_cast<int>(std::min(kIdleMax, static_cast<std::int64_t>(idle)));
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, idle_seconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, std::max(1, idle_seconds / 5));
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kProbeCount);
}

// The outcome of a connect(2) that was begun and not awaited.
int pending_error(int socket) noexcept {
  int os_error = 0;
  socklen_t bytes = sizeof(os_error);
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &os_error, &bytes) != 0) return errno;
  return os_error;
}

base::Result<Descriptor, StreamError> open_socket(const SocketAddress& address,
                                                  Patience& patience) {
  const auto* to = reinterpret_cast<const sockaddr*>(&address.storage);
  Descriptor socket(::socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return base::fail(StreamError{StreamFault::kConnect, errno});
  if (::connect(socket.value(), to, address.bytes) == 0) return socket;
  if (errno != EINPROGRESS) return base::fail(StreamError{StreamFault::kConnect, errno});

  const Wake wake = patience.wait(socket.value(), POLLOUT);
  if (wake != Wake::kReady) return base::fail(to_error(wake));
  const int os_error = pending_error(socket.value());
  if (os_error != 0) return base::fail(StreamError{StreamFault::kConnect, os_error});
  return socket;
}

}  // namespace

base::Result<std::unique_ptr<Stream>, StreamError> open_tcp_stream(
    const std::vector<SocketAddress>& addresses, base::Duration keep_alive, Patience& patience) {
  StreamError last{StreamFault::kConnect, EADDRNOTAVAIL};
  for (std::size_t index = 0; index < addresses.size(); ++index) {
    Patience share = patience.share(addresses.size() - index);
    auto socket = open_socket(addresses[index], share);
    if (socket) {
      set_options(socket->value(), keep_alive);
      return std::unique_ptr<Stream>(std::make_unique<TcpStream>(std::move(*socket)));
    }
    last = socket.error();
    if (last.fault == StreamFault::kStopped) break;
  }
  return base::fail(last);
}

}  // namespace connectors
