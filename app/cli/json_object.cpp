#include "cli/json_object.hpp"

#include <fmt/format.h>

#include <cmath>

namespace cli {
namespace {

bool is_plain(char c) noexcept { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; }

}  // namespace

// Octets beyond ASCII are escaped one by one: the texts here are codes and file
// names, and a peer's octets must not be able to break the line.
std::string quote_json(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (is_plain(c)) {
      quoted += c;
    } else {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    }
  }
  return quoted + "\"";
}

JsonObject& JsonObject::add(std::string_view key, std::string_view value) {
  return add_value(key, quote_json(value));
}

JsonObject& JsonObject::add(std::string_view key, std::uint64_t value) {
  return add_value(key, fmt::format("{}", value));
}

JsonObject& JsonObject::add(std::string_view key, bool value) {
  return add_value(key, value ? "true" : "false");
}

JsonObject& JsonObject::add(std::string_view key, const JsonObject& value) {
  return add_value(key, value.to_text());
}

JsonObject& JsonObject::add(std::string_view key, const std::vector<JsonObject>& values) {
  std::string list;
  for (const JsonObject& each : values) {
    list += list.empty() ? "" : ",";
    list += each.to_text();
  }
  return add_value(key, "[" + list + "]");
}

JsonObject& JsonObject::add_decimal(std::string_view key, double value, int decimals) {
  return add_value(key, std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : "null");
}

JsonObject& JsonObject::add_value(std::string_view key, std::string_view value) {
  members_ += fmt::format("{}\"{}\":{}", members_.empty() ? "" : ",", key, value);
  return *this;
}

}  // namespace cli
