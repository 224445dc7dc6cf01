// net/tls/fault.hpp: why a TLS connection came to nothing, as a kind and a sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace net {

// The values are logged and exported as metric labels: add at the end, never renumber.
enum class TlsFault : std::uint8_t {
  kOther = 1,
  kNoTls = 2,          // what came is no TLS: plain MLLP, HTTP, a port scan
  kVersion = 3,        // no version of TLS that both sides take
  kCipher = 4,         // no cipher suite or group that both sides take
  kNoCertificate = 5,  // the client has shown none, and one is required
  kUntrusted = 6,      // the certificate's chain does not end in one of our authorities
  kExpired = 7,        // the certificate is not valid yet, or no longer
  kRevoked = 8,        // it is on the revocation list, or no list can be used for it
  kName = 9,           // it is good, and not for this name or not on the list of names
  kRefused = 10,       // the peer has sent an alert: it refuses us
  kClosed = 11,        // the peer went away in the middle
  kTimeout = 12,       // the handshake took too long
};

// "no_certificate": the name in logs and metrics.
[[nodiscard]] std::string_view to_string(TlsFault fault) noexcept;

struct TlsFailure {
  TlsFault fault = TlsFault::kOther;
  std::string text;  // one plain sentence's worth, e.g. "the certificate has expired"
};

}  // namespace net
