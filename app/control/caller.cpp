#include "control/caller.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "connect/descriptor.hpp"

namespace control {
namespace {

constexpr std::uint32_t kNobody = UINT32_MAX;  // has not logged in

std::optional<std::uint32_t> login_uid_of(pid_t pid) {
  const std::string path = fmt::format("/proc/{}/loginuid", pid);
  const connectors::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return std::nullopt;
  std::array<char, 16> text{};
  const ssize_t count = ::read(file.value(), text.data(), text.size());
  std::uint32_t uid = kNobody;
  if (count > 0) static_cast<void>(std::from_chars(text.data(), text.data() + count, uid));
  return uid == kNobody ? std::nullopt : std::optional(uid);
}

}  // namespace

Caller own_caller() {
  const pid_t pid = ::getpid();
  return {"command", ::getuid(), pid, login_uid_of(pid)};
}

Caller caller_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) peer = ucred{0, kNobody, 0};
  return {"control.sock", peer.uid, peer.pid, login_uid_of(peer.pid)};
}

}  // namespace control
