#include "server/supervisor.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <system_error>

#include "base/result.hpp"
#include "telemetry/log.hpp"

namespace server {
namespace {

using std::chrono::microseconds;

constexpr timeval kSendWithin{1, 0};
// Longer than any system stays up; more would not fit into nanoseconds.
constexpr std::uint64_t kMicrosecondsMax = std::uint64_t{1} << 52U;

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{} || end != last) return std::nullopt;
  return number;
}

std::optional<base::Duration> watchdog_interval() {
  const std::string_view pid = variable("WATCHDOG_PID");  // who is watched; empty: whoever runs
  if (!pid.empty() && to_number(pid) != static_cast<std::uint64_t>(::getpid())) return std::nullopt;
  const auto interval = to_number(variable("WATCHDOG_USEC"));
  if (!interval || *interval == 0 || *interval > kMicrosecondsMax) return std::nullopt;
  return microseconds(*interval);
}

base::Status<std::string> send_datagram(const std::string& socket_name, const std::string& text) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_name.size() >= sizeof address.sun_path) {
    return base::fail(std::string("NOTIFY_SOCKET is too long"));
  }
  std::ranges::copy(socket_name, &address.sun_path[0]);
  if (socket_name.front() == '@') address.sun_path[0] = '\0';  // abstract: no file
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_name.size() +
                                             (socket_name.front() == '@' ? 0 : 1));
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return base::fail(std::generic_category().message(errno));
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &kSendWithin, sizeof kSendWithin);
  const auto sent =
      ::sendto(descriptor, text.data(), text.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), length);  // as the interface wants it
  const int error = errno;
  ::close(descriptor);
  if (sent < 0) return base::fail(std::generic_category().message(error));
  return base::Done{};
}

std::int64_t to_microseconds(base::Duration duration) {
  return std::chrono::duration_cast<microseconds>(duration).count();
}

}  // namespace

Supervisor Supervisor::from_environment() {
  Supervisor supervisor;
  const std::string_view socket_name = variable("NOTIFY_SOCKET");
  if (!socket_name.starts_with('/') && !socket_name.starts_with('@')) return supervisor;
  supervisor.socket_ = socket_name;
  if (const auto interval = watchdog_interval()) supervisor.alive_every_ = *interval / 2;
  return supervisor;
}

void Supervisor::ready(std::string_view status) { send(fmt::format("READY=1\nSTATUS={}", status)); }

void Supervisor::reloading() {
  const auto now = base::Clock::system().steady_now().time_since_epoch();
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Reading the configuration again",
                   to_microseconds(now)));
}

void Supervisor::stopping(base::Duration at_most) {
  send(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\nSTATUS=Answering what has been read",
                   to_microseconds(at_most)));
}

void Supervisor::alive() { send("WATCHDOG=1"); }

void Supervisor::send(const std::string& lines) {
  if (socket_.empty()) return;
  const auto sent = send_datagram(socket_, lines);
  if (!sent && !has_failed_) {
    telemetry::log(telemetry::Level::kWarning, "supervisor_unreachable",
                   {{"reason", sent.error()}});
  }
  has_failed_ = !sent;
}

}  // namespace server
