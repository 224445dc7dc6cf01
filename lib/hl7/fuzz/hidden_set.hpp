// hidden_set.hpp: messages that no reader can be sure of.
#pragma once

#include <string_view>

#include "hl7/charset.hpp"
#include "hl7/message.hpp"

namespace hl7 {

// MSH-18 names a set in which it would not be found where it is: the message is read
// without it, but what is written from it may be read in it.
[[nodiscard]] inline bool hides_its_set(const Message& message) {
  const std::string_view field = message.field(message.segments().front(), {18});
  return !message.charset_choice().base &&
         find_charset_of_field(field, message.delimiters().repetition).has_value();
}

}  // namespace hl7
