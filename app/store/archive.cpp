#include "store/archive.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace store {
namespace {

constexpr std::array<std::pair<MessageState, std::string_view>, 6> kStates = {
    {{MessageState::kRejected, "rejected"},
     {MessageState::kWaiting, "waiting"},
     {MessageState::kParked, "dead_letter"},
     {MessageState::kDelivered, "delivered"},
     {MessageState::kDiscarded, "discarded"},
     {MessageState::kUnrouted, "unrouted"}}};

}  // namespace

std::string to_string(const MessageKey& key) {
  return (key.is_rejected ? "r" : "") + std::to_string(key.value);
}

std::optional<MessageKey> parse_message_key(std::string_view text) noexcept {
  MessageKey key;
  key.is_rejected = text.starts_with('r');
  if (key.is_rejected) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), key.value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || key.value == 0) return std::nullopt;
  return key;
}

std::string_view to_string(MessageState state) noexcept {
  for (const auto& [each, name] : kStates) {
    if (each == state) return name;
  }
  return "unknown";
}

MessageState to_state(DebtState state) noexcept {
  switch (state) {
    case DebtState::kWaiting: return MessageState::kWaiting;
    case DebtState::kParked: return MessageState::kParked;
    case DebtState::kDelivered: return MessageState::kDelivered;
    case DebtState::kDiscarded: return MessageState::kDiscarded;
  }
  return MessageState::kWaiting;
}

std::optional<MessageState> parse_message_state(std::string_view text) noexcept {
  for (const auto& [each, name] : kStates) {
    if (name == text) return each;
  }
  return std::nullopt;
}

}  // namespace store
