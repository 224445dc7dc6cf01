// connect/stream.hpp: a connected pair of octet streams, plain or TLS.
//
// The protocol above sees no socket. A TLS stream may wait in its read() for
// writability and the other way round, which is why the waiting is in here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "connect/patience.hpp"

namespace connectors {

enum class StreamFault : std::uint8_t {
  kConnect,  // could not be made: os_error says why
  kClosed,   // the peer has ended its side
  kBroken,   // reset, or gone in another way: os_error says how
  kTimeout,
  kStopped,
};

struct StreamError {
  StreamFault fault = StreamFault::kBroken;
  int os_error = 0;  // errno, or 0

  friend bool operator==(const StreamError&, const StreamError&) = default;
};

// Not thread-safe. After an error other than kTimeout of a read it is good for nothing.
class Stream {
 public:
  virtual ~Stream() = default;

  // Hands over all octets, or fails; how many had gone out is then unknown.
  [[nodiscard]] virtual base::Status<StreamError> write(base::ByteView octets,
                                                        Patience& patience) = 0;

  // Reads at least one octet into `room` and says how many. With no patience left
  // it yields what is there already, or kTimeout. REQUIRES: `room` is not empty.
  [[nodiscard]] virtual base::Result<std::size_t, StreamError> read(std::span<std::byte> room,
                                                                    Patience& patience) = 0;
};

}  // namespace connectors
