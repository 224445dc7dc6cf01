#include "telemetry/message_counts.hpp"

#include <array>
#include <atomic>
#include <optional>

namespace telemetry {
namespace {

constexpr std::size_t kToldCount = 4;
constexpr std::size_t kPartLength = 3;  // of a type and of a trigger, in table 0076 and 0003
constexpr auto kRelaxed = std::memory_order_relaxed;

// What is counted of one type, on a cache line of its own. Key 0: nobody has it yet.
struct alignas(64) Slot {
  std::atomic<std::uint64_t> key{0};
  std::array<std::atomic<std::uint64_t>, kToldCount> counts{};
};

constinit std::array<Slot, kMessageTypesMax> slots{};
constinit Slot others{};

bool is_part(std::string_view text) noexcept {
  if (text.size() != kPartLength) return false;
  for (const char c : text) {
    if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) return false;
  }
  return true;
}

// Up to six letters in one number, the first in the lowest octet; none: not of the form.
std::optional<std::uint64_t> key_of(std::string_view type, std::string_view trigger) noexcept {
  if (!is_part(type) || !(trigger.empty() || is_part(trigger))) return std::nullopt;
  std::uint64_t key = 0;
  unsigned shift = 0;
  for (const std::string_view part : {type, trigger}) {
    for (const char c : part) {
      key |= std::uint64_t{static_cast<unsigned char>(c)} << shift;
      shift += 8;
    }
  }
  return key;
}

std::string type_of(std::uint64_t key) {
  std::string type;
  for (; key != 0; key >>= 8U) {
    if (type.size() == kPartLength) type += '^';
    type += static_cast<char>(key & 0xFFU);
  }
  return type;
}

// A slot that has the key, or takes it; a full table: none.
Slot& slot_of(std::uint64_t key) noexcept {
  constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15U;
  const std::uint64_t start = (key * kSpread) >> 58U;
  static_assert(kMessageTypesMax == std::size_t{1} << 6U, "six bits choose a slot");
  for (std::size_t step = 0; step < slots.size(); ++step) {
    Slot& slot = slots[(start + step) % slots.size()];
    std::uint64_t found = slot.key.load(kRelaxed);
    if (found == key) return slot;
    if (found != 0) continue;
    if (slot.key.compare_exchange_strong(found, key, kRelaxed) || found == key) return slot;
  }
  return others;
}

void append_counts(std::vector<MessageCount>& found, const Slot& slot, const std::string& type) {
  for (std::size_t told = 0; told < kToldCount; ++told) {
    const std::uint64_t count = slot.counts[told].load(kRelaxed);
    if (count > 0) found.push_back({type, static_cast<Told>(told), count});
  }
}

}  // namespace

std::string_view to_string(Told told) noexcept {
  switch (told) {
    case Told::kAccepted: return "accepted";
    case Told::kError: return "error";
    case Told::kRejected: return "rejected";
    case Told::kNothing: break;
  }
  return "none";
}

void count_message(std::string_view type, std::string_view trigger, Told told) noexcept {
  const auto key = key_of(type, trigger);
  Slot& slot = key ? slot_of(*key) : others;
  slot.counts[static_cast<std::size_t>(told)].fetch_add(1, kRelaxed);
}

std::vector<MessageCount> counted_messages() {
  std::vector<MessageCount> found;
  for (const Slot& slot : slots) {
    if (const std::uint64_t key = slot.key.load(kRelaxed)) append_counts(found, slot, type_of(key));
  }
  append_counts(found, others, "other");
  return found;
}

}  // namespace telemetry
