// config/settings_table.hpp: the one table of all settings.
//
// The environment, the env file, the keys of listeners, `mllp-server config` and
// docs/reference/settings.md are all read from it. A new setting is a field in
// configuration.hpp and a row here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"
#include "config/shape.hpp"

namespace config {

enum class Scope : std::uint8_t {
  kServer,   // the environment or the env file
  kListener  // there for all listeners, and in a listener's YAML for that one
};

enum class Reload : std::uint8_t { kAtStart, kOnSighup };

// Whether this version does what the setting asks for.
enum class Presence : std::uint8_t {
  kHere,
  kIgnored  // not yet, and harmless: a warning
};

struct Setting {
  std::string_view name{};           // ends in * where it stands for all names that begin so
  std::string_view default_text{};   // as it would be written; empty: not set
  std::string_view default_words{};  // for people, where the default is found at start
  Shape shape{};
  Scope scope = Scope::kServer;
  Presence presence = Presence::kHere;
  Reload reload = Reload::kAtStart;
  std::string_view help{};     // one sentence
  std::string_view lacking{};  // what this version does not have; of settings not yet here
  std::string_view alias{};    // another name that is accepted
  bool is_secret = false;      // its value is never shown

  // Where the value goes; null for what has no field.
  void (*set_server)(ServerSettings&, const Value&) = nullptr;
  void (*set_listener)(ListenerSettings&, const Value&) = nullptr;
};

// All rows, in the order of the reference page.
[[nodiscard]] std::span<const Setting> all_settings() noexcept;

// By name or alias, exactly; nullptr if there is none.
[[nodiscard]] const Setting* find_setting(std::string_view name) noexcept;

// All names and aliases that can be written: for suggestions.
[[nodiscard]] const std::vector<std::string_view>& setting_names();

// The key in a listener's YAML: `idle_timeout`, and `address` for LISTEN_ADDR.
[[nodiscard]] std::string yaml_key(const Setting& setting);

// What is said of a value that this version cannot do, and does not start with: "this version
// has no store in NATS JetStream yet; …". None if `text` may be given.
[[nodiscard]] std::string refusal(const Setting& setting, std::string_view text);

}  // namespace config
