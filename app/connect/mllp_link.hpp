// connect/mllp_link.hpp: one outgoing MLLP connection, opened when it is needed.
//
// Frames go out and frames come in; what they say is for mllp_connector. The
// connection stays open between messages. The first address is tried first each
// time a connection is made, the backup only when the first cannot be reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/values.hpp"
#include "connect/connector.hpp"
#include "connect/resolver.hpp"
#include "connect/stream.hpp"
#include "connect/tls_stream.hpp"
#include "mllp/frame_decoder.hpp"

namespace connectors {

// The largest answer that is read, in octets; a larger one is a mismatch.
inline constexpr std::size_t kAnswerBytesMax = base::kMiB;

struct LinkSettings {
  config::Address address;
  std::optional<config::Address> backup_address;
  base::Duration connect_timeout = std::chrono::seconds(10);  // for each address
  base::Duration keep_alive = std::chrono::seconds(60);       // 0: never
  std::optional<TlsSettings> tls;                             // none: plain TCP
};

// Not thread-safe. After a failure the connection is closed, but for a
// receive() that only ran out of time: then that is the caller's choice.
class MllpLink {
 public:
  // The clock outlives the link.
  MllpLink(LinkSettings settings, const base::Clock& clock);

  // Connects if there is no connection. Fails with kConnect, kTls or kStopped.
  [[nodiscard]] base::Status<Failure> open(const std::stop_token& stop);

  [[nodiscard]] bool is_open() const noexcept { return stream_ != nullptr; }

  // Sends one frame. Fails with kReset, kWrite (not taken in time, or a fault of
  // ours) or kStopped. REQUIRES: is_open().
  [[nodiscard]] base::Status<Failure> send(base::ByteView payload, Patience& patience);

  // The payload of the next frame. Fails with kReset, kTimeout, kStopped, or
  // kMismatch for what is no frame or too large. With no patience left it yields
  // a frame that has come already, else kTimeout. REQUIRES: is_open().
  [[nodiscard]] base::Result<std::string, Failure> receive(Patience& patience);

  // Whether a frame has begun to come. REQUIRES: is_open().
  [[nodiscard]] bool inside_frame() const noexcept { return decoder_->inside_frame(); }

  void close() noexcept;

  // Whom it is, or was last, connected to: "10.1.2.3:2575".
  [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }

 private:
  [[nodiscard]] base::Status<Failure> open_to(const config::Address& address,
                                              const std::stop_token& stop);
  [[nodiscard]] base::Status<Failure> add_tls(const config::Address& address, Patience& patience);
  [[nodiscard]] mllp::DecodeEvent decode_input();
  [[nodiscard]] Failure reading_failed(StreamError error);

  const LinkSettings settings_;
  const base::Clock& clock_;
  Resolver resolver_;
  std::optional<TlsCredentials> credentials_;  // there with settings_.tls
  std::string endpoint_;
  std::unique_ptr<Stream> stream_;
  std::optional<mllp::FrameDecoder> decoder_;  // there while stream_ is
  std::vector<std::byte> buffer_;              // what is read goes here
  base::ByteView input_;                       // of it, what is not decoded yet
};

}  // namespace connectors
