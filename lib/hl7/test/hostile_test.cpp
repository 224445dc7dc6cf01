// What a peer may send to keep us busy: all of it must stay linear and small.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/clock.hpp"
#include "hl7/escape.hpp"
#include "hl7/frame.hpp"
#include "hl7/message.hpp"

namespace hl7 {
namespace {

constexpr std::size_t kMany = 1'000'000;

std::string repeat(std::string_view part, std::size_t count) {
  std::string text;
  text.reserve(part.size() * count);
  for (; count > 0; --count) text += part;
  return text;
}

struct Hostile {
  const char* name;
  std::string text;
};

std::vector<Hostile> hostile() {
  const std::string header = "MSH|^~\\&|";
  return {
      {"field_separators", header + repeat("|", kMany)},
      {"component_separators", header + repeat("^", kMany)},
      {"repetition_separators", header + repeat("~", kMany)},
      {"escapes", header + repeat("\\", kMany)},
      {"unfinished_escapes", header + repeat("\\X4", kMany / 3)},
      {"carriage_returns", header + repeat("\r", kMany)},
      {"line_feeds", header + repeat("\n", kMany)},
      {"pairs_of_both", header + repeat("\r\n", kMany / 2)},
      {"both_by_turns", header + repeat("\n\r\r", kMany / 3)},
      {"short_segments", header + repeat("\rA", kMany / 2)},
      {"headers", repeat("MSH|^\r", kMany / 6)},
      {"headers_without_delimiters", "MSH|^\r" + repeat("MSH|\r", kMany / 5)},
      {"batches", repeat("BHS|^\r", kMany / 6)},
      {"batch_trailers", "BHS|^\r" + repeat("BTS|1\r", kMany / 6)},
      {"files", repeat("FHS|^\rFTS|9\r", kMany / 12)},
      {"nuls", header + std::string(kMany, '\0')},
      {"eight_bit", header + std::string(kMany, '\xFF')},
      {"blanks_in_front", std::string(kMany, ' ') + header},
      {"a_long_line_of_nothing", "BHS|^\r" + std::string(kMany, ' ')},
  };
}

// Far more than is needed, and far less than anything quadratic takes.
constexpr std::chrono::seconds kPatience{20};

TEST(Hostile, IsReadWithinLimits) {
  for (const Hostile& each : hostile()) {
    SCOPED_TRACE(each.name);
    const auto begin = base::Clock::system().steady_now();
    const base::ByteView octets = base::as_bytes(each.text);
    const FrameContents contents = split_frame(octets);
    EXPECT_LE(contents.messages.size(), SplitLimits{}.messages_max);
    EXPECT_LE(contents.batches.size(), SplitLimits{}.messages_max);
    EXPECT_LE(contents.problems.size(), FrameContents::kProblemsMax);

    Message message;
    if (message.parse(octets)) {
      EXPECT_LE(message.segments().size(), ParseLimits{}.segments_max);
      const auto path = parse_path("MSH-65535(65535).65535.65535");
      ASSERT_TRUE(path);
      EXPECT_EQ(message.get(*path), "");
      std::string out;
      append_unescaped(out, message.segments().front().text, message.delimiters());
      EXPECT_LE(out.size(), each.text.size());
    }
    EXPECT_LT(base::Clock::system().steady_now() - begin, kPatience);
  }
}

}  // namespace
}  // namespace hl7
