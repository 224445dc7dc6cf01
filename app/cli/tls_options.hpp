// cli/tls_options.hpp: TLS of commands that call a server: send, bench, certs probe.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/tls/context.hpp"

namespace cli {

struct TlsOptions {
  bool tls = false;
  std::string ca;           // PEM; empty: the system's authorities
  std::string certificate;  // the client's own, PEM; empty: none is shown
  std::string key;          // empty: it stands in the certificate's file
  std::string key_password_file;
  std::string server_name;  // empty: the host that is called
  bool insecure = false;    // whoever answers is believed

  // Any of the others is a wish for TLS.
  [[nodiscard]] bool wanted() const noexcept {
    return tls || insecure || !ca.empty() || !certificate.empty() || !server_name.empty();
  }
};

// Null where TLS is not wanted. The error is a sentence that names the file.
[[nodiscard]] base::Result<std::shared_ptr<const net::TlsClientContext>, std::string>
make_tls_context(const TlsOptions& options);

}  // namespace cli
