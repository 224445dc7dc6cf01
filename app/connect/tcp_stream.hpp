// connect/tcp_stream.hpp: an outgoing TCP connection with deadlines.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "connect/resolver.hpp"
#include "connect/stream.hpp"

namespace connectors {

// Tries the addresses in order; each gets an equal share of the time that is left.
// Fails with the last one's error (kConnect, kTimeout) or with kStopped.
//
// `keep_alive`: idle time after which the kernel asks whether the peer still
// lives (three times, a fifth of it apart); 0 is never.
[[nodiscard]] base::Result<std::unique_ptr<Stream>, StreamError> open_tcp_stream(
    const std::vector<SocketAddress>& addresses, base::Duration keep_alive, Patience& patience);

}  // namespace connectors
