// connect/tls_stream.hpp: an outgoing connection with TLS around it, and its credentials.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "connect/stream.hpp"
#include "net/tls/context.hpp"

namespace connectors {

struct TlsSettings {
  net::TlsClientFiles files;
  std::string server_name;  // empty: the host of the address
  std::string connector;    // its name, for the log
};

// The context of a connector's files, read again when they have changed. A set that
// cannot be loaded leaves the last good one in use, with a line in the log. Not
// thread-safe.
class TlsCredentials {
 public:
  // The clock outlives it. `where`: "connector his", for the log.
  TlsCredentials(net::TlsClientFiles files, std::string where, const base::Clock& clock)
      : files_(std::move(files)), where_(std::move(where)), clock_(clock) {}

  // Fails only while no set has ever been good: "ca.pem: No such file or directory".
  [[nodiscard]] base::Result<std::shared_ptr<const net::TlsClientContext>, std::string> current();

  // What the target has shown: its end is told in time. None: nothing.
  void note_target(const std::optional<net::CertificateFacts>& shown) const;

 private:
  void note_own() const;

  const net::TlsClientFiles files_;
  const std::string where_;
  const base::Clock& clock_;
  std::string stamp_;  // of the files when they were last tried
  std::shared_ptr<const net::TlsClientContext> context_;
};

// Shakes hands over a stream that is connected; `shown` becomes the target's certificate,
// also of a handshake that failed for it. Fails with a sentence, e.g. "the peer
// wants a client certificate, and none was shown"; as the stream's own error where that
// broke, ran out of time or was stopped.
struct TlsOpenError {
  StreamError stream;  // kBroken where TLS itself failed
  std::string text;    // empty where the stream's error says it all
};

[[nodiscard]] base::Result<std::unique_ptr<Stream>, TlsOpenError> open_tls_stream(
    std::unique_ptr<Stream> plain, std::shared_ptr<const net::TlsClientContext> context,
    const std::string& server_name, Patience& patience,
    std::optional<net::CertificateFacts>& shown);

}  // namespace connectors
