// literals.hpp: what the spelling of a literal means.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "cel/arena.hpp"
#include "cel/value.hpp"
#include "lexer.hpp"

namespace cel {

// The value of an int, uint, double, string or bytes token; texts with escapes are made in the
// arena, the others are views of the source. The error says what is wrong, for people.
[[nodiscard]] base::Result<Value, std::string_view> read_literal(const Token& token,
                                                                 bool is_negated, Arena& arena);

// Whether these octets are UTF-8 as the language wants it: no surrogates, nothing overlong.
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

}  // namespace cel
