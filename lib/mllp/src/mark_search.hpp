// mark_search.hpp: finds the octets that mean something inside a frame.
//
// One pass for both marks, many octets at a time. Two calls of memchr would
// read the same octets twice, and a note full of soft line breaks makes them
// quadratic unless each remembers what the other found.
#pragma once

#include <cstddef>

#include "base/bytes.hpp"

namespace mllp {

// The index of the first 0B or 1C; the size if there is none.
[[nodiscard]] std::size_t find_mark(base::ByteView octets) noexcept;

// The same in plain C++, for processors without SSE2.
[[nodiscard]] std::size_t find_mark_portable(base::ByteView octets) noexcept;

}  // namespace mllp
