// hl7/escape.hpp: text that holds delimiters, to and from its form on the wire.
//
// An escape sequence stands between two escape characters and does not nest
// (chapter 2, 2.7):
//
//     \F\ \S\ \T\ \R\ \E\   field, component, subcomponent, repetition, escape
//     \P\                   truncation (2.7)
//     \Xhh..\               octets in hexadecimal
//     \.br\                 line break
//     \H\ \N\               highlighting on and off: dropped when decoding
#pragma once

#include <string>
#include <string_view>

#include "hl7/delimiters.hpp"

namespace hl7 {

// Appends `text` with each delimiter in it as an escape sequence. Where the
// message uses no escape character, a delimiter becomes a blank: an answer that
// cannot be misread is worth more than the character.
void append_escaped(std::string& out, std::string_view text, const Delimiters& delimiters);

// Appends `value` with its escape sequences decoded: delimiters as themselves,
// \Xhh..\ as octets, \.br\ as LF. A sequence that is unknown, unfinished or
// malformed stays as it is. Never longer than `value`.
void append_unescaped(std::string& out, std::string_view value, const Delimiters& delimiters);

}  // namespace hl7
