// net/tls/context.hpp: what all TLS connections of one side share, loaded from files.
//
// TLS 1.3, and 1.2 with AEAD suites of forward secrecy only. No compression, no
// renegotiation, no early data. A context never changes: new files make a new one,
// and connections keep the one they began with. So does a session ticket: it is
// good for the context that gave it, and a client whose certificate was revoked
// cannot come back by an old one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/tls/certificate.hpp"

namespace net {

enum class TlsVersion : std::uint8_t { k12, k13 };

// PEM files. The certificate's file holds its chain behind it; without a key's file
// it holds the key as well.
struct TlsIdentityFiles {
  std::string certificate;
  std::string key;
  std::string key_password;  // a file, its first line; empty: the key is not encrypted

  friend bool operator==(const TlsIdentityFiles&, const TlsIdentityFiles&) = default;
};

struct TlsServerFiles {
  std::vector<TlsIdentityFiles> identities;  // the first for clients that ask for no other's name
  std::string client_ca;                     // set: a client's certificate is required
  std::string revocations;                   // set: a client's certificate must be on none of these
  std::vector<std::string> client_names;     // set: only these; see is_named_by()
  TlsVersion least = TlsVersion::k12;
};

struct TlsClientFiles {
  std::string ca;        // empty: the system's authorities
  TlsIdentityFiles own;  // its certificate empty: none is shown
  bool verify = true;    // false: whoever answers is believed
  TlsVersion least = TlsVersion::k12;
};

// Every file that is read, for stamp_of().
[[nodiscard]] std::vector<std::string> paths_of(const TlsServerFiles& files);
[[nodiscard]] std::vector<std::string> paths_of(const TlsClientFiles& files);

// Immutable, thread-safe.
class TlsServerContext {
 public:
  // Or what is wrong, with the file's name: unreadable, a key that does not fit its
  // certificate, a CA file without a certificate. An expired certificate is loaded:
  // see expired().
  [[nodiscard]] static base::Result<std::shared_ptr<const TlsServerContext>, std::string> load(
      const TlsServerFiles& files);

  virtual ~TlsServerContext() = default;

  // The leaf of each identity, in order.
  [[nodiscard]] virtual const std::vector<CertificateFacts>& certificates() const noexcept = 0;

  // Of `client_ca`; empty without one.
  [[nodiscard]] virtual const std::vector<CertificateFacts>& authorities() const noexcept = 0;

  // The first certificate that is not valid at this time: "cert.pem: expired on
  // 2026-04-03 12:00 UTC". Empty: all are.
  [[nodiscard]] virtual std::string expired(base::WallTime now) const = 0;

 protected:
  TlsServerContext() = default;
  TlsServerContext(const TlsServerContext&) = default;
  TlsServerContext& operator=(const TlsServerContext&) = default;
};

// Immutable, thread-safe.
class TlsClientContext {
 public:
  [[nodiscard]] static base::Result<std::shared_ptr<const TlsClientContext>, std::string> load(
      const TlsClientFiles& files);

  virtual ~TlsClientContext() = default;

 protected:
  TlsClientContext() = default;
  TlsClientContext(const TlsClientContext&) = default;
  TlsClientContext& operator=(const TlsClientContext&) = default;
};

}  // namespace net
