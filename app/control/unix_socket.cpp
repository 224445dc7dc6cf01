#include "control/unix_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

namespace control {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

std::string failure(const std::string& folder, std::string_view act) {
  const int error = errno;
  return fmt::format("{}/{}: {}: {}", folder, kSocketName, act,
                     std::generic_category().message(error));
}

Descriptor open_folder(const std::string& folder) {
  return Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

sockaddr_un address_in(const Descriptor& folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}", folder.value(), kSocketName);
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

const sockaddr* as_address(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Descriptor make_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// True when `socket` is ready; false when the time is over.
bool await(int socket, short event, const Patience& patience) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(patience.deadline -
                                                                   patience.clock.steady_now());
    if (left.count() <= 0) return false;
    std::array<pollfd, 2> waits{{{socket, event, 0}, {patience.wake, POLLIN, 0}}};
    const int ready = ::poll(waits.data(), patience.wake < 0 ? 1 : 2,
                             static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    if (waits[1].revents != 0) return false;
    return true;
  }
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

base::Result<Descriptor, std::string> listen_in(const std::string& folder, int waiting_max) {
  const Descriptor place = open_folder(folder);
  if (!place.is_open()) return base::fail(failure(folder, "open the folder"));
  if (connect_in(folder).is_open()) {
    return base::fail(fmt::format("{}/{}: another process answers there", folder, kSocketName));
  }
  const std::string name(kSocketName);
  if (::unlinkat(place.value(), name.c_str(), 0) != 0 && errno != ENOENT) {
    return base::fail(failure(folder, "remove the old one"));
  }
  Descriptor socket = make_socket();
  const sockaddr_un address = address_in(place);
  if (!socket.is_open() || ::bind(socket.value(), as_address(address), sizeof address) != 0) {
    return base::fail(failure(folder, "bind"));
  }
  // Before anybody can connect: it listens after this.
  if (::fchmodat(place.value(), name.c_str(), S_IRUSR | S_IWUSR, 0) != 0) {
    return base::fail(failure(folder, "set its mode"));
  }
  if (::listen(socket.value(), waiting_max) != 0) return base::fail(failure(folder, "listen"));
  return socket;
}

Descriptor connect_in(const std::string& folder) {
  const Descriptor place = open_folder(folder);
  if (!place.is_open()) return {};
  Descriptor socket = make_socket();
  const sockaddr_un address = address_in(place);
  if (!socket.is_open() || ::connect(socket.value(), as_address(address), sizeof address) != 0) {
    return {};
  }
  return socket;
}

LineEnd read_line(int socket, std::size_t bytes_max, const Patience& patience, std::string& rest,
                  std::string& line) {
  std::size_t searched = 0;
  std::array<char, kReadBytes> buffer;
  for (;;) {
    const std::size_t end = rest.find('\n', searched);
    if (end != std::string::npos) {
      line.assign(rest, 0, end);
      rest.erase(0, end + 1);
      return LineEnd::kLine;
    }
    searched = rest.size();
    if (searched > bytes_max) return LineEnd::kTooLong;
    if (!await(socket, POLLIN, patience)) return LineEnd::kLate;
    const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (count < 0 && would_block()) continue;
    if (count <= 0) return LineEnd::kClosed;
    rest.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

bool write_all(int socket, std::string_view octets, const Patience& patience) {
  while (!octets.empty()) {
    if (!await(socket, POLLOUT, patience)) return false;
    const ssize_t count = ::send(socket, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count < 0 && would_block()) continue;
    if (count <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace control
