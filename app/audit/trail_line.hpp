// audit/trail_line.hpp: one record as it stands in its file.
//
//   {"seq":17,"at":"…","kind":"message",…,"mac":"<64 digits>"}\n
//
// What the MAC covers is the line up to the comma before it. Each line has exactly one form:
// an octet more or less anywhere is another line, or none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/chain.hpp"

namespace audit {

// Views into the line.
struct TrailLine {
  std::uint64_t sequence = 0;
  std::string_view at;
  std::string_view kind;
  std::string_view text;  // what the MAC covers
  Mac mac{};

  // A member of ours that is a number, or a text without escapes; none where it has none.
  // REQUIRES: `key` is no key of a member before it that holds what peers sent.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key) const noexcept;
  [[nodiscard]] std::optional<std::string_view> word(std::string_view key) const noexcept;
};

// `line` is without its line end. None for what is no record at all.
[[nodiscard]] std::optional<TrailLine> parse_line(std::string_view line) noexcept;

// `{"seq":17,` and the text of a record: what the MAC covers.
void begin_line(std::uint64_t sequence, std::string_view record, std::string& lines);

// The rest of the line, with its end.
void end_line(const Mac& mac, std::string& lines);

// The kinds that the trail itself looks at.
inline constexpr std::string_view kCheckpoint = "checkpoint";  // the first of each file
inline constexpr std::string_view kMessage = "message";
inline constexpr std::string_view kRewound = "rewound";  // the log ended before what is recorded
inline constexpr std::string_view kRetention = "retention";  // what is before it may be gone
inline constexpr std::string_view kRecovery = "recovery";

}  // namespace audit
