#include "connect/tls_stream.hpp"

#include <utility>
#include <vector>

#include "base/try.hpp"
#include "net/tls/certificate_ends.hpp"
#include "net/tls/engine.hpp"
#include "net/tls/files.hpp"
#include "telemetry/log.hpp"

namespace connectors {
namespace {

constexpr std::size_t kReadBytes = 16 * base::kKiB;

class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<Stream> plain, std::unique_ptr<net::TlsEngine> engine)
      : plain_(std::move(plain)), engine_(std::move(engine)), input_(kReadBytes) {}

  base::Status<StreamError> shake_hands(Patience& patience) {
    for (;;) {
      const net::TlsStep step = engine_->handshake();
      TRY(send_outgoing(patience));
      if (step == net::TlsStep::kDone) return base::Done{};
      if (step == net::TlsStep::kFailed) return base::fail(StreamError{});
      TRY(fill(patience));
    }
  }

  base::Status<StreamError> write(base::ByteView octets, Patience& patience) override {
    if (!engine_->write(octets)) return base::fail(StreamError{});
    return send_outgoing(patience);
  }

  base::Result<std::size_t, StreamError> read(std::span<std::byte> room,
                                              Patience& patience) override {
    for (;;) {
      if (engine_->has_unread_input()) {
        const net::TlsRead got = engine_->read(room);
        TRY(send_outgoing(patience));
        if (got.step == net::TlsStep::kDone) return got.bytes;
        if (got.step == net::TlsStep::kClosed) {
          return base::fail(StreamError{StreamFault::kClosed, 0});
        }
        if (got.step == net::TlsStep::kFailed) return base::fail(StreamError{});
      }
      TRY(fill(patience));
    }
  }

  [[nodiscard]] std::optional<net::CertificateFacts> target() const {
    return engine_->peer_certificate();
  }

  [[nodiscard]] const net::TlsFailure& failure() const noexcept { return engine_->failure(); }

 private:
  base::Status<StreamError> fill(Patience& patience) {
    const std::size_t count = TRY(plain_->read(input_, patience));
    engine_->feed(base::ByteView(input_).first(count));
    return base::Done{};
  }

  base::Status<StreamError> send_outgoing(Patience& patience) {
    if (engine_->outgoing().empty()) return base::Done{};
    std::string octets;
    octets.swap(engine_->outgoing());
    return plain_->write(base::as_bytes(octets), patience);
  }

  std::unique_ptr<Stream> plain_;
  std::unique_ptr<net::TlsEngine> engine_;
  std::vector<std::byte> input_;
};

}  // namespace

base::Result<std::shared_ptr<const net::TlsClientContext>, std::string> TlsCredentials::current() {
  std::string stamp = net::stamp_of(net::paths_of(files_));
  if (context_ && stamp == stamp_) return context_;
  auto loaded = net::TlsClientContext::load(files_);
  stamp_ = std::move(stamp);
  if (loaded) {
    context_ = std::move(*loaded);
    note_own();
    return context_;
  }
  if (!context_) return base::fail(std::move(loaded.error()));
  telemetry::log(telemetry::Level::kError, "credentials_refused",
                 {{"where", where_},
                  {"reason", loaded.error()},
                  {"text", "those that were in use stay in use"}});
  return context_;
}

// What cannot be read has failed to load, and is told there.
void TlsCredentials::note_own() const {
  const base::WallTime now = clock_.wall_now();
  const auto note = [&](net::CertificateOwner owner, const std::string& where,
                        const std::string& path) {
    if (path.empty()) return;
    if (const auto read = net::read_certificates(path)) {
      net::note_certificates(owner, where, *read, now);
    }
  };
  note(net::CertificateOwner::kOwn, where_, files_.own.certificate);
  if (files_.verify) note(net::CertificateOwner::kPartner, "authorities of " + where_, files_.ca);
}

void TlsCredentials::note_target(const std::optional<net::CertificateFacts>& shown) const {
  if (shown) net::note_shown_certificate(where_, *shown, clock_.wall_now());
}

base::Result<std::unique_ptr<Stream>, TlsOpenError> open_tls_stream(
    std::unique_ptr<Stream> plain, std::shared_ptr<const net::TlsClientContext> context,
    const std::string& server_name, Patience& patience,
    std::optional<net::CertificateFacts>& shown) {
  auto stream = std::make_unique<TlsStream>(
      std::move(plain), net::TlsEngine::connect(std::move(context), server_name));
  const auto shaken = stream->shake_hands(patience);
  shown = stream->target();
  if (shaken) return std::unique_ptr<Stream>(std::move(stream));
  return base::fail(TlsOpenError{shaken.error(), stream->failure().text});
}

}  // namespace connectors
