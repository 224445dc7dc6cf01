// value_text.hpp: a value as `format` prints it with %s.
#pragma once

#include "cel/function.hpp"
#include "text_sink.hpp"

namespace cel {

// Strings and bytes as they are, numbers without exponent, timestamps and durations as
// `string` has them, lists as [a, b], maps as {key: value} in order of the keys' texts.
//
// Returns null, or an error: for a value that has no text (an optional, a net.IP), for
// nesting deeper than kNestingMax, for an item that is an error. The sink's own failure
// is the caller's to look at. Does not recurse.
inline constexpr std::size_t kNestingMax = 1000;
[[nodiscard]] Value append_value_text(Context& context, TextSink& out, const Value& value);

}  // namespace cel
