// cli/printable.hpp: text of a message that is safe to show on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cli {

// UTF-8 text on one line: a line feed becomes \n, a tab \t, and every other control
// character \xHH, so that no message can move a person's cursor. A text of more than
// `characters_max` is cut there and its length told: "JVBERi0... (4,096 characters)".
// REQUIRES: the text is valid UTF-8.
[[nodiscard]] std::string make_printable(std::string_view text, std::size_t characters_max);

}  // namespace cli
