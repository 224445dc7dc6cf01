#include "net/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>

#include "net/plain_stream.hpp"

namespace net {
namespace {

constexpr int kKeepAliveProbes = 3;

// Of answers that have not gone out: who does not read them is left unread after some
// hundred messages and not after twenty thousand, whatever the kernel's buffers grow to.
constexpr int kUnsentBytesMax = 32 * 1024;

void set_option(Socket& socket, int level, int name, int value) noexcept {
  // Failure leaves the system's default: a connection without keep-alive still works.
  static_cast<void>(setsockopt(socket.native_handle(), level, name, &value, sizeof value));
}

void keep_alive(Socket& socket, base::Duration period) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(period).count();
  if (seconds <= 0) return;
  const int idle = static_cast<int>(std::clamp<std::int64_t>(seconds, 1, 32'767));
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, idle);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, std::max(1, idle / 4));
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
  // Keep-alive does not run while octets of ours are under way: the same patience.
  const int patience_ms = (idle + kKeepAliveProbes * std::max(1, idle / 4)) * 1000;
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, patience_ms);
}

std::string peer_of(const Socket& socket) {
  ErrorCode error;
  const Endpoint endpoint = socket.remote_endpoint(error);
  return error ? std::string("unknown") : to_string(endpoint);
}

}  // namespace

asio::ip::address plain_address(const Endpoint& endpoint) {
  const auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

std::string to_string(const Endpoint& endpoint) {
  const auto address = plain_address(endpoint);
  const std::string port = std::to_string(endpoint.port());
  if (address.is_v6()) return "[" + address.to_string() + "]:" + port;
  return address.to_string() + ":" + port;
}

void prepare(Socket& socket, base::Duration keep_alive_period) noexcept {
  ErrorCode ignored;
  socket.non_blocking(true, ignored);
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytesMax);
  keep_alive(socket, keep_alive_period);
}

Connection::Connection(Socket socket, base::Duration keep_alive_period) : peer_(peer_of(socket)) {
  prepare(socket, keep_alive_period);
  channel_ = PlainStream::make(std::move(socket));
}

Connection::Connection(Socket socket, base::Duration keep_alive_period, std::string peer)
    : peer_(std::move(peer)) {
  prepare(socket, keep_alive_period);
  channel_ = PlainStream::make(std::move(socket));
}

Connection::Connection(std::shared_ptr<Channel> channel, std::string peer)
    : channel_(std::move(channel)), peer_(std::move(peer)) {}

}  // namespace net
