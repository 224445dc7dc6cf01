// net/channel.hpp: what carries a connection's octets: a plain socket (plain_stream.hpp),
// TLS (tls/stream.hpp), or a test's memory.
//
// Belongs to one loop's thread. The calls mean what those of Connection mean, which
// has the words for them.
#pragma once

#include <functional>
#include <span>
#include <tuple>

#include "base/bytes.hpp"
#include "net/asio.hpp"

namespace net {

using WriteHandler = std::function<void(const ErrorCode& error, std::size_t octets)>;

class Channel {
 public:
  virtual ~Channel() = default;

  [[nodiscard]] virtual Awaitable<std::tuple<ErrorCode, std::size_t>> read_some(
      std::span<std::byte> into) = 0;
  [[nodiscard]] virtual std::size_t write_now(base::ByteView octets) noexcept = 0;
  virtual void write(base::ByteView octets, WriteHandler done) = 0;
  virtual void shutdown_send() noexcept = 0;
  virtual void cancel() noexcept = 0;
  virtual void close() noexcept = 0;
  [[nodiscard]] virtual bool is_open() const noexcept = 0;

 protected:
  Channel() = default;
  Channel(const Channel&) = default;
  Channel& operator=(const Channel&) = default;
};

}  // namespace net
