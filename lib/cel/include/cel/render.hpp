// cel/render.hpp: a value as the expression that makes it.
#pragma once

#include <string>
#include <string_view>

#include "cel/value.hpp"

namespace cel {

// `{"a": [1, 2u, 3.0, b"\x00"]}`; a timestamp is `timestamp("2026-01-01T00:00:00Z")`, an error
// `error(no_such_key)`. At most about `bytes_max` octets, then `…`.
void append_literal(std::string& text, const Value& value, std::size_t bytes_max = 65536);
[[nodiscard]] std::string to_literal(const Value& value);

// `"tab\t"`: in double quotes, with the escapes of the language.
void append_quoted(std::string& text, std::string_view content);

}  // namespace cel
