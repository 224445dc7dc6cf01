#include "cli/peer_loop.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "base/check.hpp"
#include "cli/tls_wire.hpp"

namespace cli {
namespace {

constexpr std::size_t kReadBytes = 64 * base::kKiB;
constexpr std::size_t kEventCount = 512;  // taken from the kernel in one go

// Written octets are dropped from a buffer only when there are many of them:
// moving the rest costs more than keeping it.
constexpr std::size_t kCompactBytes = 256 * base::kKiB;

int to_milliseconds(base::Duration wait) noexcept {
  const auto rounded_up = std::chrono::ceil<std::chrono::milliseconds>(wait);
  return static_cast<int>(std::clamp<std::int64_t>(rounded_up.count(), 0, 60'000));
}

std::uint64_t stray_bytes_of(const mllp::FrameDecoder& decoder) noexcept {
  const mllp::FrameCounts& counts = decoder.counts();
  return counts.garbage_bytes + counts.cut_bytes;
}

}  // namespace

std::string to_string(const PeerLoss& loss) {
  switch (loss.kind) {
    case LossKind::kClosed: return "the peer closed the connection";
    case LossKind::kFraming: return "the peer sent something other than MLLP frames";
    case LossKind::kSilent: return "no answer in time";
    case LossKind::kTls: return "TLS: " + loss.text;
    case LossKind::kConnect:
    case LossKind::kReset: break;
  }
  return std::generic_category().message(loss.os_error);
}

PeerLoop::Peer::Peer() : decoder(mllp::FrameOptions{}) {}

PeerLoop::PeerLoop(Destination destination, std::size_t peer_count, PeerHandler& handler)
    : destination_(std::move(destination)),
      handler_(handler),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      peers_(peer_count),
      events_(kEventCount),
      buffer_(kReadBytes) {
  CHECK(epoll_ >= 0);
}

PeerLoop::~PeerLoop() { ::close(epoll_); }

base::Status<PeerLoss> PeerLoop::connect(std::size_t peer) {
  CHECK(is_idle(peer));
  peers_[peer].address_index = 0;
  return connect_next(peer);
}

base::Status<PeerLoss> PeerLoop::connect_next(std::size_t peer) {
  Peer& self = peers_[peer];
  PeerLoss loss{LossKind::kConnect, EADDRNOTAVAIL};
  for (; self.address_index < destination_.addresses.size(); ++self.address_index) {
    auto wire = open_plain_wire(destination_.addresses[self.address_index]);
    if (!wire) {
      loss.os_error = wire.error();
      continue;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT;
    event.data.u64 = peer;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, (*wire)->descriptor(), &event) != 0) {
      loss.os_error = errno;
      continue;
    }
    self.wire = *std::move(wire);
    if (destination_.tls) {
      self.wire = make_tls_wire(std::move(self.wire), destination_.tls, destination_.server_name);
    }
    self.state = State::kConnecting;
    self.waits_to_write = true;
    return base::Done{};
  }
  return base::fail(loss);
}

void PeerLoop::finish_connect(std::size_t peer) {
  Peer& self = peers_[peer];
  const int error = self.wire->connect_error();
  if (error == 0) {
    self.state = State::kReady;
    wait_to_write(peer, false);
    handler_.on_connected(peer);
    flush(peer);
    return;
  }
  close(peer);
  ++self.address_index;
  const auto next = connect_next(peer);
  if (!next) handler_.on_lost(peer, {LossKind::kConnect, error});
}

std::uint64_t PeerLoop::stray_bytes() const noexcept {
  std::uint64_t sum = stray_bytes_;
  for (const Peer& peer : peers_) sum += stray_bytes_of(peer.decoder);
  return sum;
}

void PeerLoop::close(std::size_t peer) {
  Peer& self = peers_[peer];
  stray_bytes_ += stray_bytes_of(self.decoder);
  self.wire.reset();  // leaves the epoll set with its last descriptor
  self.state = State::kIdle;
  self.outgoing.clear();
  self.written_bytes = 0;
  self.decoder = mllp::FrameDecoder(mllp::FrameOptions{});
}

void PeerLoop::lose(std::size_t peer, const PeerLoss& loss) {
  close(peer);
  handler_.on_lost(peer, loss);
}

void PeerLoop::flush(std::size_t peer) {
  Peer& self = peers_[peer];
  while (self.written_bytes < self.outgoing.size() || self.wire->has_unsent()) {
    const std::string_view rest = std::string_view(self.outgoing).substr(self.written_bytes);
    const WireStep step = self.wire->write(base::as_bytes(rest));
    // A broken connection shows when it is read, behind the answers that came.
    if (step.event != WireEvent::kDone) {
      wait_to_write(peer, step.event == WireEvent::kWouldBlock && self.wire->waits_to_write());
      if (self.written_bytes > kCompactBytes) {
        self.outgoing.erase(0, self.written_bytes);
        self.written_bytes = 0;
      }
      return;
    }
    self.written_bytes += step.bytes;
  }
  self.outgoing.clear();
  self.written_bytes = 0;
  wait_to_write(peer, false);
}

void PeerLoop::wait_to_write(std::size_t peer, bool wanted) {
  Peer& self = peers_[peer];
  if (self.waits_to_write == wanted) return;
  self.waits_to_write = wanted;
  epoll_event event{};
  event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = peer;
  CHECK(::epoll_ctl(epoll_, EPOLL_CTL_MOD, self.wire->descriptor(), &event) == 0);
}

void PeerLoop::read(std::size_t peer) {
  do {
    Peer& self = peers_[peer];
    const WireStep step = self.wire->read(buffer_);
    switch (step.event) {
      case WireEvent::kWouldBlock:
        // A handshake has gone on, and perhaps what was to be written may go now.
        if (!self.outgoing.empty() && !self.waits_to_write) flush(peer);
        return;
      case WireEvent::kClosed: return lose(peer, {LossKind::kClosed});
      case WireEvent::kFailed: return lose_failed(peer, step.os_error);
      case WireEvent::kDone: break;
    }
    if (!handle_input(peer, std::span(buffer_).first(step.bytes))) return;
  } while (peers_[peer].wire->has_unread());
  flush(peer);
}

void PeerLoop::lose_failed(std::size_t peer, int os_error) {
  std::string text = peers_[peer].wire->failure_text();
  if (text.empty()) return lose(peer, {LossKind::kReset, os_error});
  lose(peer, {LossKind::kTls, 0, std::move(text)});
}

// False if the peer is idle after it.
bool PeerLoop::handle_input(std::size_t peer, base::ByteView input) {
  Peer& self = peers_[peer];
  while (!input.empty()) {
    const mllp::DecodeStep step = self.decoder.decode(input);
    input = input.subspan(step.consumed_bytes);
    if (step.event == mllp::DecodeEvent::kNeedMore) break;
    if (step.event != mllp::DecodeEvent::kFrame) {
      lose(peer, {LossKind::kFraming});
      return false;
    }
    if (handler_.on_answer(peer, self.decoder.payload()) == AnswerVerdict::kClose) {
      close(peer);
      return false;
    }
  }
  return true;
}

void PeerLoop::run_once(base::Duration wait_max) {
  const int count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                                 to_milliseconds(wait_max));
  for (int i = 0; i < count; ++i) handle_event(events_[static_cast<std::size_t>(i)]);
}

void PeerLoop::handle_event(const epoll_event& event) {
  const auto peer = static_cast<std::size_t>(event.data.u64);
  if (peers_[peer].state == State::kConnecting) return finish_connect(peer);
  if ((event.events & EPOLLOUT) != 0) flush(peer);
  constexpr std::uint32_t kReadable = EPOLLIN | EPOLLHUP | EPOLLERR;
  if ((event.events & kReadable) != 0) read(peer);
}

}  // namespace cli
