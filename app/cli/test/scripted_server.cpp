#include "scripted_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>

#include "base/check.hpp"
#include "hl7/header.hpp"
#include "mllp/frame_decoder.hpp"
#include "mllp/frame_encoder.hpp"

namespace cli {
namespace {

// A bound socket of 127.0.0.1 on a port of the system's choice.
int bind_anywhere(std::uint16_t& port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  CHECK(::bind(descriptor, generic, size) == 0);
  CHECK(::getsockname(descriptor, generic, &size) == 0);
  port = ntohs(address.sin_port);
  return descriptor;
}

}  // namespace

struct ScriptedServer::Link {
  int descriptor;
  mllp::FrameDecoder decoder{mllp::FrameOptions{}};
};

Reply answer(const Arrival& arrival, std::string_view code) {
  return answer_to(arrival.control_id, code);
}

Reply answer_to(std::string_view control_id, std::string_view code) {
  Reply reply;
  const std::string text =
      fmt::format("MSH|^~\\&|L|H|W|H|2026||ACK|9|P|2.3\rMSA|{}|{}|said so\r", code, control_id);
  mllp::append_frame(reply.octets, base::as_bytes(text));
  return reply;
}

Reply raw_octets(std::string octets) { return {std::move(octets), false}; }

Reply silence() { return {}; }

Reply hang_up() { return {"", true}; }

config::Address dead_address() {
  std::uint16_t port = 0;
  ::close(bind_anywhere(port));
  return {"127.0.0.1", port};
}

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), listener_(bind_anywhere(port_)), stop_event_(::eventfd(0, 0)) {
  CHECK(::listen(listener_, 512) == 0);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  const std::uint64_t one = 1;
  CHECK(::write(stop_event_, &one, sizeof one) == sizeof one);
  thread_.join();
  ::close(listener_);
  ::close(stop_event_);
}

Destination ScriptedServer::destination() const {
  auto destination = resolve(address());
  CHECK(destination.has_value());
  return *destination;
}

std::vector<Arrival> ScriptedServer::arrivals() const {
  const base::Lock lock(mutex_);
  return arrivals_;
}

void ScriptedServer::serve() {
  std::deque<Link> links;  // by connection; descriptor -1 once closed
  while (true) {
    std::vector<pollfd> waits = {{stop_event_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Link& link : links) waits.push_back({link.descriptor, POLLIN, 0});
    CHECK(::poll(waits.data(), waits.size(), -1) > 0);
    if (waits[0].revents != 0) break;
    for (std::size_t i = 2; i < waits.size(); ++i) {
      Link& link = links[i - 2];
      if (waits[i].revents == 0 || read_from(link, i - 2)) continue;
      ::close(link.descriptor);
      link.descriptor = -1;  // poll() passes over it
    }
    if (waits[1].revents != 0) {
      links.emplace_back().descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    }
  }
  for (const Link& link : links) {
    if (link.descriptor >= 0) ::close(link.descriptor);
  }
}

// False when the connection is to be closed.
bool ScriptedServer::read_from(Link& link, std::size_t connection) {
  std::array<std::byte, 65536> buffer{};
  const ssize_t count = ::recv(link.descriptor, buffer.data(), buffer.size(), 0);
  if (count <= 0) return false;
  base::ByteView input = std::span(buffer).first(static_cast<std::size_t>(count));
  while (!input.empty()) {
    const mllp::DecodeStep step = link.decoder.decode(input);
    input = input.subspan(step.consumed_bytes);
    if (step.event != mllp::DecodeEvent::kFrame) return step.event == mllp::DecodeEvent::kNeedMore;
    Arrival arrival;
    arrival.connection = connection;
    arrival.payload = base::as_text(link.decoder.payload());
    const auto header = hl7::parse_header(link.decoder.payload());
    if (header) arrival.control_id = header->control_id;
    {
      const base::Lock lock(mutex_);
      arrival.ordinal = arrivals_.size() + 1;
      arrival.attempt = ++attempts_[arrival.payload];
      arrivals_.push_back(arrival);
    }
    const Reply reply = script_(arrival);
    if (!reply.octets.empty()) {
      const ssize_t sent =
          ::send(link.descriptor, reply.octets.data(), reply.octets.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
    }
    if (reply.close) return false;
  }
  return true;
}

}  // namespace cli
