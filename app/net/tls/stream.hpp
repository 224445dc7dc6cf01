// net/tls/stream.hpp: a TLS connection over a socket, as a Channel.
//
// The record layer works in memory, over a plain stream: one recv for what has come and
// one send for what goes out. An idle one holds no buffers.
#pragma once

#include <memory>
#include <string>

#include "net/asio.hpp"
#include "net/channel.hpp"
#include "net/plain_stream.hpp"
#include "net/tls/engine.hpp"

namespace net {

class TlsStream final : public Channel, public std::enable_shared_from_this<TlsStream> {
 public:
  // Takes a socket that prepare() has seen.
  TlsStream(Socket socket, std::unique_ptr<TlsEngine> engine);

  // The handshake: kDone, or kFailed with failure() saying why, after an alert where
  // one is due. No deadline of its own: close() ends it. Call once, before all else.
  [[nodiscard]] Awaitable<TlsStep> handshake();

  [[nodiscard]] const TlsFailure& failure() const noexcept;

  // Whether any octet has come.
  [[nodiscard]] bool has_received() const noexcept { return has_received_; }

  [[nodiscard]] const TlsEngine& engine() const noexcept { return *engine_; }

  [[nodiscard]] Awaitable<std::tuple<ErrorCode, std::size_t>> read_some(
      std::span<std::byte> into) override;
  [[nodiscard]] std::size_t write_now(base::ByteView octets) noexcept override;
  void write(base::ByteView octets, WriteHandler done) override;
  void shutdown_send() noexcept override;
  void cancel() noexcept override;
  void close() noexcept override;

  [[nodiscard]] bool is_open() const noexcept override { return octets_->is_open(); }

 private:
  [[nodiscard]] bool send_outgoing() noexcept;
  void flush() noexcept;
  void pump(std::shared_ptr<WriteHandler> done);
  void pumped(const ErrorCode& error, std::shared_ptr<WriteHandler> done);
  void finish_write(const ErrorCode& error, WriteHandler& done);

  std::shared_ptr<PlainStream> octets_;
  std::unique_ptr<TlsEngine> engine_;
  bool has_received_ = false;
  TlsFailure lost_;  // what ended the handshake but for TLS

  // Out. `sending_` is with the kernel while somebody pumps; `rest_` is what write() was
  // given and is not encrypted yet. The handler of write() belongs to who pumps: where that
  // is dropped, so is what the handler holds.
  std::string sending_;
  std::weak_ptr<WriteHandler> pumping_;
  std::size_t ahead_bytes_ = 0;  // of the next write(): encrypted by write_now() already
  std::size_t chunk_bytes_ = 0;  // plaintext of `sending_`
  base::ByteView rest_;
  std::size_t written_bytes_ = 0;
  bool end_when_sent_ = false;
};

}  // namespace net
