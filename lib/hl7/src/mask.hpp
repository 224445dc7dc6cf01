// mask.hpp: hides octets that only look like delimiters.
//
// In some character sets the second octet of a character may equal '|', '^',
// '~', '&' or '\'. The mask of a text is as long as the text, and holds kHidden
// where the text has octets of such characters: separators are looked for in
// the mask, values are taken from the text at the same places.
#pragma once

#include <string>
#include <string_view>

#include "hl7/charset.hpp"
#include "hl7/delimiters.hpp"

namespace hl7 {

inline constexpr char kHidden = '\x01';  // never a delimiter

// Appends the mask of `text`, which may be a message, a segment or a value: behind
// each delimiter and each line end the set of the message holds anew, so a value has
// the same mask alone as where it stands.
void append_mask(std::string& mask, std::string_view text, const CharsetChoice& choice,
                 const Delimiters& delimiters);

// False for a value that ends in the middle of a character, or in a set from which it
// does not switch back: a delimiter behind it might be taken for a part of it.
[[nodiscard]] bool ends_whole(std::string_view value, const CharsetChoice& choice,
                              const Delimiters& delimiters);

// False if all octets are ASCII in any set.
[[nodiscard]] bool may_hold_characters(std::string_view text) noexcept;

// What MSH-18 and MSH-20 of an MSH segment say. They are found also where a
// field before them holds characters of a set that collides. `scratch` is used
// in that case alone.
[[nodiscard]] CharsetChoice read_charset_choice(std::string_view msh, const Delimiters& delimiters,
                                                std::string& scratch);

}  // namespace hl7
