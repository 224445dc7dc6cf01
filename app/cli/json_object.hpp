// cli/json_object.hpp: writes one JSON object on one line, keys in order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// Each add() appends a member; keys are ours and need no escape.
class JsonObject {
 public:
  JsonObject& add(std::string_view key, std::string_view value);

  JsonObject& add(std::string_view key, const char* value) {
    return add(key, std::string_view(value));
  }

  JsonObject& add(std::string_view key, std::uint64_t value);
  JsonObject& add(std::string_view key, bool value);
  JsonObject& add(std::string_view key, const JsonObject& value);

  JsonObject& add(std::string_view key, const std::vector<JsonObject>& values);

  // With that many decimals. Infinity and NaN, which JSON lacks, become null.
  JsonObject& add_decimal(std::string_view key, double value, int decimals);

  [[nodiscard]] std::string to_text() const { return "{" + members_ + "}"; }

 private:
  JsonObject& add_value(std::string_view key, std::string_view value);

  std::string members_;
};

// In quotes. Everything but printable ASCII, octet by octet, as \u00xx.
[[nodiscard]] std::string quote_json(std::string_view text);

}  // namespace cli
