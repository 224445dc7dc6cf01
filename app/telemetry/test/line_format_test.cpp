#include "telemetry/line_format.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <limits>
#include <random>
#include <string>

namespace telemetry {
namespace {

using namespace std::chrono_literals;

const base::WallTime kNoon{std::chrono::sys_days{std::chrono::April / 3 / 2026} + 12h + 7ms};

std::string as_text(std::string_view value) { return render_text("e", {{"v", value}}); }

std::string as_json(std::string_view value) {
  std::string out;
  append_json_string(out, value);
  return out;
}

TEST(TextLine, HoldsEventAndFieldsInOrder) {
  EXPECT_EQ(render_text("connection_closed", {{"connection", 17},
                                              {"reason", "idle_timeout"},
                                              {"frames", std::uint64_t{3}},
                                              {"share", 0.5},
                                              {"tls", false},
                                              {"offset", -2}}),
            "connection_closed connection=17 reason=idle_timeout frames=3 share=0.5 tls=false "
            "offset=-2");
}

TEST(JsonLine, HoldsTimeLevelEventAndTypedFields) {
  EXPECT_EQ(render_json(kNoon, Level::kWarning, "target_down",
                        {{"connector", "lab"}, {"attempt", 2}, {"tls", true}, {"share", 0.25}}),
            R"({"time":"2026-04-03T12:00:00.007Z","level":"warning","event":"target_down",)"
            R"("connector":"lab","attempt":2,"tls":true,"share":0.25})");
}

TEST(JsonLine, WritesNullForWhatJsonHasNoNumberFor) {
  const std::string line = render_json(kNoon, Level::kInfo, "e",
                                       {{"a", std::numeric_limits<double>::quiet_NaN()},
                                        {"b", std::numeric_limits<double>::infinity()}});
  EXPECT_NE(line.find(R"("a":null,"b":null})"), std::string::npos) << line;
}

struct Escape {
  const char* name;
  std::string_view value;
  std::string_view text;  // after v=
  std::string_view json;
};

const Escape kEscapes[] = {
    {"plain", "10.1.2.3:2575", "10.1.2.3:2575", R"("10.1.2.3:2575")"},
    {"empty", "", R"("")", R"("")"},
    {"blank", "a b", R"("a b")", R"("a b")"},
    {"equals_sign", "a=b", R"("a=b")", R"("a=b")"},
    {"quote_and_backslash", R"(a"\)", R"("a\"\\")", R"("a\"\\")"},
    {"line_feed_does_not_break_the_line", "a\nb", R"("a\nb")", R"("a\nb")"},
    {"cr_and_tab", "a\r\tb", R"("a\r\tb")", R"("a\r\tb")"},
    {"nul", std::string_view("\0", 1), R"("\u0000")", R"("\u0000")"},
    {"frame_octets", "\x0b\x1c", R"("\u000b\u001c")", R"("\u000b\u001c")"},
    {"escape_sequence_of_a_terminal", "\x1b[2J", R"("\u001b[2J")", R"("\u001b[2J")"},
    {"delete", "\x7f", R"("\u007f")", R"("\u007f")"},
    {"c1_control", "\xC2\x9B", R"("\u009b")", R"("\u009b")"},
    {"umlaut", "M\xC3\xBCller", "\"M\xC3\xBCller\"", "\"M\xC3\xBCller\""},
    {"four_octets", "\xF0\x9F\x8F\xA5", "\"\xF0\x9F\x8F\xA5\"", "\"\xF0\x9F\x8F\xA5\""},
    {"latin1_is_no_utf8", "M\xFCller", "\"M\xEF\xBF\xBDller\"", "\"M\xEF\xBF\xBDller\""},
    {"cut_character", "a\xC3", "\"a\xEF\xBF\xBD\"", "\"a\xEF\xBF\xBD\""},
    {"overlong_slash", "\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"surrogate", "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"",
     "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
};

class EscapeTest : public testing::TestWithParam<Escape> {};

TEST_P(EscapeTest, InText) {
  EXPECT_EQ(as_text(GetParam().value), "e v=" + std::string(GetParam().text));
}

TEST_P(EscapeTest, InJson) { EXPECT_EQ(as_json(GetParam().value), GetParam().json); }

INSTANTIATE_TEST_SUITE_P(Escapes, EscapeTest, testing::ValuesIn(kEscapes),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(LineFormat, CutsALongTextAndSaysSo) {
  const std::string text(kFieldBytesMax + 5, 'x');
  const std::string cut(kFieldBytesMax, 'x');
  EXPECT_EQ(as_text(text), "e v=\"" + cut + "(+5 octets)\"");
  const std::string json = render_json(kNoon, Level::kInfo, "e", {{"v", text}});
  EXPECT_TRUE(json.ends_with("x(+5 octets)\"}"));
}

TEST(LineFormat, TimeIsUtcWithMillisecondsCutNotRounded) {
  EXPECT_EQ(to_iso_time(kNoon + 992ms + 999us), "2026-04-03T12:00:00.999Z");
  EXPECT_EQ(to_iso_time(base::WallTime{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso_time(base::WallTime{-1us}), "1969-12-31T23:59:59.999Z");
}

// Whatever the octets: a JSON parser of others takes the line, and it is one line.
TEST(LineFormat, AnyOctetsMakeOneValidLine) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same run each time
  std::uniform_int_distribution<int> octet(0, 255);
  std::uniform_int_distribution<std::size_t> length(0, 40);
  for (int round = 0; round < 2000; ++round) {
    std::string value(length(random), '\0');
    for (char& c : value) c = static_cast<char>(octet(random));
    const std::string json = render_json(kNoon, Level::kError, value, {{value, value}});
    boost::system::error_code error;
    static_cast<void>(boost::json::parse(json, error));
    ASSERT_FALSE(error) << json;
    ASSERT_EQ(json.find_first_of("\r\n\x1b"), std::string::npos);
    ASSERT_EQ(as_text(value).find_first_of("\r\n\x1b"), std::string::npos);
  }
}

}  // namespace
}  // namespace telemetry
