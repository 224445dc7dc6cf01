// hl7/cutter.hpp: cuts a part of a message at a delimiter, from left to right.
//
//     hl7::Cutter components(message, field, message.delimiters().component);
//     while (components.next()) use(components.part());
//
// One pass over the text, however many parts it has; asking for the n-th part by
// path begins at its start each time. Characters that only look like delimiters
// do not cut.
#pragma once

#include <string_view>

#include "hl7/message.hpp"

namespace hl7 {

class Cutter {
 public:
  // REQUIRES: the text lies in a segment of the message, and the message
  // outlives the cutter. A separator of 0 cuts nothing.
  Cutter(const Message& message, std::string_view text, char separator) noexcept
      : message_(&message),
        rest_(message.to_mask(text)),
        separator_(separator),
        more_(!text.empty()) {}

  // Moves to the next part; false behind the last. An empty text has none, and
  // a separator at the end is followed by an empty one.
  bool next() noexcept;

  // REQUIRES: the last next() said true.
  [[nodiscard]] std::string_view part() const noexcept { return message_->from_mask(part_); }

 private:
  const Message* message_;
  std::string_view rest_;  // in the mask
  std::string_view part_;  // likewise
  char separator_;
  bool more_;
};

}  // namespace hl7
