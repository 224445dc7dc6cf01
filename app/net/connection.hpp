// net/connection.hpp: a stream of octets to and from one peer.
//
// Plain or TLS, as its Channel has it: what is above speaks of octets only.
// Belongs to one loop's thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "net/asio.hpp"
#include "net/channel.hpp"

namespace net {

class Connection {
 public:
  // Takes an accepted socket: no delay, not blocking, keep-alive after
  // `keep_alive_period` of silence (0 = off).
  Connection(Socket socket, base::Duration keep_alive_period);

  // The same, for a peer whose address is not the socket's: behind a load balancer.
  Connection(Socket socket, base::Duration keep_alive_period, std::string peer);

  Connection(std::shared_ptr<Channel> channel, std::string peer);

  // Some octets, at least one; or the reason there are none (asio::error::eof when
  // the peer has ended its stream). One read at a time.
  [[nodiscard]] Awaitable<std::tuple<ErrorCode, std::size_t>> read_some(std::span<std::byte> into) {
    return channel_->read_some(into);
  }

  // Hands to the kernel what it takes without waiting: how many octets, 0 or more.
  // An error shows in the write or read that follows. Where it took less than all, a
  // write() of exactly the rest must be the next.
  [[nodiscard]] std::size_t write_now(base::ByteView octets) noexcept {
    return channel_->write_now(octets);
  }

  // Writes all; `done(error, octets)` runs on the loop. One write at a time; the
  // octets stay valid until then.
  void write(base::ByteView octets, WriteHandler done) { channel_->write(octets, std::move(done)); }

  // No more octets from us: the peer sees the end of the stream behind the last one.
  void shutdown_send() noexcept { channel_->shutdown_send(); }

  // Ends waiting reads and writes with asio::error::operation_aborted.
  void cancel() noexcept { channel_->cancel(); }

  // Closes at once; a second call does nothing.
  void close() noexcept { channel_->close(); }

  [[nodiscard]] bool is_open() const noexcept { return channel_->is_open(); }

  // "192.0.2.7:51034", "[2001:db8::1]:51034"; an IPv4 peer of a dual-stack
  // listener is shown as IPv4.
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }

 private:
  std::shared_ptr<Channel> channel_;
  std::string peer_;
};

// What every socket gets that octets of a peer come through: no delay, not blocking,
// keep-alive, and an end for octets that nobody acknowledges.
void prepare(Socket& socket, base::Duration keep_alive_period) noexcept;

// As above, also for addresses without a connection.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

// The address alone, v4 out of v4-mapped v6.
[[nodiscard]] asio::ip::address plain_address(const Endpoint& endpoint);

}  // namespace net
