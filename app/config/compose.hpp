// config/compose.hpp: texts in, a checked configuration out; no file is touched.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "config/configuration.hpp"
#include "config/given.hpp"
#include "config/machine.hpp"

namespace config {

// A file's name as it was given, and what is in it.
struct NamedText {
  std::string name;
  std::string text;
};

// All faults of all sources together, or the whole configuration. The given values
// come from collect_given().
[[nodiscard]] base::Result<Configuration, Problems> compose(
    const Given& given, const std::optional<NamedText>& document, const Machine& machine);

// MAX_BUFFERED_BYTES where it is not set: a quarter of memory, but 32 MiB at least
// (the largest frame by default) and 1 GiB at most.
[[nodiscard]] std::uint64_t default_buffered_bytes(const Machine& machine) noexcept;

// How many messages DEDUP remembers at most: a quarter of memory.
[[nodiscard]] std::uint64_t default_dedup_entries(const Machine& machine) noexcept;

}  // namespace config
