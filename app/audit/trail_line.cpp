#include "audit/trail_line.hpp"

#include <charconv>

namespace audit {
namespace {

constexpr std::string_view kBegin = "{\"seq\":";
constexpr std::string_view kAt = ",\"at\":\"";
constexpr std::string_view kKind = "\",\"kind\":\"";
constexpr std::string_view kMacBegin = ",\"mac\":\"";
constexpr std::string_view kEnd = "\"}";
constexpr std::size_t kTailBytes = kMacBegin.size() + 2 * sizeof(Mac) + kEnd.size();

// Takes `wanted` off the front of `text`, if it is there.
bool take(std::string_view& text, std::string_view wanted) noexcept {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(wanted.size());
  return true;
}

// What stands before the next quote; none where there is none.
std::optional<std::string_view> take_word(std::string_view& text) noexcept {
  const std::size_t end = text.find('"');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::optional<std::uint64_t> take_number(std::string_view& text) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// What follows `,"key":`; a quote inside a value is escaped, so it is found in no value.
std::optional<std::string_view> find_member(std::string_view text, std::string_view key) noexcept {
  for (std::size_t at = 0; (at = text.find(key, at)) != std::string_view::npos; ++at) {
    const std::string_view before = text.substr(0, at);
    std::string_view rest = text.substr(at + key.size());
    if (before.ends_with(",\"") && take(rest, "\":")) return rest;
  }
  return std::nullopt;
}

}  // namespace

std::optional<TrailLine> parse_line(std::string_view line) noexcept {
  if (line.size() < kTailBytes) return std::nullopt;
  TrailLine parsed;
  parsed.text = line.substr(0, line.size() - kTailBytes);
  std::string_view tail = line.substr(parsed.text.size());
  if (!take(tail, kMacBegin) || !tail.ends_with(kEnd)) return std::nullopt;
  tail.remove_suffix(kEnd.size());
  const auto mac = parse_mac(tail);
  std::string_view rest = parsed.text;
  if (!mac || !take(rest, kBegin)) return std::nullopt;
  parsed.mac = *mac;
  const auto sequence = take_number(rest);
  if (!sequence || !take(rest, kAt)) return std::nullopt;
  const auto at = take_word(rest);
  if (!at || !take(rest, kKind)) return std::nullopt;
  const auto kind = take_word(rest);
  if (!kind) return std::nullopt;
  parsed.sequence = *sequence;
  parsed.at = *at;
  parsed.kind = *kind;
  return parsed;
}

std::optional<std::uint64_t> TrailLine::number(std::string_view key) const noexcept {
  auto rest = find_member(text, key);
  return rest ? take_number(*rest) : std::nullopt;
}

std::optional<std::string_view> TrailLine::word(std::string_view key) const noexcept {
  auto rest = find_member(text, key);
  if (!rest || !take(*rest, "\"")) return std::nullopt;
  return take_word(*rest);
}

void begin_line(std::uint64_t sequence, std::string_view record, std::string& lines) {
  lines.append(kBegin).append(std::to_string(sequence)).append(",").append(record);
}

void end_line(const Mac& mac, std::string& lines) {
  lines.append(kMacBegin);
  append_hex(as_text(mac), lines);
  lines.append(kEnd).append("\n");
}

}  // namespace audit
