// hidden_set.hpp: messages that no reader can be sure of.
#pragma once

#include "hl7/charset.hpp"
#include "hl7/message.hpp"

namespace hl7 {

// MSH-18 names a set in which it would not be found where it is: the message is read
// without it, but what is written from it may be read in it.
[[nodiscard]] inline bool hides_its_set(const Message& message) {
  const Segment& msh = message.segments().front();
  const auto named =
      choose_charset(message.field(msh, {18}), message.field(msh, {20}), message.delimiters());
  return named.base && !message.charset_choice().base;
}

}  // namespace hl7
