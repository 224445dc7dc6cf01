// text_edit.hpp: new text from old.
//
// Each writes to a sink and fails only with it: see TextSink::has_failed(). Text
// that is not UTF-8 is treated as utf8_text.hpp says.
#pragma once

#include <cstdint>
#include <string_view>

#include "text_sink.hpp"

namespace cel {

// Only A to Z or a to z change; other letters stay as they are.
void append_lower_ascii(TextSink& out, std::string_view text) noexcept;
void append_upper_ascii(TextSink& out, std::string_view text) noexcept;

// The code points from last to first.
void append_reversed(TextSink& out, std::string_view text) noexcept;

// The first `limit` occurrences of `old_text` give way to `new_text`; all of them
// if the limit is below 0. An empty `old_text` is found before each code point and
// at the end.
struct Replacement {
  std::string_view old_text;
  std::string_view new_text;
  std::int64_t limit = -1;
};

void append_replaced(TextSink& out, std::string_view text, const Replacement& what) noexcept;

// In double quotes, with the escapes of a CEL literal for what a printer would act
// on. Octets that are not UTF-8 become U+FFFD.
void append_quoted(TextSink& out, std::string_view text) noexcept;

}  // namespace cel
