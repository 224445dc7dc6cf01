#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>

#include "config/node.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 2> kModes = {"fast", "safe"};

// What a reader complains about after `take` has asked it.
std::string complaints(std::string text, const std::function<void(Reader&)>& take,
                       std::string where = "connectors[0]") {
  const auto node = parse_yaml("config.yaml", std::move(text));
  EXPECT_TRUE(node.has_value());
  Problems problems;
  Reader reader(*node, std::move(where), problems);
  take(reader);
  reader.finish();
  return to_string(problems);
}

TEST(Reader, YieldsWhatIsThere) {
  const std::string text =
      "t: abc\nq: '5'\nf: true\nn: 7\nd: 0.5\ns: 2KiB\nw: 3s\nc: safe\nlist: [1]\n";
  EXPECT_EQ(complaints(text,
                       [](Reader& reader) {
                         EXPECT_EQ(reader.text("t", "x"), "abc");
                         EXPECT_EQ(reader.required_text("q"), "5");
                         EXPECT_EQ(reader.flag("f", false), true);
                         EXPECT_EQ(reader.number("n", 1, 0, 9), 7U);
                         EXPECT_EQ(reader.decimal("d", 1, 0, 1), 0.5);
                         EXPECT_EQ(reader.size("s", 1), 2048U);
                         EXPECT_EQ(reader.duration("w", 1s), 3s);
                         EXPECT_EQ(reader.choice("c", kModes, 0), 1U);
                         EXPECT_EQ(reader.child("list")->items.size(), 1U);
                       }),
            "");
}

TEST(Reader, YieldsTheDefaultOfWhatIsAbsent) {
  EXPECT_EQ(complaints("",
                       [](Reader& reader) {
                         EXPECT_EQ(reader.text("t", "x"), "x");
                         EXPECT_EQ(reader.flag("f", true), true);
                         EXPECT_EQ(reader.number("n", 3, 0, 9), 3U);
                         EXPECT_EQ(reader.decimal("d", 0.25, 0, 1), 0.25);
                         EXPECT_EQ(reader.size("s", 5), 5U);
                         EXPECT_EQ(reader.duration("w", 1s), 1s);
                         EXPECT_EQ(reader.choice("c", kModes, 1), 1U);
                         EXPECT_EQ(reader.child("list"), nullptr);
                         EXPECT_FALSE(reader.has("t"));
                       }),
            "");
}

struct Case {
  const char* name;
  std::string text;
  std::function<void(Reader&)> take;
  std::string want;
};

const Case kCases[] = {
    {"unknown_key", "nam: x", [](Reader& reader) { static_cast<void>(reader.has("name")); },
     "config.yaml:1:1: connectors[0]: unknown key nam; did you mean name?\n    nam: x\n    ^"},
    {"unknown_key_far_from_all", "colour: x",
     [](Reader& reader) { static_cast<void>(reader.has("name")); },
     "config.yaml:1:1: connectors[0]: unknown key colour\n    colour: x\n    ^"},
    {"text_is_a_list", "t: [1]", [](Reader& reader) { EXPECT_EQ(reader.text("t", "x"), "x"); },
     "config.yaml:1:4: connectors[0].t: expected a text, found a list\n    t: [1]\n       ^"},
    {"text_is_missing", "a: 1",
     [](Reader& reader) {
       EXPECT_TRUE(reader.has("a"));
       EXPECT_EQ(reader.required_text("t"), "");
     },
     "config.yaml:1:1: connectors[0]: t is required\n    a: 1\n    ^"},
    {"text_is_nothing", "t:", [](Reader& reader) { EXPECT_EQ(reader.required_text("t"), ""); },
     "config.yaml:1:1: connectors[0].t: expected a text, found nothing\n    t:\n    ^"},
    {"text_is_empty", "t: ''", [](Reader& reader) { EXPECT_EQ(reader.required_text("t"), ""); },
     "config.yaml:1:4: connectors[0].t: expected a text, found nothing\n    t: ''\n       ^"},
    {"flag", "f: on", [](Reader& reader) { EXPECT_TRUE(reader.flag("f", true)); },
     "config.yaml:1:4: connectors[0].f: expected true or false, found on\n    f: on\n       ^"},
    {"number", "n: 0x7", [](Reader& reader) { EXPECT_EQ(reader.number("n", 1, 0, 9), 1U); },
     "config.yaml:1:4: connectors[0].n: expected a whole number from 0 to 9, found 0x7\n"
     "    n: 0x7\n       ^"},
    {"number_is_nothing", "n: ~",
     [](Reader& reader) { EXPECT_EQ(reader.number("n", 1, 0, 9), 1U); },
     "config.yaml:1:1: connectors[0].n: expected a whole number from 0 to 9, found nothing\n"
     "    n: ~\n    ^"},
    {"decimal", "d: nan", [](Reader& reader) { EXPECT_EQ(reader.decimal("d", 0.5, 0, 1), 0.5); },
     "config.yaml:1:4: connectors[0].d: expected a number from 0 to 1, found nan\n"
     "    d: nan\n       ^"},
    {"size", "s: 5 KiB", [](Reader& reader) { EXPECT_EQ(reader.size("s", 1), 1U); },
     "config.yaml:1:4: connectors[0].s: expected a size such as 64KiB, found 5 KiB\n"
     "    s: 5 KiB\n       ^"},
    {"duration", "w: 5 moons", [](Reader& reader) { EXPECT_EQ(reader.duration("w", 1s), 1s); },
     "config.yaml:1:4: connectors[0].w: expected a duration such as 30s, found 5 moons\n"
     "    w: 5 moons\n       ^"},
    {"choice", "c: slow", [](Reader& reader) { EXPECT_EQ(reader.choice("c", kModes, 1), 1U); },
     "config.yaml:1:4: connectors[0].c: expected fast or safe, found slow\n"
     "    c: slow\n       ^"},
    {"problem_of_ones_own", "a: 1",
     [](Reader& reader) {
       static_cast<void>(reader.has("a"));
       reader.report("a", "is odd");
       reader.report("b", "is missed");
     },
     "config.yaml:1:4: connectors[0].a: is odd\n    a: 1\n       ^\n"
     "config.yaml:1:1: connectors[0].b: is missed\n    a: 1\n    ^"},
    {"no_mapping", "[a]", [](Reader& reader) { EXPECT_FALSE(reader.has("a")); },
     "config.yaml:1:1: connectors[0]: expected a mapping, found a list\n    [a]\n    ^"},
};

class ReaderTest : public testing::TestWithParam<Case> {};

TEST_P(ReaderTest, TellsWhatIsWrongAndGoesOn) {
  EXPECT_EQ(complaints(GetParam().text, GetParam().take), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Cases, ReaderTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Reader, OfTheWholeDocumentNamesKeysAlone) {
  EXPECT_EQ(
      complaints(
          "a: 1\nn: x", [](Reader& reader) { static_cast<void>(reader.number("n", 1, 0, 9)); }, ""),
      "config.yaml:2:4: n: expected a whole number from 0 to 9, found x\n"
      "    n: x\n"
      "       ^\n"
      "config.yaml:1:1: unknown key a\n"
      "    a: 1\n"
      "    ^");
}

}  // namespace
}  // namespace config
