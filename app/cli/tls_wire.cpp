#include "cli/tls_wire.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "net/tls/engine.hpp"

namespace cli {
namespace {

constexpr std::size_t kReadBytes = 16 * base::kKiB;
constexpr std::size_t kChunkBytes = 64 * base::kKiB;  // encrypted at a time

class TlsWire final : public Wire {
 public:
  TlsWire(std::unique_ptr<Wire> plain, std::unique_ptr<net::TlsEngine> engine)
      : plain_(std::move(plain)), engine_(std::move(engine)), input_(kReadBytes) {}

  ~TlsWire() override {
    if (!stands_) return;
    engine_->close_notify();
    static_cast<void>(send_outgoing());
  }

  TlsWire(const TlsWire&) = delete;
  TlsWire& operator=(const TlsWire&) = delete;

  WireStep read(std::span<std::byte> buffer) override {
    for (;;) {
      if (!stands_) {
        const WireStep step = shake_hands();
        if (step.event != WireEvent::kDone) return step;
      }
      if (engine_->has_unread_input()) {
        const net::TlsRead got = engine_->read(buffer);
        static_cast<void>(send_outgoing());
        if (got.step == net::TlsStep::kDone) {
          return {.event = WireEvent::kDone, .bytes = got.bytes};
        }
        if (got.step == net::TlsStep::kClosed) return {.event = WireEvent::kClosed};
        if (got.step == net::TlsStep::kFailed) return {.event = WireEvent::kFailed};
      }
      const WireStep came = fill();
      if (came.event != WireEvent::kDone) return came;
    }
  }

  WireStep write(base::ByteView octets) override {
    if (!stands_) {
      const WireStep step = shake_hands();
      if (step.event != WireEvent::kDone) return step;
    }
    const WireStep before = send_outgoing();
    if (before.event != WireEvent::kDone || octets.empty()) return before;
    const std::size_t count = std::min(octets.size(), kChunkBytes);
    if (!engine_->write(octets.first(count))) return {.event = WireEvent::kFailed};
    const WireStep after = send_outgoing();
    if (after.event == WireEvent::kFailed) return after;
    return {.event = WireEvent::kDone, .bytes = count};
  }

  int descriptor() const noexcept override { return plain_->descriptor(); }

  int connect_error() const noexcept override { return plain_->connect_error(); }

  bool has_unsent() const noexcept override { return !engine_->outgoing().empty(); }

  bool has_unread() const noexcept override { return stands_ && engine_->has_unread_input(); }

  bool waits_to_write() const noexcept override { return stands_ || has_unsent(); }

  std::string failure_text() const override { return engine_->failure().text; }

 private:
  WireStep fill() {
    const WireStep step = plain_->read(input_);
    if (step.event == WireEvent::kDone) {
      engine_->feed(base::ByteView(input_).first(step.bytes));
    }
    return step;
  }

  // As far as it goes now. kDone: it stands.
  WireStep shake_hands() {
    for (;;) {
      const net::TlsStep step = engine_->handshake();
      const WireStep sent = send_outgoing();
      if (step == net::TlsStep::kFailed) return {.event = WireEvent::kFailed};
      if (sent.event == WireEvent::kFailed) return sent;
      if (step == net::TlsStep::kDone) {
        stands_ = true;
        return {.event = WireEvent::kDone};
      }
      const WireStep came = fill();
      if (came.event != WireEvent::kDone) return came;
    }
  }

  WireStep send_outgoing() {
    std::string& outgoing = engine_->outgoing();
    while (!outgoing.empty()) {
      const WireStep step = plain_->write(base::as_bytes(outgoing));
      if (step.event != WireEvent::kDone) return step;
      outgoing.erase(0, step.bytes);
    }
    return {.event = WireEvent::kDone};
  }

  std::unique_ptr<Wire> plain_;
  std::unique_ptr<net::TlsEngine> engine_;
  std::vector<std::byte> input_;
  bool stands_ = false;
};

}  // namespace

std::unique_ptr<Wire> make_tls_wire(std::unique_ptr<Wire> plain,
                                    std::shared_ptr<const net::TlsClientContext> context,
                                    const std::string& server_name) {
  return std::make_unique<TlsWire>(std::move(plain),
                                   net::TlsEngine::connect(std::move(context), server_name));
}

std::unique_ptr<Wire> make_accepting_tls_wire(
    std::unique_ptr<Wire> plain, std::shared_ptr<const net::TlsServerContext> context) {
  return std::make_unique<TlsWire>(std::move(plain), net::TlsEngine::accept(std::move(context)));
}

}  // namespace cli
