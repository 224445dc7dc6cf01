#include "base/uuid.hpp"

#include <random>

namespace base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::uint32_t kCounterMax = 0xFFF;  // the 12 bits of rand_a

std::optional<std::uint8_t> hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<std::uint8_t>(digit - 'A' + 10);
  return std::nullopt;
}

bool hyphen_before(std::size_t octet_index) noexcept {
  return octet_index == 4 || octet_index == 6 || octet_index == 8 || octet_index == 10;
}

// What one thread needs to make ids that only grow.
struct Source {
  std::mt19937_64 random{[] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }()};
  std::uint64_t last_millis = 0;
  std::uint32_t counter = 0;

  // Moves on within the millisecond, or borrows from the next one.
  void step_to(std::uint64_t millis) noexcept {
    if (millis > last_millis) {
      last_millis = millis;
      counter = 0;
    } else if (++counter > kCounterMax) {
      ++last_millis;
      counter = 0;
    }
  }
};

}  // namespace

std::string to_string(const Uuid& id) {
  std::string text;
  text.reserve(36);
  for (std::size_t index = 0; index < id.octets.size(); ++index) {
    if (hyphen_before(index)) text += '-';
    text += kHexDigits[id.octets[index] >> 4U];
    text += kHexDigits[id.octets[index] & 0xFU];
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  std::size_t at = 0;
  for (std::size_t index = 0; index < id.octets.size(); ++index) {
    if (hyphen_before(index) && text[at++] != '-') return std::nullopt;
    const auto high = hex_value(text[at++]);
    const auto low = hex_value(text[at++]);
    if (!high || !low) return std::nullopt;
    id.octets[index] = static_cast<std::uint8_t>((*high << 4U) | *low);
  }
  return id;
}

Uuid make_uuid_v7(WallTime at) noexcept {
  thread_local Source source;
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
  source.step_to(since_epoch > 0 ? static_cast<std::uint64_t>(since_epoch) : 0);

  Uuid id;
  for (std::size_t index = 0; index < 6; ++index) {
    id.octets[index] = static_cast<std::uint8_t>(source.last_millis >> (40 - 8 * index));
  }
  id.octets[6] = static_cast<std::uint8_t>(0x70U | (source.counter >> 8U));
  id.octets[7] = static_cast<std::uint8_t>(source.counter);
  const std::uint64_t random = source.random();
  for (std::size_t index = 0; index < 8; ++index) {
    id.octets[8 + index] = static_cast<std::uint8_t>(random >> (8 * index));
  }
  id.octets[8] = static_cast<std::uint8_t>(0x80U | (id.octets[8] & 0x3FU));
  return id;
}

}  // namespace base
