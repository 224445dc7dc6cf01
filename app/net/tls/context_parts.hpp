// net/tls/context_parts.hpp: the contexts as the engine sees them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/tls/context.hpp"
#include "net/tls/fault.hpp"
#include "net/tls/openssl.hpp"

namespace net {

// A server's context for each identity; which of them answers follows from the name
// that the client asks for.
class ServerContextParts final : public TlsServerContext {
 public:
  struct Identity {
    std::string path;
    CertificateFacts facts;
    openssl::Context context;
  };

  ServerContextParts(std::vector<Identity> identities, std::vector<CertificateFacts> authorities,
                     std::vector<std::string> client_names);

  [[nodiscard]] const std::vector<CertificateFacts>& certificates() const noexcept override {
    return certificates_;
  }

  [[nodiscard]] const std::vector<CertificateFacts>& authorities() const noexcept override {
    return authorities_;
  }

  [[nodiscard]] std::string expired(base::WallTime now) const override;

  [[nodiscard]] SSL_CTX* first() const noexcept { return identities_.front().context.get(); }

  // Null where the first shall answer.
  [[nodiscard]] SSL_CTX* for_name(std::string_view host) const;

  [[nodiscard]] bool allows_all() const noexcept { return client_names_.empty(); }

  // Whether TLS_CLIENT_NAMES lets it in; always where there are none.
  [[nodiscard]] bool allows(const CertificateFacts& client) const;

 private:
  std::vector<Identity> identities_;
  std::vector<CertificateFacts> certificates_;
  const std::vector<CertificateFacts> authorities_;
  const std::vector<std::string> client_names_;
};

class ClientContextParts final : public TlsClientContext {
 public:
  ClientContextParts(openssl::Context context, bool verify)
      : context_(std::move(context)), verify_(verify) {}

  [[nodiscard]] SSL_CTX* get() const noexcept { return context_.get(); }

  [[nodiscard]] bool verifies() const noexcept { return verify_; }

 private:
  openssl::Context context_;
  bool verify_;
};

// Where a handshake's callbacks leave what they find out: one for each connection,
// reachable from its SSL.
struct HandshakeNotes {
  const ServerContextParts* server = nullptr;
  TlsFailure failure;  // the text empty: nothing yet
};

void attach_notes(SSL* session, HandshakeNotes& notes) noexcept;
[[nodiscard]] HandshakeNotes& notes_of(const SSL* session) noexcept;

// The kind and the words of an X509_V_ERR_… of the peer's certificate.
[[nodiscard]] TlsFailure describe_verify_error(long error, const X509* certificate);

}  // namespace net
