// store/memory_outbox.hpp: STORE=memory. NOT DURABLE: all of it is gone with the
// process, also what was answered AA. Only for those who asked with ALLOW_LOSS.
//
// The same promises as any outbox but that one. Where it differs:
// append() completes before it returns, on the caller's thread; it does not wait
// for room (at the limit an append fails at once with kFull, whatever its
// give_up_at); what is owed to nobody is counted and dropped.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "store/dedup_window.hpp"
#include "store/outbox.hpp"

namespace store {

struct MemoryOptions {
  // Payloads that are owed or parked, together, in octets.
  std::size_t bytes_max = 256 * base::kMiB;

  // None: no message is known again. The window goes with the process.
  std::optional<DedupOptions> dedup{};
};

// REQUIRES: `clock` outlives it.
[[nodiscard]] std::unique_ptr<Outbox> make_memory_outbox(const base::Clock& clock,
                                                         MemoryOptions options);

}  // namespace store
