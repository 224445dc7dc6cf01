// config/listeners.hpp: the `listeners:` of the YAML document.
//
//   listeners:
//     - name: lab
//       address: :2576
//       idle_timeout: 1h            any listener setting of the table, in lower case
//       answers: ar_retries         or a map: {preset: ae_retries, rule_failed: AE}
//       validation: {rules: […]}    instead of those of the whole document
#pragma once

#include <vector>

#include "config/configuration.hpp"
#include "config/validation.hpp"

namespace config {

// A listener and where it stands.
struct ReadListener {
  ListenerSettings settings;
  const Node* node = nullptr;  // in the document; nullptr for the one that is not in it
};

// Where what is found goes.
struct ListenerReading {
  const RuleReading& rules;
  std::vector<RuleTest>& tests;
  std::vector<SettingOrigin>& origins;
};

// The document's listeners (at most 256), each beginning with `defaults`. With no document, or no
// `listeners:` in it, the defaults are the one listener. `list` may be nullptr.
[[nodiscard]] std::vector<ReadListener> read_listeners(const Node* list,
                                                       const ListenerSettings& defaults,
                                                       const ListenerReading& reading);

// "a lower-case name": [a-z0-9][a-z0-9._-]*, at most 64 octets. For listeners and
// connectors: it goes into metrics, logs and file names.
[[nodiscard]] bool is_name(std::string_view text) noexcept;
inline constexpr std::string_view kNameRule =
    "a name of at most 64 of a-z 0-9 . _ -, beginning with a letter or digit";

// "config.yaml:12"
[[nodiscard]] std::string origin_of(const Node& node);

}  // namespace config
