#include "net/tls/context.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/try.hpp"
#include "net/tls/certificate_facts.hpp"
#include "net/tls/context_parts.hpp"
#include "net/tls/files.hpp"

namespace net {
namespace {

constexpr const char* kSuites12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kSuites13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::array<unsigned char, 4> kSessionIdContext = {'m', 'l', 'l', 'p'};
constexpr long kSessionSeconds = 3600;
constexpr int kChainDepthMax = 8;

int notes_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

base::Result<openssl::Context, std::string> make_context(const SSL_METHOD* method,
                                                         TlsVersion least) {
  openssl::Context context(SSL_CTX_new(method));
  if (!context) return base::fail("TLS: " + openssl::take_error());
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_min_proto_version(raw, least == TlsVersion::k13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_security_level(raw, 2);
  const bool good = SSL_CTX_set_cipher_list(raw, kSuites12) == 1 &&
                    SSL_CTX_set_ciphersuites(raw, kSuites13) == 1 &&
                    SSL_CTX_set1_groups_list(raw, kGroups) == 1;
  if (!good) return base::fail("TLS: " + openssl::take_error());
  SSL_CTX_set_verify_depth(raw, kChainDepthMax);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets only: nothing is kept
  SSL_CTX_set_timeout(raw, kSessionSeconds);
  return context;
}

// The leaf's facts.
base::Result<CertificateFacts, std::string> use_identity(SSL_CTX* context,
                                                         const TlsIdentityFiles& files) {
  auto chain = TRY(read_certificate_file(files.certificate));
  const std::string& key_path = files.key.empty() ? files.certificate : files.key;
  const openssl::Key key = TRY(read_key_file(key_path, files.key_password));
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    ERR_clear_error();
    return base::fail(key_path + ": is not the key of " + files.certificate);
  }
  const bool used = SSL_CTX_use_certificate(context, chain.front().get()) == 1 &&
                    SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  if (!used) return base::fail(files.certificate + ": " + openssl::take_error());
  for (std::size_t index = 1; index < chain.size(); ++index) {
    if (SSL_CTX_add1_chain_cert(context, chain[index].get()) != 1) {
      return base::fail(files.certificate + ": " + openssl::take_error());
    }
  }
  return facts_of(chain.front().get());
}

base::Status<std::string> trust(SSL_CTX* context, const std::string& ca_path) {
  const auto authorities = TRY(read_certificate_file(ca_path));
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  for (const openssl::Certificate& authority : authorities) {
    if (X509_STORE_add_cert(store, authority.get()) != 1) {
      return base::fail(ca_path + ": " + openssl::take_error());
    }
    // Tells a client that has several certificates which to show.
    static_cast<void>(SSL_CTX_add_client_CA(context, authority.get()));
  }
  // What is in the file is trusted, a root or not.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return base::Done{};
}

base::Status<std::string> refuse_revoked(SSL_CTX* context, const std::string& path) {
  const auto lists = TRY(read_revocation_file(path));
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  for (const openssl::RevocationList& list : lists) {
    if (X509_STORE_add_crl(store, list.get()) != 1) {
      return base::fail(path + ": " + openssl::take_error());
    }
  }
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return base::Done{};
}

void note_verify_error(X509_STORE_CTX* store_context, HandshakeNotes& notes) {
  if (!notes.failure.text.empty()) return;
  notes.failure = describe_verify_error(X509_STORE_CTX_get_error(store_context),
                                        X509_STORE_CTX_get_current_cert(store_context));
}

// Called for each certificate of the chain, and once more for each fault.
int judge_peer(int good, X509_STORE_CTX* store_context) {
  const auto* const session = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store_context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  HandshakeNotes& notes = notes_of(session);
  const int depth = X509_STORE_CTX_get_error_depth(store_context);
  if (good == 0) {
    // The leaf needs a list; an authority is checked where there is one for it.
    const int error = X509_STORE_CTX_get_error(store_context);
    if (error == X509_V_ERR_UNABLE_TO_GET_CRL && depth > 0) {
      X509_STORE_CTX_set_error(store_context, X509_V_OK);
      return 1;
    }
    note_verify_error(store_context, notes);
    return 0;
  }
  if (depth > 0 || notes.server == nullptr || notes.server->allows_all()) return 1;
  const CertificateFacts facts = facts_of(X509_STORE_CTX_get_current_cert(store_context));
  if (notes.server->allows(facts)) return 1;
  notes.failure = {TlsFault::kName, "TLS_CLIENT_NAMES does not name " + facts.subject};
  X509_STORE_CTX_set_error(store_context, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

int choose_identity(SSL* session, int* /*alert*/, void* /*unused*/) {
  const char* const host = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
  const HandshakeNotes& notes = notes_of(session);
  if (host == nullptr || notes.server == nullptr) return SSL_TLSEXT_ERR_OK;
  if (SSL_CTX* const chosen = notes.server->for_name(host)) SSL_set_SSL_CTX(session, chosen);
  return SSL_TLSEXT_ERR_OK;
}

base::Result<ServerContextParts::Identity, std::string> make_identity(
    const TlsIdentityFiles& identity, const TlsServerFiles& files) {
  ServerContextParts::Identity made;
  made.path = identity.certificate;
  made.context = TRY(make_context(TLS_server_method(), files.least));
  SSL_CTX* const context = made.context.get();
  made.facts = TRY(use_identity(context, identity));
  SSL_CTX_set_session_id_context(context, kSessionIdContext.data(), kSessionIdContext.size());
  SSL_CTX_set_num_tickets(context, 1);
  // As the macro does, without its cast.
  SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                        reinterpret_cast<void (*)()>(choose_identity));
  if (files.client_ca.empty()) return made;
  TRY(trust(context, files.client_ca));
  if (!files.revocations.empty()) TRY(refuse_revoked(context, files.revocations));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, judge_peer);
  return made;
}

}  // namespace

void attach_notes(SSL* session, HandshakeNotes& notes) noexcept {
  SSL_set_ex_data(session, notes_index(), &notes);
}

HandshakeNotes& notes_of(const SSL* session) noexcept {
  return *static_cast<HandshakeNotes*>(SSL_get_ex_data(session, notes_index()));
}

std::vector<std::string> paths_of(const TlsServerFiles& files) {
  std::vector<std::string> paths;
  for (const TlsIdentityFiles& identity : files.identities) {
    paths.insert(paths.end(), {identity.certificate, identity.key, identity.key_password});
  }
  paths.insert(paths.end(), {files.client_ca, files.revocations});
  std::erase(paths, std::string());
  return paths;
}

std::vector<std::string> paths_of(const TlsClientFiles& files) {
  std::vector<std::string> paths = {files.ca, files.own.certificate, files.own.key,
                                    files.own.key_password};
  std::erase(paths, std::string());
  return paths;
}

base::Result<std::shared_ptr<const TlsServerContext>, std::string> TlsServerContext::load(
    const TlsServerFiles& files) {
  std::vector<ServerContextParts::Identity> identities;
  for (const TlsIdentityFiles& identity : files.identities) {
    identities.push_back(TRY(make_identity(identity, files)));
  }
  if (identities.empty()) return base::fail(std::string("no certificate is given"));
  std::vector<CertificateFacts> authorities;
  if (!files.client_ca.empty()) authorities = TRY(read_certificates(files.client_ca));
  return std::shared_ptr<const TlsServerContext>(std::make_shared<ServerContextParts>(
      std::move(identities), std::move(authorities), files.client_names));
}

base::Result<std::shared_ptr<const TlsClientContext>, std::string> TlsClientContext::load(
    const TlsClientFiles& files) {
  auto context = TRY(make_context(TLS_client_method(), files.least));
  if (!files.own.certificate.empty()) TRY(use_identity(context.get(), files.own));
  if (files.verify) {
    if (files.ca.empty()) {
      SSL_CTX_set_default_verify_paths(context.get());
    } else {
      TRY(trust(context.get(), files.ca));
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, judge_peer);
  }
  return std::shared_ptr<const TlsClientContext>(
      std::make_shared<ClientContextParts>(std::move(context), files.verify));
}

ServerContextParts::ServerContextParts(std::vector<Identity> identities,
                                       std::vector<CertificateFacts> authorities,
                                       std::vector<std::string> client_names)
    : identities_(std::move(identities)),
      authorities_(std::move(authorities)),
      client_names_(std::move(client_names)) {
  for (const Identity& identity : identities_) certificates_.push_back(identity.facts);
}

std::string ServerContextParts::expired(base::WallTime now) const {
  for (const Identity& identity : identities_) {
    if (now >= identity.facts.not_after) {
      return identity.path + ": expired on " + to_date(identity.facts.not_after);
    }
    if (now < identity.facts.not_before) {
      return identity.path + ": is not valid before " + to_date(identity.facts.not_before);
    }
  }
  return {};
}

SSL_CTX* ServerContextParts::for_name(std::string_view host) const {
  for (const Identity& identity : identities_) {
    if (is_for_host(identity.facts, host)) return identity.context.get();
  }
  return nullptr;
}

bool ServerContextParts::allows(const CertificateFacts& client) const {
  if (client_names_.empty()) return true;
  return std::ranges::any_of(
      client_names_, [&client](const std::string& entry) { return is_named_by(client, entry); });
}

TlsFailure describe_verify_error(long error, const X509* certificate) {
  const std::string who =
      certificate == nullptr ? std::string("the certificate") : facts_of(certificate).subject;
  const auto with_dates = [&](const char* what) {
    return certificate == nullptr ? who + what
                                  : who + what + to_date(facts_of(certificate).not_after);
  };
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return {TlsFault::kExpired, with_dates(" expired on ")};
    case X509_V_ERR_CERT_NOT_YET_VALID: return {TlsFault::kExpired, who + " is not valid yet"};
    case X509_V_ERR_CERT_REVOKED: return {TlsFault::kRevoked, who + " has been revoked"};
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return {TlsFault::kRevoked, "no revocation list of " + who + "'s issuer is at hand"};
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return {TlsFault::kRevoked, "the revocation list for " + who + " is out of date"};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {TlsFault::kName, who + " is not a certificate for the name that was asked for"};
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return {TlsFault::kUntrusted, who + " is signed by itself and is not among the trusted ones"};
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return {TlsFault::kUntrusted, "none of the trusted authorities has signed " + who};
    default: break;
  }
  return {TlsFault::kUntrusted, who + ": " + X509_verify_cert_error_string(error)};
}

}  // namespace net
