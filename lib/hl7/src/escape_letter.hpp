// escape_letter.hpp: the letters that stand for delimiters in escape sequences.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

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

// What may stand between two escape characters for an octet: the letter of a delimiter, `.br`, or
// the octet in hexadecimal. Where a delimiter of the message is a letter or a digit, it would cut
// some of these; empty where it would cut all.
inline std::string sequence_of(char octet, const Delimiters& delimiters) {
  const auto is_whole = [&](const std::string& sequence) {
    return std::none_of(sequence.begin(), sequence.end(),
                        [&](char each) { return letter_of_delimiter(each, delimiters) != 0; });
  };
  const auto value = static_cast<unsigned char>(octet);
  const char letter = letter_of_delimiter(octet, delimiters);
  std::string sequence = octet == '\n' ? ".br" : letter != 0 ? std::string(1, letter) : "";
  if (!sequence.empty() && is_whole(sequence)) return sequence;
  for (const std::string_view digits : {"0123456789ABCDEF", "0123456789abcdef"}) {
    sequence = {'X', digits[value >> 4U], digits[value & 0xFU]};
    if (is_whole(sequence)) return sequence;
  }
  return {};
}

// A blank, and false, where the message has no escape character or none of the sequences stays
// whole.
inline bool append_escape_sequence(std::string& out, char octet, const Delimiters& delimiters) {
  const std::string sequence =
      delimiters.escape == 0 ? std::string() : sequence_of(octet, delimiters);
  if (sequence.empty()) {
    out += ' ';
    return false;
  }
  out += delimiters.escape;
  out += sequence;
  out += delimiters.escape;
  return true;
}

}  // namespace hl7
