// hl7/path.hpp: names a place in a message, as people write it: "PID-3(2).4.1".
//
//     path      := segment [ "(" which ")" ] [ "-" field ]
//     field     := number [ "(" which ")" ] [ "." component [ "." subcomponent ] ]
//     which     := number | "*"
//     segment   := upper-case letter, then two upper-case letters or digits
//
//     PID              the first PID segment
//     OBX(3)-5         field 5 of the third OBX
//     OBX(*)-5         field 5 of every OBX
//     PID-3            the field whole, with all its repetitions
//     PID-3(2)         its second repetition
//     PID-3.1          component 1 of its first repetition
//     PID-3(2).4.2     subcomponent 2 of component 4 of its second repetition
//
// Every number counts from 1, as in the standard, up to 65,535. MSH-1 is the
// field separator itself, so the first field after it is MSH-2.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hl7 {

// A position counted from 1. A distinct type, so that it cannot be mistaken
// for an index, which counts from 0: crossing over takes to_index().
struct Ordinal {
  std::uint16_t value = 1;  // REQUIRES: at least 1

  [[nodiscard]] constexpr std::size_t to_index() const noexcept { return value - std::size_t{1}; }

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 means the 0 in a comparison it made itself
  friend auto operator<=>(const Ordinal&, const Ordinal&) = default;
};

// Which of several alike: the n-th, counted from 1, or all of them.
struct Which {
  std::uint16_t value = 1;  // 0 is all

  [[nodiscard]] static constexpr Which all() noexcept { return {0}; }

  [[nodiscard]] constexpr bool is_all() const noexcept { return value == 0; }

  // Where one place is wanted, all means the first.
  [[nodiscard]] constexpr Ordinal first() const noexcept {
    return {is_all() ? std::uint16_t{1} : value};
  }

  friend auto operator<=>(const Which&, const Which&) = default;
};

// A path read once; cheap to copy, keep and run.
struct Path {
  std::array<char, 3> segment{};
  Which segment_repeat{};
  std::optional<Ordinal> field{};         // none: the segment as such
  std::optional<Which> repetition{};      // none: the whole field, or of a component the first
  std::optional<Ordinal> component{};     // REQUIRES: none without field
  std::optional<Ordinal> subcomponent{};  // REQUIRES: none without component

  [[nodiscard]] std::string_view segment_name() const noexcept {
    return {segment.data(), segment.size()};
  }

  // True if it may name more than one place.
  [[nodiscard]] bool is_many() const noexcept {
    return segment_repeat.is_all() || (repetition && repetition->is_all());
  }

  friend bool operator==(const Path&, const Path&) = default;
};

struct PathError {
  std::size_t text_index;   // 0-based, into the text given
  std::string_view reason;  // a constant, e.g. "a number from 1 to 65535 is expected"

  friend bool operator==(const PathError&, const PathError&) = default;
};

[[nodiscard]] base::Result<Path, PathError> parse_path(std::string_view text);

// The shortest text that parse_path reads as the same path.
[[nodiscard]] std::string to_string(const Path& path);

}  // namespace hl7
