// store/memory_kept.hpp: what the memory outbox keeps of a message, and how it tells of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "store/lane_window.hpp"
#include "store/outbox.hpp"

namespace store {

// What is kept of a message while someone is owed it.
struct Kept {
  base::Uuid message_id;
  base::WallTime received_at;
  std::string control_id;
  std::string type;
  std::string trigger;
  std::vector<std::byte> message;
};

using KeptRef = std::shared_ptr<const Kept>;

struct ParkedOne {
  OwedEntry entry;
  base::WallTime parked_at;
  std::string reason;
  std::string words;
};

[[nodiscard]] KeptRef keep(const Draft& draft);
[[nodiscard]] Claim to_claim(const OwedEntry& entry, const Kept& kept);
[[nodiscard]] ParkedEntry to_parked_entry(const ParkedOne& one, const Kept& kept);

enum class Octets : std::uint8_t { kWith, kWithout };

[[nodiscard]] StoredMessage to_stored(EntryId id, const Kept& kept, Octets octets);

}  // namespace store
