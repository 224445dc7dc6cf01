#include "net/tls/stream.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace net {
namespace {

constexpr std::size_t kHandshakeBytes = 4 * base::kKiB;  // read at a time
constexpr std::size_t kChunkBytes = 64 * base::kKiB;     // encrypted at a time
constexpr std::size_t kKeptBytes = 2 * base::kKiB;       // of a buffer that has nothing to do

}  // namespace

TlsStream::TlsStream(Socket socket, std::unique_ptr<TlsEngine> engine)
    : octets_(PlainStream::make(std::move(socket))), engine_(std::move(engine)) {}

const TlsFailure& TlsStream::failure() const noexcept {
  return lost_.text.empty() ? engine_->failure() : lost_;
}

Awaitable<TlsStep> TlsStream::handshake() {
  const auto self = shared_from_this();
  std::vector<std::byte> buffer(kHandshakeBytes);
  for (;;) {
    const TlsStep step = engine_->handshake();
    flush();
    if (step != TlsStep::kNeedInput) {
      engine_->keep_rest();
      co_return step == TlsStep::kDone ? TlsStep::kDone : TlsStep::kFailed;
    }
    const auto [error, count] = co_await octets_->read_some(buffer);
    if (error) {
      lost_ = {TlsFault::kClosed, "the peer went away during the handshake"};
      co_return TlsStep::kFailed;
    }
    has_received_ = true;
    engine_->feed(base::ByteView(buffer).first(count));
  }
}

Awaitable<std::tuple<ErrorCode, std::size_t>> TlsStream::read_some(std::span<std::byte> into) {
  using Outcome = std::tuple<ErrorCode, std::size_t>;
  const auto self = shared_from_this();
  for (;;) {
    if (engine_->has_unread_input()) {
      const TlsRead read = engine_->read(into);
      if (!engine_->outgoing().empty()) flush();
      if (read.step == TlsStep::kDone) co_return Outcome(ErrorCode(), read.bytes);
      if (read.step == TlsStep::kClosed) co_return Outcome(asio::error::eof, 0);
      if (read.step == TlsStep::kFailed) co_return Outcome(asio::error::connection_aborted, 0);
    }
    const auto [error, count] = co_await octets_->read_some(into);
    if (error) co_return Outcome(error, 0);
    engine_->feed(into.first(count));
  }
}

// True: all has gone out.
bool TlsStream::send_outgoing() noexcept {
  std::string& outgoing = engine_->outgoing();
  const std::size_t sent = octets_->write_now(base::as_bytes(outgoing));
  if (sent == outgoing.size()) {
    outgoing.clear();
    if (outgoing.capacity() > kKeptBytes) outgoing.shrink_to_fit();
    return true;
  }
  outgoing.erase(0, sent);
  return false;
}

// What TLS itself has to say: the handshake, an alert, the end.
void TlsStream::flush() noexcept {
  if (!pumping_.expired() || engine_->outgoing().empty()) return;
  if (!send_outgoing()) pump(std::make_shared<WriteHandler>());
}

std::size_t TlsStream::write_now(base::ByteView octets) noexcept {
  if (!pumping_.expired() || !engine_->outgoing().empty()) return 0;
  std::size_t taken = 0;
  while (taken < octets.size()) {
    const base::ByteView chunk =
        octets.subspan(taken, std::min(kChunkBytes, octets.size() - taken));
    if (!engine_->write(chunk)) return taken;
    if (!send_outgoing()) {
      ahead_bytes_ = chunk.size();
      return taken;
    }
    taken += chunk.size();
  }
  return taken;
}

void TlsStream::write(base::ByteView octets, WriteHandler done) {
  rest_ = octets;
  written_bytes_ = 0;
  if (const auto pumping = pumping_.lock()) {
    *pumping = std::move(done);
  } else {
    pump(std::make_shared<WriteHandler>(std::move(done)));
  }
}

// Hands the next octets to the kernel: what stands in outgoing(), else the next chunk
// of what write() was given.
void TlsStream::pump(std::shared_ptr<WriteHandler> done) {
  if (engine_->outgoing().empty() && *done && ahead_bytes_ == 0 && !rest_.empty()) {
    const base::ByteView chunk = rest_.first(std::min(kChunkBytes, rest_.size()));
    if (!engine_->write(chunk)) return finish_write(asio::error::connection_aborted, *done);
    chunk_bytes_ = chunk.size();
    rest_ = rest_.subspan(chunk.size());
  } else if (*done && ahead_bytes_ > 0) {
    chunk_bytes_ = std::exchange(ahead_bytes_, 0);
    rest_ = rest_.subspan(std::min(chunk_bytes_, rest_.size()));
  }
  if (engine_->outgoing().empty()) return finish_write({}, *done);
  sending_.swap(engine_->outgoing());
  engine_->outgoing().clear();
  pumping_ = done;
  octets_->write(base::as_bytes(sending_),
                 [self = shared_from_this(), done = std::move(done)](
                     const ErrorCode& error, std::size_t) { self->pumped(error, done); });
}

void TlsStream::pumped(const ErrorCode& error, std::shared_ptr<WriteHandler> done) {
  pumping_.reset();
  sending_ = {};
  if (error) return finish_write(error, *done);
  written_bytes_ += std::exchange(chunk_bytes_, 0);
  pump(std::move(done));
}

void TlsStream::finish_write(const ErrorCode& error, WriteHandler& done) {
  if (end_when_sent_) octets_->shutdown_send();
  if (!done) return;
  rest_ = {};
  done(error, written_bytes_);
}

void TlsStream::shutdown_send() noexcept {
  engine_->close_notify();
  flush();
  end_when_sent_ = true;
  if (pumping_.expired()) octets_->shutdown_send();
}

void TlsStream::cancel() noexcept { octets_->cancel(); }

void TlsStream::close() noexcept { octets_->close(); }

}  // namespace net
