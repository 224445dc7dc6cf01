#include "cli/wire.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace cli {
namespace {

WireStep to_failure() noexcept {
  const bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  if (again) return {.event = WireEvent::kWouldBlock};
  return {.event = WireEvent::kFailed, .os_error = errno};
}

class PlainWire final : public Wire {
 public:
  explicit PlainWire(int descriptor) noexcept : descriptor_(descriptor) {}

  ~PlainWire() override { ::close(descriptor_); }

  PlainWire(const PlainWire&) = delete;
  PlainWire& operator=(const PlainWire&) = delete;

  WireStep read(std::span<std::byte> buffer) override {
    const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (count == 0) return {.event = WireEvent::kClosed};
    if (count < 0) return to_failure();
    return {.event = WireEvent::kDone, .bytes = static_cast<std::size_t>(count)};
  }

  WireStep write(base::ByteView octets) override {
    const ssize_t count = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count < 0) return to_failure();
    return {.event = WireEvent::kDone, .bytes = static_cast<std::size_t>(count)};
  }

  int descriptor() const noexcept override { return descriptor_; }

  int connect_error() const noexcept override {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
  }

 private:
  int descriptor_;
};

}  // namespace

base::Result<std::unique_ptr<Wire>, int> open_plain_wire(const SocketAddress& address) {
  const int descriptor =
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return base::fail(errno);
  std::unique_ptr<Wire> wire = std::make_unique<PlainWire>(descriptor);

  const int on = 1;
  static_cast<void>(::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  static_cast<void>(::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on));
  // POSIX types the address as a plain sockaddr; the storage was made for this.
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(descriptor, generic, address.size) != 0 && errno != EINPROGRESS) {
    return base::fail(errno);
  }
  return wire;
}

std::unique_ptr<Wire> take_plain_wire(int descriptor) {
  return std::make_unique<PlainWire>(descriptor);
}

}  // namespace cli
