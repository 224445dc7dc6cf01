// hl7/decoder.hpp: values of a message as text for people and programs: UTF-8.
//
// A value as received is escaped and in the set of its message; decoding undoes
// both: delimiters as themselves, \Xhh..\ as octets of the set, \.br\ as LF
// (escape.hpp has the list), switches to other sets followed, and then all of it
// as UTF-8. Octets that are no character become U+FFFD, and are counted.
//
//     hl7::Decoder decoder;                       // one per thread, used again and again
//     decoder.open(message);
//     decoder.decode(message.get(path))           // "Müller & Söhne"
//
// ASCII and UTF-8 are read without allocating, and without ICU; its tables are
// opened when a message first needs them, and kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "hl7/charset.hpp"
#include "hl7/delimiters.hpp"
#include "hl7/message.hpp"

namespace hl7 {

class Converters;  // ICU's, in src/

// What is known of a message before its values are read.
struct DecoderSource {
  CharsetChoice choice{};
  Delimiters delimiters{};

  // Looked through once, when a value that is not ASCII has no set to be read
  // in: must outlive the use of the decoder for this message.
  base::ByteView octets{};
};

// Not thread-safe.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(Decoder&& other) noexcept;
  Decoder& operator=(Decoder&& other) noexcept;

  // From now on values of that message are read, and replacements counted from
  // 0. `fallback` is the set where MSH-18 names none that is known; without one
  // it is UTF-8 when all octets of the message are, else windows-1252. UTF-16 and
  // UTF-32, which no message that could be read is in, count as none.
  void open(const DecoderSource& source, std::optional<Charset> fallback = {}) noexcept;
  void open(const Message& message, std::optional<Charset> fallback = {}) noexcept;

  // The set that values begin in.
  [[nodiscard]] Charset charset() noexcept;

  // A value decoded. The view is the value itself where there is nothing to
  // decode, else it is into the decoder and valid until the next call.
  [[nodiscard]] std::string_view decode(std::string_view value);

  // True where a value decoded is empty: also one of nothing but sequences that
  // stand for nothing. Counts no replacement.
  [[nodiscard]] bool is_empty(std::string_view value);

  // Appends a value decoded.
  void append_decoded(std::string& out, std::string_view value);

  // Appends octets as UTF-8, and looks for no escape sequence of HL7: for MSH-2,
  // names of segments, a whole message.
  void append_utf8(std::string& out, std::string_view octets);

  // How often something was replaced since open().
  [[nodiscard]] std::size_t replaced_count() const noexcept { return replaced_count_; }

 private:
  void append_switching(std::string& out, std::string_view octets);
  void append_in(std::string& out, std::string_view octets, Charset charset);
  Converters& converters();

  DecoderSource source_;
  std::optional<Charset> charset_;  // once known
  std::size_t replaced_count_ = 0;
  std::string unescaped_;
  std::string mask_;
  std::string decoded_;
  std::string pairs_;  // two-octet characters on their way to ICU
  std::unique_ptr<Converters> converters_;
};

}  // namespace hl7
