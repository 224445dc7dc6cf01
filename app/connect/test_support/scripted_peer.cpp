#include "connect/test_support/scripted_peer.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

namespace connectors::test_support {
namespace {

constexpr int kSliceMillis = 20;
constexpr int kSlicesMax = 500;  // ten seconds

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

Descriptor bound_socket(std::uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.value(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const sockaddr_in address = loopback(port);
  EXPECT_EQ(::bind(socket.value(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);
  return socket;
}

std::uint16_t port_of(const Descriptor& socket) {
  sockaddr_in address{};
  socklen_t bytes = sizeof(address);
  EXPECT_EQ(::getsockname(socket.value(), reinterpret_cast<sockaddr*>(&address), &bytes), 0);
  return ntohs(address.sin_port);
}

std::string field(std::string_view message, int number) {
  std::size_t at = 0;
  for (int passed = 1; passed < number; ++passed) at = message.find('|', at) + 1;
  return std::string(message.substr(at, message.find_first_of("|\r", at) - at));
}

}  // namespace

std::string answer_with(std::string_view code, std::string_view msa_2) {
  return "MSH|^~\\&|LAB|PATHOLOGY|HIS|CENTRAL|20260403120001||ACK^A01|A-1|P|2.3\rMSA|" +
         std::string(code) + "|" + std::string(msa_2) + "\r";
}

std::string answer_to(std::string_view message, std::string_view code) {
  return answer_with(code, field(message, 10));
}

std::string in_frame(std::string_view payload) {
  return "\x0b" + std::string(payload) + "\x1c\x0d";
}

std::string http_answer(int status, std::string_view body, std::string_view headers) {
  return "HTTP/1.1 " + std::to_string(status) + " Words\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string SeenRequest::header(std::string_view name) const {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(start);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + start.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

bool PeerSocket::receive(std::chrono::milliseconds longest) {
  const auto slice_count = longest.count() / kSliceMillis;
  for (int slice = 0; slice < slice_count && !stopping_; ++slice) {
    pollfd polled{.fd = socket_.value(), .events = POLLIN, .revents = 0};
    if (::poll(&polled, 1, kSliceMillis) == 0) continue;
    std::array<char, 65536> piece{};
    const ssize_t got = ::recv(socket_.value(), piece.data(), piece.size(), 0);
    if (got <= 0) return false;
    unread_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
  }
  return false;
}

std::optional<std::string> PeerSocket::read_frame() {
  for (;;) {
    const std::size_t end = unread_.find("\x1c\x0d");
    if (end != std::string::npos) {
      EXPECT_EQ(unread_.front(), '\x0b');
      std::string payload = unread_.substr(1, end - 1);
      unread_.erase(0, end + 2);
      record_(payload);
      return payload;
    }
    if (!receive()) return std::nullopt;
  }
}

std::optional<SeenRequest> PeerSocket::read_request() {
  std::size_t end = 0;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive()) return std::nullopt;
  }
  SeenRequest request{.head = unread_.substr(0, end), .body = {}};
  unread_.erase(0, end + 4);
  const std::size_t bytes = std::stoul("0" + request.header("Content-Length"));
  if (!read_some(bytes)) return std::nullopt;
  request.body = unread_.substr(0, bytes);
  unread_.erase(0, bytes);
  record_(request.body);
  return request;
}

bool PeerSocket::read_some(std::size_t count) {
  while (unread_.size() < count) {
    if (!receive()) return false;
  }
  return true;
}

bool PeerSocket::read_some_within(std::size_t count, std::chrono::milliseconds longest) {
  while (unread_.size() < count) {
    if (!receive(longest)) return false;
  }
  return true;
}

void PeerSocket::await_stop() {
  for (int slice = 0; slice < kSlicesMax && !stopping_; ++slice) {
    static_cast<void>(::poll(nullptr, 0, kSliceMillis));
  }
}

void PeerSocket::write(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(socket_.value(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void PeerSocket::write_octet_by_octet(std::string_view octets) {
  const int on = 1;
  ::setsockopt(socket_.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  for (const char& octet : octets) write({&octet, 1});
}

void PeerSocket::reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.value(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  socket_.close();
}

void PeerSocket::drip(char octet) {
  for (int slice = 0; slice < kSlicesMax && !stopping_; ++slice) {
    pollfd polled{.fd = socket_.value(), .events = POLLIN, .revents = 0};
    if (::poll(&polled, 1, kSliceMillis) > 0) return;
    write({&octet, 1});
  }
}

bool PeerSocket::is_closed_by_peer() {
  while (receive()) continue;
  return !stopping_;
}

void answer_all(PeerSocket& socket) {
  while (const auto message = socket.read_frame()) {
    socket.write(in_frame(answer_to(*message, "AA")));
  }
}

void take_all_requests(PeerSocket& socket) {
  while (socket.read_request()) socket.write("HTTP/1.1 204 Taken\r\n\r\n");
}

ScriptedPeer::ScriptedPeer(std::vector<Scene> scenes)
    : scenes_(std::move(scenes)), reserve_(bound_socket(0)), port_(port_of(reserve_)) {
  start();
}

ScriptedPeer::~ScriptedPeer() { stop(); }

void ScriptedPeer::start() {
  stopping_ = false;
  listener_ = bound_socket(port_);
  ASSERT_EQ(::listen(listener_.value(), SOMAXCONN), 0);
  thread_ = std::thread([this] { serve(); });
}

void ScriptedPeer::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  listener_.close();
}

void ScriptedPeer::serve() {
  std::vector<std::thread> connections;
  while (!stopping_) {
    pollfd polled{.fd = listener_.value(), .events = POLLIN, .revents = 0};
    if (::poll(&polled, 1, kSliceMillis) == 0) continue;
    const int socket = ::accept4(listener_.value(), nullptr, nullptr, SOCK_CLOEXEC);
    const auto number = static_cast<std::size_t>(connection_count_++);
    connections.emplace_back([this, socket, number] { serve_one(Descriptor(socket), number); });
  }
  for (std::thread& connection : connections) connection.join();
}

void ScriptedPeer::serve_one(Descriptor socket, std::size_t number) {
  PeerSocket peer(std::move(socket), stopping_, [this](const std::string& message) {
    const base::Lock lock(mutex_);
    received_.push_back(message);
  });
  scenes_[std::min(number, scenes_.size() - 1)](peer);
}

std::vector<std::string> ScriptedPeer::received() const {
  const base::Lock lock(mutex_);
  return received_;
}

DeadPort::DeadPort(Kind kind) : socket_(bound_socket(0)), port_(port_of(socket_)) {
  if (kind == Kind::kRefuses) return;
  EXPECT_EQ(::listen(socket_.value(), 0), 0);
  const sockaddr_in address = loopback(port_);
  for (int connection = 0; connection < 4; ++connection) {
    Descriptor& one =
        filling_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    static_cast<void>(
        ::connect(one.value(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
  }
}

}  // namespace connectors::test_support
