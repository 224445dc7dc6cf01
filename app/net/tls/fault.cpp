#include "net/tls/fault.hpp"

namespace net {

std::string_view to_string(TlsFault fault) noexcept {
  switch (fault) {
    case TlsFault::kOther: return "other";
    case TlsFault::kNoTls: return "no_tls";
    case TlsFault::kVersion: return "version";
    case TlsFault::kCipher: return "cipher";
    case TlsFault::kNoCertificate: return "no_certificate";
    case TlsFault::kUntrusted: return "untrusted";
    case TlsFault::kExpired: return "expired";
    case TlsFault::kRevoked: return "revoked";
    case TlsFault::kName: return "name";
    case TlsFault::kRefused: return "refused";
    case TlsFault::kClosed: return "closed";
    case TlsFault::kTimeout: return "timeout";
  }
  return "other";
}

}  // namespace net
