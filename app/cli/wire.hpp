// cli/wire.hpp: one connection to a server, octets in and out, never blocking.
//
// What is on the other side of the interface is the transport: plain TCP here, TLS
// in tls_wire.
// A transport with a handshake (TLS) does it inside the first read and write,
// which then say kWouldBlock until it is through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "cli/destination.hpp"

namespace cli {

enum class WireEvent : std::uint8_t {
  kDone,        // `bytes` went through, at least one
  kWouldBlock,  // nothing can go through now: wait for the descriptor
  kClosed,      // the peer has closed its side (read only)
  kFailed,      // the connection is lost; `os_error` says why
};

struct WireStep {
  WireEvent event;
  std::size_t bytes = 0;
  int os_error = 0;
};

// Not thread-safe. Closes the connection when destroyed.
class Wire {
 public:
  virtual ~Wire() = default;

  [[nodiscard]] virtual WireStep read(std::span<std::byte> buffer) = 0;
  [[nodiscard]] virtual WireStep write(base::ByteView octets) = 0;

  // To wait on; valid while the wire lives.
  [[nodiscard]] virtual int descriptor() const noexcept = 0;

  // 0 once the connection stands, else why it failed. To be asked once the
  // descriptor can be written for the first time.
  [[nodiscard]] virtual int connect_error() const noexcept = 0;

  // Octets that were taken and have not gone out: write() again, of nothing if there
  // is nothing more, when the descriptor can be written.
  [[nodiscard]] virtual bool has_unsent() const noexcept { return false; }

  // Octets that read() would yield though the descriptor has none.
  [[nodiscard]] virtual bool has_unread() const noexcept { return false; }

  // After a write() that would block: whether it waits for room, and not for the peer.
  [[nodiscard]] virtual bool waits_to_write() const noexcept { return true; }

  // Why it failed, where the system's error does not say it; else empty.
  [[nodiscard]] virtual std::string failure_text() const { return {}; }
};

// Begins a TCP connection without waiting for it; fails with the system's error
// where that is known at once.
[[nodiscard]] base::Result<std::unique_ptr<Wire>, int> open_plain_wire(
    const SocketAddress& address);

// Over a connection that was accepted; takes the descriptor, which must not block.
[[nodiscard]] std::unique_ptr<Wire> take_plain_wire(int descriptor);

}  // namespace cli
