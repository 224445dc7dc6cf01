// control/letter_id.hpp: the name of one dead letter: "lab/17", connector and entry.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/entry.hpp"

namespace control {

struct LetterId {
  std::string connector;
  store::EntryId id;

  friend bool operator==(const LetterId&, const LetterId&) = default;
};

[[nodiscard]] std::string to_string(const LetterId& id);

// None for anything but "NAME/NUMBER" with a number above 0.
[[nodiscard]] std::optional<LetterId> parse_letter_id(std::string_view text);

}  // namespace control
