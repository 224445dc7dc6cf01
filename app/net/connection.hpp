// net/connection.hpp: a stream of octets to and from one peer.
//
// Plain TCP today; the seam for TLS is here: what is above speaks of octets only.
// Belongs to one loop's thread.
#pragma once

#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "net/asio.hpp"

#include <boost/asio/write.hpp>

namespace net {

class Connection {
 public:
  // Takes an accepted socket: no delay, not blocking, keep-alive after
  // `keep_alive_period` of silence (0 = off).
  Connection(Socket socket, base::Duration keep_alive_period);

  // Some octets, at least one; or the reason there are none (asio::error::eof when
  // the peer has ended its stream). One read at a time.
  [[nodiscard]] Awaitable<std::tuple<ErrorCode, std::size_t>> read_some(std::span<std::byte> into) {
    return socket_.async_read_some(asio::buffer(into.data(), into.size()), kAwait);
  }

  // Hands to the kernel what it takes without waiting: how many octets, 0 or more.
  // An error shows in the write or read that follows.
  [[nodiscard]] std::size_t write_now(base::ByteView octets) noexcept;

  // Writes all; `done(error, octets)` runs on the loop. One write at a time; the
  // octets stay valid until then.
  template <class Handler>
  void write(base::ByteView octets, Handler done) {
    asio::async_write(socket_, asio::buffer(octets.data(), octets.size()), std::move(done));
  }

  // No more octets from us: the peer sees the end of the stream behind the last one.
  void shutdown_send() noexcept;

  // Ends waiting reads and writes with asio::error::operation_aborted.
  void cancel() noexcept;

  // Closes at once; a second call does nothing.
  void close() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

  // "192.0.2.7:51034", "[2001:db8::1]:51034"; an IPv4 peer of a dual-stack
  // listener is shown as IPv4.
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }

 private:
  Socket socket_;
  std::string peer_;
};

// As above, also for addresses without a connection.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

// The address alone, v4 out of v4-mapped v6.
[[nodiscard]] asio::ip::address plain_address(const Endpoint& endpoint);

}  // namespace net
