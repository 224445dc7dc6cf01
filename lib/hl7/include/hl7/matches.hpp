// hl7/matches.hpp: all places that a path names, one after the other.
//
//     for (const hl7::Match& match : hl7::Matches(message, path)) use(match.value);
//
//     PID-3.1        one match where there is a PID, its value maybe empty; else none
//     OBX(*)-5       one match for each OBX, in order, also where OBX-5 is empty
//     PID-3(*).1     one match for each repetition of PID-3; none where it is empty
//     OBX(*)-5(*)    both
//
// Allocates nothing, and reads each segment once.
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

#include "hl7/cutter.hpp"
#include "hl7/message.hpp"
#include "hl7/path.hpp"

namespace hl7 {

struct Match {
  const Segment* segment = nullptr;
  std::size_t segment_number = 0;  // among those of its name, from 1
  std::size_t repetition = 0;      // from 1; the path's own where it names one
  std::string_view value{};        // as Message::get() gives it: a view into the octets
};

// The message must outlive the matches, and stay as it is meanwhile.
class Matches {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Match;
    using difference_type = std::ptrdiff_t;
    using pointer = const Match*;
    using reference = const Match&;

    Iterator(const Message& message, const Path& path) noexcept;

    reference operator*() const noexcept { return match_; }

    pointer operator->() const noexcept { return &match_; }

    Iterator& operator++() noexcept {
      advance();
      return *this;
    }

    void operator++(int) noexcept { advance(); }

    friend bool operator==(const Iterator& it, std::default_sentinel_t) noexcept {
      return it.match_.segment == nullptr;
    }

   private:
    void advance() noexcept;
    bool next_segment() noexcept;
    bool next_repetition() noexcept;

    const Message* message_;
    Path path_;
    std::size_t index_ = 0;  // of the segment to look at next
    Cutter repetitions_;
    Match match_;
  };

  Matches(const Message& message, const Path& path) noexcept : message_(&message), path_(path) {}

  [[nodiscard]] Iterator begin() const noexcept { return {*message_, path_}; }

  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  const Message* message_;
  Path path_;
};

}  // namespace hl7
