// escape_letter.hpp: the letters that stand for delimiters in escape sequences.
#pragma once

#include <string>

#include "hl7/delimiters.hpp"

namespace hl7 {

// 0 for an octet that is no delimiter of the message. An octet of 0 is none.
constexpr char letter_of_delimiter(char octet, const Delimiters& delimiters) noexcept {
  if (octet == 0) return 0;
  if (octet == delimiters.field) return 'F';
  if (octet == delimiters.component) return 'S';
  if (octet == delimiters.subcomponent) return 'T';
  if (octet == delimiters.repetition) return 'R';
  if (octet == delimiters.escape) return 'E';
  if (octet == delimiters.truncation) return 'P';
  return 0;
}

// 0 for a letter that stands for none, or for one that the message does not use.
constexpr char delimiter_of_letter(char letter, const Delimiters& delimiters) noexcept {
  switch (letter) {
    case 'F': return delimiters.field;
    case 'S': return delimiters.component;
    case 'T': return delimiters.subcomponent;
    case 'R': return delimiters.repetition;
    case 'E': return delimiters.escape;
    case 'P': return delimiters.truncation;
    default: return 0;
  }
}

// A blank where the message has no escape character.
inline void append_escape_sequence(std::string& out, char letter, const Delimiters& delimiters) {
  if (delimiters.escape == 0) {
    out += ' ';
    return;
  }
  out += delimiters.escape;
  out += letter;
  out += delimiters.escape;
}

}  // namespace hl7
