// hl7/encoder.hpp: UTF-8 text as values of a message: the way back of decoder.hpp.
//
// What a value must not hold is escaped: delimiters by their letters, LF as
// \.br\, other control characters as \Xhh\, so that no text can end a segment
// or a frame. A text of two quotes is written \X22\", because "" is HL7 null.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "hl7/charset.hpp"
#include "hl7/delimiters.hpp"

namespace hl7 {

class Converters;  // ICU's, in src/

// Not thread-safe.
class Encoder {
 public:
  Encoder();
  ~Encoder();
  Encoder(Encoder&& other) noexcept;
  Encoder& operator=(Encoder&& other) noexcept;

  // From now on texts are written for messages with those delimiters, in that
  // set; none (also UTF-16 and UTF-32) is UTF-8. A set that switches writes
  // Japanese by ISO-2022-JP, and is back in ASCII at the end of each text.
  void open(const CharsetChoice& choice, const Delimiters& delimiters) noexcept;

  // Appends text as a value. What the set lacks and what is no UTF-8 becomes
  // '?'. Returns how many characters were lost in that way. Without an escape
  // character in the message a delimiter, and a control character that would end
  // a segment or a frame or switch to another set, becomes a blank and is lost; so does one whose
  // every escape sequence would be cut by a delimiter that is a letter or a digit.
  std::size_t append_value(std::string& out, std::string_view text);

  // Appends text in the set and escapes nothing: for names of segments.
  std::size_t append_plain(std::string& out, std::string_view text);

 private:
  std::size_t append_escaped_ascii(std::string& out, std::string_view text);
  std::size_t append_beyond_ascii(std::string& out, std::string_view text);
  std::size_t append_in_set(std::string& out, std::string_view text);
  std::size_t append_japanese(std::string& out, std::string_view text, Charset others);
  Converters& converters();

  Charset charset_ = Charset::kUtf8;
  bool switches_ = false;
  bool collides_ = false;
  Delimiters delimiters_{};
  std::string written_;
  std::unique_ptr<Converters> converters_;
};

}  // namespace hl7
