// hl7/charset.hpp: character sets by their names in MSH-18 (table 0211).
//
// Read and written: all of them (decoder.hpp, encoder.hpp). The texts of an
// answer are written natively in ASCII, UTF-8, 8859/1, 8859/5, 8859/9, 8859/15;
// in any other set they are ASCII, which all of them can carry between delimiters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hl7/delimiters.hpp"

namespace hl7 {

// Add at the end, never renumber: the numbers are stored.
enum class Charset : std::uint8_t {
  kAscii = 1,
  kUtf8 = 2,
  kIso8859P1 = 3,
  kIso8859P2 = 4,
  kIso8859P3 = 5,
  kIso8859P4 = 6,
  kIso8859P5 = 7,
  kIso8859P6 = 8,
  kIso8859P7 = 9,
  kIso8859P8 = 10,
  kIso8859P9 = 11,
  kIso8859P15 = 12,
  kJisX0201 = 13,   // ISO IR14
  kJisX0208 = 14,   // ISO IR87, by ISO-2022-JP
  kJisX0212 = 15,   // ISO IR159, by ISO-2022-JP-1
  kGb18030 = 16,    // GB 18030-2000
  kKsX1001 = 17,    // as EUC-KR
  kCns11643 = 18,   // as EUC-TW
  kBig5 = 19,       // BIG-5
  kUtf16 = 20,      // cannot be carried by MLLP
  kUtf32 = 21,      // cannot be carried by MLLP
  kIso2022Jp = 22,  // JAS2020, JIS X 0202
  kShiftJis = 23,   // no name of table 0211, but met
  kWindows1252 = 24,
  kWindows1250 = 25,  // this one and the following likewise
  kWindows1251 = 26,
  kWindows1253 = 27,
  kWindows1254 = 28,
  kWindows1255 = 29,
  kWindows1256 = 30,
  kWindows1257 = 31,
  kEucJp = 32,
};

inline constexpr std::size_t kCharsetCount = 32;

// As table 0211 writes it, e.g. "UNICODE UTF-8"; the common name where it has none.
[[nodiscard]] std::string_view to_string(Charset charset) noexcept;

// One name as MSH-18 holds it. Case, blanks, '-', '_', '/' and '.' make no
// difference, and common misspellings are known: "8859-1", "ISO8859/1",
// "UTF8", "ISO_IR 100", "UNICODE" (which in practice is UTF-8), "8859" (8859/1).
[[nodiscard]] std::optional<Charset> find_charset(std::string_view name) noexcept;

// The set of a whole MSH-18 with its repetitions: the first that is valued.
// None if it is empty or unknown.
[[nodiscard]] std::optional<Charset> find_charset_of_field(std::string_view field,
                                                           char repetition) noexcept;

// What MSH-18 and MSH-20 say together of the octets of a message.
struct CharsetChoice {
  // None where MSH-18 is empty, or its first name unknown: then a default holds.
  std::optional<Charset> base{};

  // True if escape sequences of ISO 2022 switch to other sets inside a value:
  // the octets ESC $ B and the like, or \M2442\ and the like.
  bool switches = false;

  friend bool operator==(const CharsetChoice&, const CharsetChoice&) = default;
};

// MSH-18 whole, MSH-20 whole. The first repetition is the set of the message;
// where it is empty and others follow ("~ISO IR87") that is ASCII. It switches
// where others follow, where MSH-20 is valued, and in the sets of ISO-2022-JP;
// UTF-8 alone never does, and neither does an unknown set. Separators behind a
// value make no difference.
[[nodiscard]] CharsetChoice choose_charset(std::string_view field, std::string_view handling,
                                           const Delimiters& delimiters) noexcept;

// True if octets of a character may equal a delimiter in such a message.
[[nodiscard]] bool may_collide(const CharsetChoice& choice) noexcept;

// How much of a text to write: at most so many characters (not octets).
struct TextLimit {
  std::size_t characters_max;
};

// Appends UTF-8 text of our own as a value of a message: in `charset`, with
// delimiters escaped as append_escaped() does. What the set lacks and what is
// no UTF-8 becomes '?', a control character a blank. The limit counts
// characters before escaping, so no sequence is ever cut.
void append_text(std::string& out, std::string_view text, Charset charset,
                 const Delimiters& delimiters, TextLimit limit);

}  // namespace hl7
