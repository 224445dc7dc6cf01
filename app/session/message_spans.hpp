// session/message_spans.hpp: what a frame's messages are told of to OpenTelemetry.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "intake/peer.hpp"
#include "session/exchange.hpp"
#include "telemetry/trace.hpp"

namespace session {

// Adds the spans of each message that is traced, once its answer stands. Where a span ends
// with the answer's way to the kernel, its end is 0: end_spans() sets it.
void add_spans(std::vector<telemetry::Span>& spans, const Exchange& exchange,
               const intake::Peer& peer, std::uint64_t connection_id, const base::Clock& clock);

// The answers behind `spans` have left: hands all on, and empties the list.
void end_spans(std::vector<telemetry::Span>& spans, const base::Clock& clock);

}  // namespace session
