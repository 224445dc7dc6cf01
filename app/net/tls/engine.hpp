// net/tls/engine.hpp: one TLS connection, octets in and octets out, without a socket.
//
//   ciphertext ── feed() ──► handshake() │ read() ──► plaintext
//   plaintext ─── write() ─► outgoing() ────────────► ciphertext, for the caller to send
//
// Whoever has the socket reads, feeds, and sends what has come to stand in
// outgoing() after each call. So listeners, connectors and commands share it.
//
// Not thread-safe. Keeps its context alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "net/tls/context.hpp"
#include "net/tls/fault.hpp"

namespace net {

enum class TlsStep : std::uint8_t {
  kDone,       // of handshake(): it stands. Of read(): octets came
  kNeedInput,  // feed() more
  kClosed,     // the peer has ended its side in order
  kFailed      // see failure(); an alert for the peer may stand in outgoing()
};

struct TlsRead {
  TlsStep step;
  std::size_t bytes = 0;  // more than 0 with kDone
};

struct TlsDescription {
  std::string version;  // "TLSv1.3"
  std::string suite;    // "TLS_AES_128_GCM_SHA256"
  bool resumed = false;
};

class TlsEngine {
 public:
  // Is called by a client.
  [[nodiscard]] static std::unique_ptr<TlsEngine> accept(
      std::shared_ptr<const TlsServerContext> context);

  // Calls a server. `server_name`: its name or address, which the certificate must
  // be for (where the context verifies) and which is told it by SNI (a name only).
  [[nodiscard]] static std::unique_ptr<TlsEngine> connect(
      std::shared_ptr<const TlsClientContext> context, const std::string& server_name);

  virtual ~TlsEngine() = default;

  // What came from the peer. The octets stay valid until handshake() or read() has
  // said kNeedInput, or until keep_rest(). REQUIRES: has_unread_input() is false.
  virtual void feed(base::ByteView ciphertext) = 0;

  // Copies what was fed and not yet used.
  virtual void keep_rest() = 0;

  // True while read() may yield something without being fed.
  [[nodiscard]] virtual bool has_unread_input() const noexcept = 0;

  [[nodiscard]] virtual TlsStep handshake() = 0;

  // Decrypts as much as there is and fits. `into` may be the memory that was fed:
  // then nothing else may be kept there, and what is not yet used is copied away.
  [[nodiscard]] virtual TlsRead read(std::span<std::byte> into) = 0;

  // Encrypts all. False: failed. REQUIRES: the handshake stands.
  [[nodiscard]] virtual bool write(base::ByteView plaintext) = 0;

  // Tells the peer that nothing more comes.
  virtual void close_notify() = 0;

  // Take from its front what was sent.
  [[nodiscard]] virtual std::string& outgoing() noexcept = 0;

  [[nodiscard]] virtual const TlsFailure& failure() const noexcept = 0;

  // Of the peer, if it has shown a certificate. REQUIRES: the handshake stands, or has
  // failed.
  [[nodiscard]] virtual std::optional<CertificateFacts> peer_certificate() const = 0;

  [[nodiscard]] virtual TlsDescription description() const = 0;

 protected:
  TlsEngine() = default;
  TlsEngine(const TlsEngine&) = default;
  TlsEngine& operator=(const TlsEngine&) = default;
};

}  // namespace net
