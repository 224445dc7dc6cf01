#include "net/tls/engine.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/check.hpp"
#include "net/tls/certificate_facts.hpp"
#include "net/tls/context_parts.hpp"

namespace net {
namespace {

constexpr std::size_t kPlainBytesMax = 16 * base::kKiB;  // of one record
constexpr std::byte kHandshakeRecord{0x16};

// OpenSSL asks for an empty queue of errors before each call. It nearly always is, and
// to see that costs a fifth of emptying it.
void forget_errors() noexcept {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

// A peer that makes us say more than this without reading is not conversing.
constexpr std::size_t kUnaskedBytesMax = 256 * base::kKiB;

// Octets on their way in and out; OpenSSL sees them through a BIO.
struct Wire {
  base::ByteView input;
  std::string output;
};

int bio_read(BIO* bio, char* room, int room_bytes) {
  auto& wire = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (wire.input.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count =
      std::min(wire.input.size(), static_cast<std::size_t>(std::max(room_bytes, 0)));
  std::memcpy(room, wire.input.data(), count);
  wire.input = wire.input.subspan(count);
  return static_cast<int>(count);
}

int bio_write(BIO* bio, const char* octets, int count) {
  auto& wire = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  wire.output.append(octets, static_cast<std::size_t>(std::max(count, 0)));
  return count;
}

long bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

const BIO_METHOD* wire_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    CHECK(made != nullptr);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    BIO_meth_set_create(made, bio_create);
    return made;
  }();
  return method;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> octets{};
  return inet_pton(AF_INET, host.c_str(), octets.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), octets.data()) == 1;
}

// What OpenSSL says of a failed handshake or read, in our words.
TlsFailure describe_reason(int reason) {
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return {TlsFault::kNoTls, "an HTTP request came instead of TLS"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_INAPPROPRIATE_FALLBACK:
      return {TlsFault::kVersion, "the peer offers no version of TLS that is taken here"};
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_GROUPS: return {TlsFault::kCipher, "no cipher suite that both sides take"};
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return {TlsFault::kNoCertificate, "the client has shown no certificate"};
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return {TlsFault::kVersion, "the peer takes no version of TLS that is offered here"};
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return {TlsFault::kRefused,
              "the peer refuses the handshake: no cipher suite in common, or it wants a "
              "certificate"};
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return {TlsFault::kRefused, "the peer wants a client certificate, and none was shown"};
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return {TlsFault::kRefused, "the peer does not trust the authority of our certificate"};
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return {TlsFault::kRefused, "the peer says that our certificate has expired"};
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      return {TlsFault::kRefused, "the peer says that our certificate has been revoked"};
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      return {TlsFault::kRefused, "the peer does not accept our certificate"};
    default: break;
  }
  if (reason >= SSL_AD_REASON_OFFSET) {
    return {TlsFault::kRefused,
            "the peer has sent an alert: " + std::to_string(reason - SSL_AD_REASON_OFFSET)};
  }
  return {};
}

class Engine final : public TlsEngine {
 public:
  Engine(std::shared_ptr<const void> context, SSL_CTX* raw, const ServerContextParts* server)
      : context_(std::move(context)), session_(SSL_new(raw)) {
    CHECK(session_ != nullptr);
    notes_.server = server;
    attach_notes(session_.get(), notes_);
    BIO* const bio = BIO_new(wire_method());
    CHECK(bio != nullptr);
    BIO_set_data(bio, &wire_);
    SSL_set_bio(session_.get(), bio, bio);
    if (server != nullptr) {
      SSL_set_accept_state(session_.get());
    } else {
      SSL_set_connect_state(session_.get());
    }
  }

  // Against which name the server is verified, and which it is asked for.
  void expect(const std::string& host, bool verify) {
    X509_VERIFY_PARAM* const expected = SSL_get0_param(session_.get());
    if (is_address(host)) {
      if (verify) X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str());
      return;
    }
    std::string name = host;  // the call wants it changeable, and does not change it
    SSL_ctrl(session_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    if (verify) SSL_set1_host(session_.get(), host.c_str());
  }

  void feed(base::ByteView ciphertext) override {
    if (!ciphertext.empty() && !first_octet_) first_octet_ = ciphertext.front();
    wire_.input = ciphertext;
  }

  void keep_rest() override {
    if (wire_.input.empty()) return;
    std::vector<std::byte> copy(wire_.input.begin(), wire_.input.end());
    rest_.swap(copy);
    wire_.input = rest_;
  }

  bool has_unread_input() const noexcept override {
    return !wire_.input.empty() || SSL_pending(session_.get()) > 0;
  }

  TlsStep handshake() override {
    forget_errors();
    const int result = SSL_do_handshake(session_.get());
    if (result != 1) return step_after(result);
    return settle_handshake();
  }

  TlsRead read(std::span<std::byte> into) override {
    // OpenSSL takes a record as a whole before it yields its octets, so what is
    // written to `into` overtakes what was read from it only when records are left.
    static thread_local std::array<std::byte, kPlainBytesMax> record;
    std::size_t filled = 0;
    while (filled < into.size()) {
      std::size_t count = 0;
      forget_errors();
      const int result = SSL_read_ex(session_.get(), record.data(),
                                     std::min(record.size(), into.size() - filled), &count);
      if (result != 1) {
        if (filled > 0) break;
        return {step_after(result)};
      }
      if (lies_within(into.first(filled + count))) keep_rest();
      std::memcpy(into.data() + filled, record.data(), count);
      filled += count;
      if (!has_unread_input()) break;
    }
    keep_rest_of(into);
    if (wire_.input.empty()) rest_ = {};
    return {TlsStep::kDone, filled};
  }

  bool write(base::ByteView plaintext) override {
    while (!plaintext.empty()) {
      std::size_t count = 0;
      forget_errors();
      const int result = SSL_write_ex(session_.get(), plaintext.data(), plaintext.size(), &count);
      if (result != 1) {
        static_cast<void>(step_after(result));
        return false;
      }
      plaintext = plaintext.subspan(count);
    }
    return true;
  }

  void close_notify() override {
    forget_errors();
    if (SSL_is_init_finished(session_.get()) == 1 && notes_.failure.text.empty()) {
      static_cast<void>(SSL_shutdown(session_.get()));
    }
  }

  std::string& outgoing() noexcept override { return wire_.output; }

  const TlsFailure& failure() const noexcept override { return notes_.failure; }

  std::optional<CertificateFacts> peer_certificate() const override {
    const X509* const certificate = SSL_get0_peer_certificate(session_.get());
    if (certificate == nullptr) return std::nullopt;
    return facts_of(certificate);
  }

  TlsDescription description() const override {
    const char* const suite = SSL_get_cipher_name(session_.get());
    return {SSL_get_version(session_.get()), suite == nullptr ? "" : suite,
            SSL_session_reused(session_.get()) == 1};
  }

 private:
  // A resumed client has not gone through judge_peer(): its certificate may have
  // ended since.
  TlsStep settle_handshake() {
    if (notes_.server == nullptr || SSL_session_reused(session_.get()) == 0) return TlsStep::kDone;
    const X509* const certificate = SSL_get0_peer_certificate(session_.get());
    if (certificate == nullptr || X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0) {
      return TlsStep::kDone;
    }
    notes_.failure = describe_verify_error(X509_V_ERR_CERT_HAS_EXPIRED, certificate);
    return TlsStep::kFailed;
  }

  TlsStep step_after(int result) {
    switch (SSL_get_error(session_.get(), result)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        if (wire_.output.size() <= kUnaskedBytesMax) return TlsStep::kNeedInput;
        notes_.failure = {TlsFault::kOther, "the peer asks for much and reads nothing"};
        return TlsStep::kFailed;
      case SSL_ERROR_ZERO_RETURN: return TlsStep::kClosed;
      default: break;
    }
    if (notes_.failure.text.empty()) describe();
    forget_errors();
    return TlsStep::kFailed;
  }

  void describe() {
    const unsigned long code = ERR_peek_last_error();
    if (first_octet_ && *first_octet_ != kHandshakeRecord &&
        SSL_is_init_finished(session_.get()) == 0) {
      const bool http = ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
      notes_.failure = {TlsFault::kNoTls, http ? "an HTTP request came instead of TLS"
                                               : "what came is no TLS; is the peer set to plain?"};
      // An alert that closes the connection begins with another octet.
      if (*first_octet_ != std::byte{0x15}) return;
    }
    notes_.failure = describe_reason(ERR_GET_REASON(code));
    if (!notes_.failure.text.empty()) return;
    const char* const reason = ERR_reason_error_string(code);
    notes_.failure = {TlsFault::kOther, reason == nullptr ? "the TLS connection failed" : reason};
  }

  // Whether octets that are still to be read stand in this memory.
  bool lies_within(std::span<const std::byte> memory) const noexcept {
    if (wire_.input.empty() || memory.empty()) return false;
    const std::less<> before;
    return !before(wire_.input.data(), memory.data()) &&
           before(wire_.input.data(), memory.data() + memory.size());
  }

  void keep_rest_of(std::span<const std::byte> memory) {
    if (lies_within(memory)) keep_rest();
  }

  std::shared_ptr<const void> context_;
  Wire wire_;
  std::vector<std::byte> rest_;
  std::optional<std::byte> first_octet_;
  HandshakeNotes notes_;
  openssl::Session session_;  // looks at wire_ and notes_
};

}  // namespace

std::unique_ptr<TlsEngine> TlsEngine::accept(std::shared_ptr<const TlsServerContext> context) {
  const auto& parts = static_cast<const ServerContextParts&>(*context);
  return std::make_unique<Engine>(std::move(context), parts.first(), &parts);
}

std::unique_ptr<TlsEngine> TlsEngine::connect(std::shared_ptr<const TlsClientContext> context,
                                              const std::string& server_name) {
  const auto& parts = static_cast<const ClientContextParts&>(*context);
  auto engine = std::make_unique<Engine>(std::move(context), parts.get(), nullptr);
  engine->expect(server_name, parts.verifies());
  return engine;
}

}  // namespace net
