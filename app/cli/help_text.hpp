// cli/help_text.hpp: what --help teaches beyond the list of options.
#pragma once

#include <string_view>

namespace cli {

// `mllp-server --help`, whole, with its line end.
[[nodiscard]] std::string_view overview_help() noexcept;

// What stands below the options of a verb; empty for a word that is none.
[[nodiscard]] std::string_view help_footer(std::string_view verb) noexcept;

}  // namespace cli
