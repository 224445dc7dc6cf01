// format_function.hpp: `format` of the extension `strings`.
#pragma once

#include "cel/function.hpp"

namespace cel {

// "%s has %d".format(["a", 1]): args are the format text and a list.
[[nodiscard]] Value format(Context& context, Args args);

}  // namespace cel
