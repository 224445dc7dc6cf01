// hl7/escape.hpp: text that holds delimiters, to and from its form on the wire.
//
// An escape sequence stands between two escape characters and does not nest
// (chapter 2, 2.7):
//
//     \F\ \S\ \T\ \R\ \E\   field, component, subcomponent, repetition, escape
//     \P\                   truncation (2.7)
//     \Xhh..\               octets in hexadecimal
//     \H\ \N\               highlighting on and off: dropped when decoding
//     \.br\ \.ce\           line break
//     \.sp3\                that many line breaks; one without a number
//     \.sk3\                that many blanks; one without a number
//     \.fi\ \.nf\ \.in+3\ \.ti-3\   filling and indentation: dropped when decoding
//     \C..\ \M..\           another character set: decoder.hpp reads them, here they stay
#pragma once

#include <string>
#include <string_view>

#include "hl7/delimiters.hpp"

namespace hl7 {

// Appends `text` with each delimiter in it as an escape sequence: its letter, or
// \Xhh\ where that letter is a delimiter itself. Where neither can stand, or the
// message uses no escape character, a delimiter becomes a blank: an answer that
// cannot be misread is worth more than the character.
void append_escaped(std::string& out, std::string_view text, const Delimiters& delimiters);

// Appends `value` with its escape sequences decoded: delimiters as themselves,
// \Xhh..\ as octets, a line break as LF. A sequence that is unknown, unfinished
// or malformed stays as it is, and so does one that repeats more than 99 times.
// At most 16 times as long as `value`.
void append_unescaped(std::string& out, std::string_view value, const Delimiters& delimiters);

}  // namespace hl7
