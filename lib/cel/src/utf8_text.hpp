// utf8_text.hpp: text as a row of code points.
//
// A position is an index of a code point, from 0; an offset is one of an octet.
// Text is UTF-8. Where it is not, nothing breaks: an octet of the form 10xxxxxx
// belongs to the code point before it (at the front of a text to the first one), each
// other octet begins one.
//
// Nothing here allocates or fails; whoever searches, searches in linear time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cel {

inline constexpr std::size_t kNoOffset = static_cast<std::size_t>(-1);
inline constexpr char32_t kReplacementCharacter = 0xFFFD;

[[nodiscard]] std::size_t count_code_points(std::string_view text) noexcept;

// The same up to `at_most`, reading no more of the text than that takes.
[[nodiscard]] std::size_t count_code_points(std::string_view text, std::size_t at_most) noexcept;

// The offset at which code point `position` begins; the end of the text for the
// position behind the last; kNoOffset beyond it and below 0.
[[nodiscard]] std::size_t offset_of_position(std::string_view text, std::int64_t position) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

struct CodePoint {
  char32_t value;       // kReplacementCharacter if `is_valid` is false
  std::uint8_t length;  // octets; 1 if not valid
  bool is_valid;
};

// The code point at the front, checked. REQUIRES: text is not empty.
[[nodiscard]] CodePoint decode_code_point(std::string_view text) noexcept;

// 1 to 4 octets into `to`; returns how many. REQUIRES: value is a code point.
std::size_t encode_code_point(char32_t value, char* to) noexcept;

[[nodiscard]] bool contains(std::string_view text, std::string_view needle) noexcept;

// The offset of the first or last `needle`; kNoOffset if there is none. An empty
// needle is at offset 0, or at the end.
[[nodiscard]] std::size_t find_first(std::string_view text, std::string_view needle) noexcept;
[[nodiscard]] std::size_t find_last(std::string_view text, std::string_view needle) noexcept;

// The position of the first `needle` at or after position `from`, or -1; none if
// `from` is not a position of the text or its end. An empty needle is at `from`.
[[nodiscard]] std::optional<std::int64_t> index_of(std::string_view text, std::string_view needle,
                                                   std::int64_t from) noexcept;

// The position of the last `needle` that begins at or before position `from`, or
// -1; none if `from` is not a position of the text or its end.
[[nodiscard]] std::optional<std::int64_t> last_index_of(std::string_view text,
                                                        std::string_view needle,
                                                        std::int64_t from) noexcept;

// The position of the last `needle` of all, or -1. An empty needle is at the end.
[[nodiscard]] std::int64_t last_index_of(std::string_view text, std::string_view needle) noexcept;

// Without Unicode's white space at both ends (zero-width characters are none).
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

// Cuts text at a separator, piece by piece:
//
//   for (Splitter pieces(text, ",", -1); auto piece = pieces.next();) use(*piece);
//
// The limit is the largest number of pieces, the last of which is all that is
// left; below 0 there is none. An empty separator cuts between code points.
class Splitter {
 public:
  Splitter(std::string_view text, std::string_view separator, std::int64_t limit) noexcept;

  [[nodiscard]] std::optional<std::string_view> next() noexcept;

 private:
  [[nodiscard]] std::string_view take_rest() noexcept;

  std::string_view rest_;
  std::string_view separator_;
  std::uint64_t left_count_;
  bool finished_ = false;
};

}  // namespace cel
