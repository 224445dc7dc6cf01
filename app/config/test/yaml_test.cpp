#include <gtest/gtest.h>

#include <string>

#include "config/node.hpp"

namespace config {
namespace {

// A document written back in one line: "quoted" or plain scalars, [lists], {mappings},
// ~ for null.
std::string flat(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull: return "~";
    case Node::Kind::kScalar: return node.quoted ? '"' + node.text + '"' : node.text;
    case Node::Kind::kSequence: break;
    case Node::Kind::kMapping: break;
  }
  std::string out;
  for (const Node& item : node.items) out += (out.empty() ? "" : " ") + flat(item);
  for (const auto& [key, value] : node.entries) {
    out += (out.empty() ? "" : " ") + key + "=" + flat(value);
  }
  return node.kind == Node::Kind::kSequence ? "[" + out + "]" : "{" + out + "}";
}

std::string read(std::string text) {
  const auto node = parse_yaml("config.yaml", std::move(text));
  return node ? flat(*node) : to_string(node.error());
}

std::string repeated(std::string_view part, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += part;
  return all;
}

struct Case {
  const char* name;
  std::string text;
  std::string want;
};

const Case kCases[] = {
    {"empty", "", "~"},
    {"comments_only", "# nothing\n\n# more\n", "~"},
    {"mapping", "a: 1\nb:\nc: x y\n", "{a=1 b=~ c=x y}"},
    {"list", "- a\n- b: 1\n  c: 2\n-\n", "[a {b=1 c=2} ~]"},
    {"flow", "{a: [1, 2], b: {}, c: []}", "{a=[1 2] b={} c=[]}"},
    {"null_words", "[~, null, '~', \"\"]", R"([~ ~ "~" ""])"},
    {"quotes", "a: 'it''s'\nb: \"x\\ty\"\n", "{a=\"it's\" b=\"x\ty\"}"},
    {"escaped_quote", "a: \"x\\\"y\"\nb: 1\n", R"({a="x"y" b=1})"},
    {"quote_over_two_lines", "a: 'x\n  y'\nb: 1\n", R"({a="x y" b=1})"},
    {"block", "a: |\n  x\n  y\nb: 1\n", "{a=\"x\ny\n\" b=1}"},
    {"byte_order_mark",
     "\xEF\xBB\xBF"
     "a: 1",
     "{a=1}"},
    {"line_ends_of_windows", "a: 1\r\nb: 2\r\n", "{a=1 b=2}"},
    {"document_marks", "---\na: 1\n...\n", "{a=1}"},
    {"alias_is_a_copy", "a: &x {k: 1}\nb: *x\n", "{a={k=1} b={k=1}}"},
    {"anchored_quote", "a: &x \"q\"\nb: *x\n", R"({a="q" b="q"})"},
    {"anchored_quote_on_the_next_line", "a: &x\n  \"q\"\nb: *x\n", R"({a="q" b="q"})"},
    {"anchored_quote_alone", "&x\n\"q\"\n", R"("q")"},
    {"as_deep_as_allowed", repeated("- ", 63) + "a", repeated("[", 63) + "a" + repeated("]", 63)},

    {"key_twice", "a: 1\nb: 2\na: 3\n",
     "config.yaml:3:1: key a is given twice\n"
     "    a: 3\n"
     "    ^"},
    {"key_twice_within", "x:\n  - {k: 1, k: 2}\n",
     "config.yaml:2:12: key k is given twice\n"
     "      - {k: 1, k: 2}\n"
     "               ^"},
    {"key_is_a_list", "? [a]\n: b\n",
     "config.yaml:1:3: expected a key that is a text, found a list\n"
     "    ? [a]\n"
     "      ^"},
    {"merge_key", "a: &x {k: 1}\nb:\n  <<: *x\n",
     "config.yaml:3:3: merge keys (<<) are not supported here\n"
     "      <<: *x\n"
     "      ^"},
    {"tag", "a: !!binary aGk=\n",
     "config.yaml:1:4: tags are not supported here\n"
     "    a: !!binary aGk=\n"
     "       ^"},
    {"tag_of_a_list", "a: !x [1]\n",
     "config.yaml:1:4: tags are not supported here\n"
     "    a: !x [1]\n"
     "       ^"},
    {"unknown_alias", "a: *x\n",
     "config.yaml:1:4: not valid YAML: the referenced anchor is not defined\n"
     "    a: *x\n"
     "       ^"},
    {"alias_of_itself", "a: &x [1, *x]\n",
     "config.yaml:1:11: an alias inside of its own anchor\n"
     "    a: &x [1, *x]\n"
     "              ^"},
    {"open_list", "a: [1, 2\n", "config.yaml:2:1: not valid YAML: end of sequence flow not found"},
    {"open_double_quote_swallows_nothing", "name: \"lab\naddress: :2575\n",
     "config.yaml:1:7: a quote that is never closed\n"
     "    name: \"lab\n"
     "          ^"},
    {"open_single_quote_swallows_nothing", "name: 'it''s\naddress: :2575\n",
     "config.yaml:1:7: a quote that is never closed\n"
     "    name: 'it''s\n"
     "          ^"},
    {"open_quote_that_ends_in_an_escaped_one", "a: \"x\\\"\nb: 1\n",
     "config.yaml:1:4: a quote that is never closed\n"
     "    a: \"x\\\"\n"
     "       ^"},
    {"open_quote_behind_umlauts", "\xC3\xBC: \"\xC3\xBC\n",
     "config.yaml:1:5: a quote that is never closed\n"
     "    \xC3\xBC: \"\xC3\xBC\n"
     "       ^"},
    {"open_quote_behind_an_anchor", "a: &x \"q\nb: 1\n",
     "config.yaml:1:4: a quote that is never closed\n"
     "    a: &x \"q\n"
     "       ^"},
    {"value_within_a_value", "a: b: c\n",
     "config.yaml:1:5: not valid YAML: illegal map value\n"
     "    a: b: c\n"
     "        ^"},
    {"wrong_indentation", "a: 1\n  b: 2\n",
     "config.yaml:2:4: not valid YAML: illegal map value\n"
     "      b: 2\n"
     "       ^"},
    {"tab", "a:\n\t- 1\n",
     "config.yaml:2:2: not valid YAML: illegal block entry (indent with blanks, not tabs)\n"
     "     - 1\n"
     "     ^"},
    {"second_document", "a: 1\n---\nb: 2\n",
     "config.yaml:2:1: expected the end of the document\n"
     "    ---\n"
     "    ^"},
    {"mapping_after_a_list", "- a\nb: 1\n",
     "config.yaml:2:1: expected the end of the document\n"
     "    b: 1\n"
     "    ^"},
    {"no_utf8", "a: M\xFCnchen\n",
     "config.yaml:1:5: not valid UTF-8\n"
     "    a: M?nchen\n"
     "        ^"},
    {"control_character", "a: 1\nb: \x1b[2J\n",
     "config.yaml:2:4: a control character\n"
     "    b: ?[2J\n"
     "       ^"},
    {"utf16",
     std::string("\xFF\xFE"
                 "a\0",
                 4),
     "config.yaml:1:1: not valid UTF-8\n    ??a?\n    ^"},
    {"deeper_than_allowed", repeated("- ", 64) + "a",
     "config.yaml:1:129: nested deeper than 64 levels\n"
     "    ..." +
         repeated("- ", 40) +
         "a\n"
         "    " +
         std::string(83, ' ') + "^"},
    {"over_the_limit", std::string(kYamlBytesMax + 1, '#'), "config.yaml: over 4MiB"},
};

class YamlTest : public testing::TestWithParam<Case> {};

TEST_P(YamlTest, IsReadOrRefused) { EXPECT_EQ(read(GetParam().text), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(Cases, YamlTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

// Nine of nine of nine ...: a few lines that would fill all memory.
TEST(Yaml, ABillionLaughsAreRefused) {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name < 'k'; ++name) {
    const char last = static_cast<char>(name - 1);
    text += std::string(1, name) + ": &" + name + " [";
    for (int i = 0; i < 9; ++i) text += (i == 0 ? "*" : ", *") + std::string(1, last);
    text += "]\n";
  }
  EXPECT_EQ(read(text).substr(0, 64),
            "config.yaml:6:1: more than 100000 values, aliases written out\n  ");
}

// Few values, each of them large.
TEST(Yaml, ALongTextCannotBeMultiplied) {
  const std::string text =
      "a: &a " + std::string(1'000'000, 'x') + "\nb: [" + repeated("*a, ", 20) + "]\n";
  EXPECT_EQ(read(text).substr(0, 80),
            "config.yaml:2:61: more than 16777216 octets of text, aliases written out\n    b: ");
}

// After the limit nothing more is measured: a small text must not cost minutes.
TEST(Yaml, WhatComesAfterTheLimitCostsNothing) {
  const std::string text =
      "a: &a [" + repeated("x,", 40'000) + "]\nb: [" + repeated("*a,", 400'000) + "]\n";
  EXPECT_EQ(read(text).substr(0, 40), "config.yaml:2:5: more than 100000 values");
}

// Levels of aliases add up, so that taking the document apart needs no deep stack.
TEST(Yaml, AliasesCannotBeStackedDeeperThanTheLimit) {
  std::string text = "a: &a " + repeated("[", 30) + repeated("]", 30) + "\n";
  text += "b: &b " + repeated("[", 30) + "*a" + repeated("]", 30) + "\n";
  text += "c: &c " + repeated("[", 30) + "*b" + repeated("]", 30) + "\n";
  EXPECT_EQ(read(text).substr(0, 47), "config.yaml:3:37: nested deeper than 64 levels\n");
}

TEST(Yaml, EachNodeKnowsItsPlace) {
  const auto root = parse_yaml("config.yaml", "a:\n  - x\n  - k: \"v\"\n    n:\n");
  ASSERT_TRUE(root.has_value());
  const Node& item = root->find("a")->items[1];
  EXPECT_EQ(item.find("k")->line, 3);
  EXPECT_EQ(item.find("k")->column, 8);
  EXPECT_EQ(item.find("k")->key_column, 5);
  EXPECT_EQ(item.find("n")->line, 4) << "a null stands where its key stands";
  EXPECT_EQ(item.find("n")->column, 5);
  EXPECT_EQ(item.find("none"), nullptr);
}

}  // namespace
}  // namespace config
