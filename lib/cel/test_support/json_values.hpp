// json_values.hpp: values and types as the conformance suite writes them in JSON.
#pragma once

#include <boost/json/value.hpp>
#include <deque>
#include <string>

#include "cel/arena.hpp"
#include "cel/value.hpp"

namespace cel::conformance {

// `{"int64_value": "1"}` as a value in the arena; absent when it is of a kind the engine leaves
// out.
[[nodiscard]] Value read_value(const boost::json::value& json, Arena& arena);

// `{"list_type": {"elem_type": {"primitive": "INT64"}}}` as `list(int)`.
[[nodiscard]] std::string read_type(const boost::json::value& json);

// Of the same kind and value all through: 1, 1u and 1.0 differ, NaN is NaN.
[[nodiscard]] bool identical(const Value& left, const Value& right, Arena& arena);

}  // namespace cel::conformance
