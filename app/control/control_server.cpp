#include "control/control_server.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/try.hpp"
#include "control/requests.hpp"

namespace control {

base::Result<std::unique_ptr<ControlServer>, std::string> ControlServer::open(
    const std::string& folder, Operations& operations, const base::Clock& clock) {
  Descriptor listener = TRY(listen_in(folder, kWaitingMax));
  Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.is_open()) return base::fail(std::string("no descriptor is left"));
  return std::unique_ptr<ControlServer>(
      new ControlServer(std::move(listener), std::move(wake), operations, clock));
}

ControlServer::ControlServer(Descriptor listener, Descriptor wake, Operations& operations,
                             const base::Clock& clock)
    : listener_(std::move(listener)),
      wake_(std::move(wake)),
      operations_(operations),
      clock_(clock),
      thread_([this] { run(); }) {}

ControlServer::~ControlServer() {
  static_cast<void>(::eventfd_write(wake_.value(), 1));
  thread_.join();
}

void ControlServer::run() {
  for (;;) {
    std::array<pollfd, 2> waits{{{listener_.value(), POLLIN, 0}, {wake_.value(), POLLIN, 0}}};
    const int ready = ::poll(waits.data(), waits.size(), -1);
    if (ready < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    const Descriptor client(
        ::accept4(listener_.value(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client.is_open()) serve(client.value());
  }
}

Patience ControlServer::patience(base::Duration longest) const {
  return {clock_, clock_.steady_now() + longest, wake_.value()};
}

void ControlServer::serve(int socket) {
  std::string rest;
  std::string request;
  const LineEnd end = read_line(socket, kRequestBytesMax, patience(kReadTime), rest, request);
  if (end == LineEnd::kTooLong) request = "a line that is too long is no JSON";
  if (end == LineEnd::kClosed || end == LineEnd::kLate) return;
  operations_.called_by(caller_of(socket));
  // One that goes away before it has read all of it has no use for the rest.
  static_cast<void>(write_all(socket, answer(request, operations_), patience(kWriteTime)));
}

}  // namespace control
