// cli/peer_loop.hpp: many connections to one MLLP server, served by one thread.
//
// Frames go out as they are appended, answers come in as payloads of frames.
// Who asks for what, and when to give up, is the handler's business: the loop
// knows no message, no deadline and no retry.
//
//              connect()                connected
//     idle ───────────────► connecting ──────────► ready ──► on_answer() …
//      ▲                        │                    │
//      └──────── close(), or on_lost() when it ends ─┘
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/destination.hpp"
#include "cli/wire.hpp"
#include "mllp/frame_decoder.hpp"

namespace cli {

enum class LossKind : std::uint8_t {
  kConnect = 1,  // no connection could be made; os_error says why
  kClosed = 2,   // the peer closed
  kReset = 3,    // the connection failed; os_error says why
  kFraming = 4,  // what came was no MLLP, or a frame of more than 32 MiB
  kSilent = 5,   // no answer in time: never the loop's finding, its owner's
  kTls = 6,      // no TLS connection; `text` says why
};

struct PeerLoss {
  LossKind kind;
  int os_error = 0;
  std::string text{};
};

// A sentence for people, e.g. "connection refused".
[[nodiscard]] std::string to_string(const PeerLoss& loss);

enum class AnswerVerdict : std::uint8_t { kGoOn, kClose };

// Called from within run_once(), on its thread. None of these may call connect()
// or close(): connect again between two calls of run_once().
class PeerHandler {
 public:
  virtual ~PeerHandler() = default;

  virtual void on_connected(std::size_t peer) = 0;

  // A frame has come. The view is valid during the call. Frames appended
  // meanwhile go out together, when all that was read has been handled. After
  // kClose the peer is idle, and there is no on_lost().
  [[nodiscard]] virtual AnswerVerdict on_answer(std::size_t peer, base::ByteView payload) = 0;

  // The peer is idle again; what was not answered never will be.
  virtual void on_lost(std::size_t peer, const PeerLoss& loss) = 0;

 protected:
  PeerHandler() = default;
  PeerHandler(const PeerHandler&) = default;
  PeerHandler& operator=(const PeerHandler&) = default;
};

// Not thread-safe. The handler outlives it.
class PeerLoop {
 public:
  PeerLoop(Destination destination, std::size_t peer_count, PeerHandler& handler);
  ~PeerLoop();

  PeerLoop(const PeerLoop&) = delete;
  PeerLoop& operator=(const PeerLoop&) = delete;

  // Begins to connect an idle peer, to each address of the destination in turn.
  // Fails where no address can even be tried, e.g. without free descriptors; the
  // peer stays idle. Else on_connected() or on_lost() will come.
  [[nodiscard]] base::Status<PeerLoss> connect(std::size_t peer);

  // Drops the connection without ado, what was not yet written included.
  void close(std::size_t peer);

  [[nodiscard]] bool is_idle(std::size_t peer) const { return peers_[peer].state == State::kIdle; }

  [[nodiscard]] bool is_ready(std::size_t peer) const {
    return peers_[peer].state == State::kReady;
  }

  // Where whole frames are appended, for flush(). REQUIRES: is_ready(peer).
  [[nodiscard]] std::string& outgoing(std::size_t peer) { return peers_[peer].outgoing; }

  // Writes what the socket takes now; the rest follows by itself. A failure
  // shows as on_lost() in a later run_once(). Not needed within on_answer().
  void flush(std::size_t peer);

  // Octets that came outside of frames, or in frames that were cut, so far and
  // from all peers; line ends too. A server that frames well sends none.
  [[nodiscard]] std::uint64_t stray_bytes() const noexcept;

  // Waits for something to happen, at most that long, and handles it. Returns
  // early on a signal.
  void run_once(base::Duration wait_max);

 private:
  enum class State : std::uint8_t { kIdle, kConnecting, kReady };

  struct Peer {
    Peer();

    State state = State::kIdle;
    bool waits_to_write = false;
    std::unique_ptr<Wire> wire;
    std::size_t address_index = 0;  // of the destination's, while connecting
    std::string outgoing;
    std::size_t written_bytes = 0;  // of outgoing
    mllp::FrameDecoder decoder;
  };

  base::Status<PeerLoss> connect_next(std::size_t peer);
  void finish_connect(std::size_t peer);
  void read(std::size_t peer);
  void handle_event(const epoll_event& event);
  bool handle_input(std::size_t peer, base::ByteView input);
  void lose(std::size_t peer, const PeerLoss& loss);
  void lose_failed(std::size_t peer, int os_error);
  void wait_to_write(std::size_t peer, bool wanted);

  Destination destination_;
  PeerHandler& handler_;
  int epoll_;
  std::vector<Peer> peers_;
  std::uint64_t stray_bytes_ = 0;  // of connections that are closed
  std::vector<epoll_event> events_;
  std::vector<std::byte> buffer_;
};

}  // namespace cli
