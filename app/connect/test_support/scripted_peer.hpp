// connect/test_support/scripted_peer.hpp: an MLLP receiver on 127.0.0.1 that does,
// connection by connection, what a test tells it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mutex.hpp"
#include "connect/descriptor.hpp"

namespace connectors::test_support {

// An answer to that message, as an HL7 message: MSA-1 is the code, MSA-2 its MSH-10.
[[nodiscard]] std::string answer_to(std::string_view message, std::string_view code);
[[nodiscard]] std::string answer_with(std::string_view code, std::string_view msa_2);

[[nodiscard]] std::string in_frame(std::string_view payload);

// An HTTP request as it came.
struct SeenRequest {
  std::string head;  // request line and headers, without the empty line behind them
  std::string body;

  // The value of a header; empty if it is not there.
  [[nodiscard]] std::string header(std::string_view name) const;
};

// A whole answer, `headers` with their line ends.
[[nodiscard]] std::string http_answer(int status, std::string_view body = "",
                                      std::string_view headers = "");

// One connection that was accepted. Waits end after ten seconds.
class PeerSocket {
 public:
  using Record = std::function<void(const std::string&)>;

  // `record` is told each frame that is read; a true `stopping` ends all waits.
  PeerSocket(Descriptor socket, const std::atomic<bool>& stopping, Record record)
      : socket_(std::move(socket)), stopping_(stopping), record_(std::move(record)) {}

  // The next frame's payload. None if the other side has closed or the peer is stopped.
  [[nodiscard]] std::optional<std::string> read_frame();

  // The next HTTP request with a Content-Length; its body is recorded. None as above.
  [[nodiscard]] std::optional<SeenRequest> read_request();

  // Waits for that many octets, frames or not. False if they do not come in time.
  [[nodiscard]] bool read_some(std::size_t count);
  [[nodiscard]] bool read_some_within(std::size_t count, std::chrono::milliseconds longest);

  // Reads nothing until the peer is stopped or the wait is over.
  void await_stop();

  void write(std::string_view octets);

  // Each octet in a segment of its own.
  void write_octet_by_octet(std::string_view octets);

  // Takes the connection down with RST.
  void reset();

  // Ends it with FIN.
  void close() { socket_.close(); }

  // One octet every 20 ms until the other side has closed.
  void drip(char octet);

  // True when the other side has closed, or reset.
  [[nodiscard]] bool is_closed_by_peer();

 private:
  [[nodiscard]] bool receive(std::chrono::milliseconds longest = std::chrono::seconds(10));

  Descriptor socket_;
  const std::atomic<bool>& stopping_;
  const Record record_;
  std::string unread_;
};

using Scene = std::function<void(PeerSocket&)>;

// Answers every message AA until the connection ends.
void answer_all(PeerSocket& socket);

// Answers every HTTP request with 204 until the connection ends.
void take_all_requests(PeerSocket& socket);

// Listens from construction to destruction; each connection has a thread of its own.
class ScriptedPeer {
 public:
  // A scene for each connection; the last one for all that follow.
  explicit ScriptedPeer(std::vector<Scene> scenes);
  ~ScriptedPeer();

  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  // The frames that all connections have read, in order.
  [[nodiscard]] std::vector<std::string> received() const;

  // How many connections were accepted.
  [[nodiscard]] int connection_count() const noexcept { return connection_count_.load(); }

  // Cuts the connection and refuses new ones; the port stays ours.
  void stop();
  void start();

 private:
  void serve();
  void serve_one(Descriptor socket, std::size_t number);

  const std::vector<Scene> scenes_;
  Descriptor reserve_;  // bound and not listening: keeps the port from others
  std::uint16_t port_ = 0;
  Descriptor listener_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connection_count_{0};
  mutable base::Mutex mutex_;
  std::vector<std::string> received_ GUARDED_BY(mutex_);
  std::thread thread_;
};

// A port that does not serve, as long as it lives.
class DeadPort {
 public:
  enum class Kind : std::uint8_t {
    kRefuses,   // nobody listens
    kSwallows,  // connections are neither made nor refused
  };

  explicit DeadPort(Kind kind);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
  std::vector<Descriptor> filling_;  // in the queue of a listener that never accepts
};

}  // namespace connectors::test_support
