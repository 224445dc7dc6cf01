// net/plain_stream.hpp: a socket's octets as they are, as a Channel.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "net/asio.hpp"
#include "net/channel.hpp"
#include "net/readiness.hpp"

namespace net {

class PlainStream final : public Channel, public std::enable_shared_from_this<PlainStream> {
 public:
  // Takes a socket that prepare() has seen. One that cannot be watched is closed, and
  // every call says so.
  [[nodiscard]] static std::shared_ptr<PlainStream> make(Socket socket);

  ~PlainStream() override;

  [[nodiscard]] Awaitable<std::tuple<ErrorCode, std::size_t>> read_some(
      std::span<std::byte> into) override;
  [[nodiscard]] std::size_t write_now(base::ByteView octets) noexcept override;
  void write(base::ByteView octets, WriteHandler done) override;
  void shutdown_send() noexcept override;
  void cancel() noexcept override;
  void close() noexcept override;

  [[nodiscard]] bool is_open() const noexcept override { return descriptor_ >= 0; }

 private:
  explicit PlainStream(asio::io_context& context) : context_(context) {}

  void go_on_writing(const ErrorCode& error, WriteHandler done);
  void finish_write(const ErrorCode& error, WriteHandler done);
  void release() noexcept;

  asio::io_context& context_;
  int descriptor_ = -1;
  Readiness::Watch watch_;
  unsigned reads_in_a_row_ = 0;

  // Of write(): what is left, and how much went.
  base::ByteView rest_;
  std::size_t written_bytes_ = 0;
};

}  // namespace net
