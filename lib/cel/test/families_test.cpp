// What the tables of functions promise beyond results: ids, costs, limits, lists of a host.
#include "families.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "cel/environment.hpp"
#include "cel/render.hpp"

namespace cel {
namespace {

// The items are what the test says; one may be an error.
class HostList final : public ListView {
 public:
  explicit HostList(std::vector<Value> items) : items_(std::move(items)) {}

  [[nodiscard]] std::size_t size() const override { return items_.size(); }

  [[nodiscard]] Value at(std::size_t index, Arena& /*arena*/) const override {
    return items_[index];
  }

 private:
  std::vector<Value> items_;
};

struct Outcome {
  std::string literal;
  std::uint64_t cost = 0;
};

// Evaluates over `text`, a string, and `items`, a list.
class Bench {
 public:
  explicit Bench(const EnvironmentOptions& options = {}) : environment_(options) {
    EXPECT_TRUE(environment_.add_variable("text", "string"));
    EXPECT_TRUE(environment_.add_variable("items", "list(dyn)"));
  }

  std::string text;
  std::vector<Value> items;

  Outcome run(std::string_view source) {
    const auto program = environment_.compile(source);
    if (!program) return {render(program.error(), source), 0};
    const HostList list(items);
    Activation activation(2);
    activation.bind(0, Value::string(text));
    activation.bind(1, Value::list(list));
    Evaluation evaluation;
    const Value result = program->evaluate(activation, evaluation);
    return {to_literal(result), evaluation.cost()};
  }

  std::string result(std::string_view source) { return run(source).literal; }

 private:
  Environment environment_;
};

TEST(Families, HaveEachIdOnce) {
  std::set<std::string_view> ids;
  for (const auto family : {standard_text_functions(), conversion_functions(), time_functions(),
                            string_functions(), math_functions(), list_functions(), set_functions(),
                            regex_functions(), encoder_functions(), network_functions()}) {
    for (const Overload& overload : family) {
      EXPECT_TRUE(ids.insert(overload.id).second) << overload.id;
      EXPECT_NE(overload.run, nullptr) << overload.id;
    }
  }
}

TEST(Families, CostWhatTheReferenceSays) {
  struct Row {
    std::string_view source;
    std::uint64_t cost;
  };

  const Row rows[] = {
      // A variable costs 1; `text` has 70 code points in 140 octets.
      {"text", 1},
      {"text.contains('ä')", 1 + 7 * 1},
      {"text.startsWith('ä')", 1 + 7},
      {"text.endsWith('ä')", 1 + 7},
      {"text.matches('^a{3,}$')", 1 + 8 * 2},
      {"text.charAt(1)", 1 + 1 + 7 + 1},
      {"text.indexOf('ää')", 1 + 1 + 14},
      {"text.lastIndexOf('ää', 9)", 1 + 1 + 14},
      {"text.lowerAscii()", 1 + 1 + 7 + 70},
      {"text.substring(60)", 1 + 1 + 7 + 10},
      {"text.trim()", 1 + 1 + 7 + 70},
      {"text.reverse()", 1 + 1 + 7 + 70},
      {"text.replace('ä', 'bb')", 1 + 1 + 7 + 140},
      {"text.replace('', '')", 1 + 1 + 7 + 70},
      {"text.split('b')", 1 + 11 + 8 + 1},
      {"text.split('')", 1 + 11 + 8 + 70},
      {"['a', 'b'].join(text)", 10 + 1 + 1 + 1 + 72},
      {"text.format([])", 1 + 10 + 7},
      {"strings.quote(text)", 1 + 7},
      {"bytes(text)", 1 + 7},
      {"string(b'abc')", 1},
      {"int('1')", 1},
      {"[1, 2, 3].slice(0, 2)", 10 + 11 + 2},
      {"[[1], [2, 3]].flatten()", 30 + 11 + 3},
      {"[1, 2, 3].reverse()", 10 + 11 + 3},
      {"lists.range(5)", 11 + 5},
      {"[1, 2, 3].distinct()", 10 + 11 + 18},
      {"['a', 'b', 'a'].distinct()", 10 + 11 + 18},
      {"['a', 'b', 'c', 'd', 'e'].sort()", 10 + 11 + 52},
      {"[2, 1].sort()", 10 + 11 + 8},
      {"[].sort()", 10 + 11},
      {"[1, 2].first()", 10 + 1},
      {"sets.contains([1, 2], [1, 2, 3])", 20 + 1 + 6},
      {"sets.intersects([1, 2], [1, 2, 3])", 20 + 1 + 6},
      {"sets.equivalent([1, 2], [1, 2, 3])", 20 + 1 + 12},
      {"regex.extract(text, 'b+')", 1 + 1 + 6 + 1},
      {"regex.extractAll(text, 'ä{10}')", 1 + 11 + 11 + 7},
      {"regex.replace(text, 'ä', 'bb')", 1 + 1 + 4 + 140},
      {"math.greatest([1, 2, 3])", 10 + 1},
      {"base64.encode(b'hello')", 1},
      {"ip('10.0.0.1').family()", 2},
  };
  Bench bench;
  for (int count = 0; count < 70; ++count) bench.text += "ä";
  for (const Row& row : rows) {
    EXPECT_EQ(bench.run(row.source).cost, row.cost) << row.source;
  }
}

TEST(Families, MakeNothingLargerThanAllowed) {
  EnvironmentOptions options;
  options.values.text_bytes_max = 1000;
  options.values.items_max = 100;
  Bench bench(options);
  bench.text.assign(1000, 'a');

  struct Row {
    std::string_view source;
    std::string_view literal;
  };

  const Row rows[] = {
      {"text.upperAscii().size()", "1000"},
      {"text.reverse().size()", "1000"},
      {"text.replace('a', 'b').size()", "1000"},
      {"text.replace('a', 'bb').size()", "error(size_limit)"},
      {"text.replace('', '-').size()", "error(size_limit)"},
      {"[text, 'b'].join().size()", "error(size_limit)"},
      {"['a', 'b'].join(text).size()", "error(size_limit)"},
      {"strings.quote(text)", "error(size_limit)"},
      {"'%s!'.format([text])", "error(size_limit)"},
      {"'%x'.format([text])", "error(size_limit)"},
      {"regex.replace(text, 'a', 'bb')", "error(size_limit)"},
      {"base64.encode(bytes(text))", "error(size_limit)"},
      {"base64.decode(text).size()", "750"},
      {"text.split('')", "error(size_limit)"},
      {"text.split('', 100).size()", "100"},
      {"regex.extractAll(text, 'a').size()", "error(size_limit)"},
      {"regex.extractAll(text, 'a{10}').size()", "100"},
      {"lists.range(100).size()", "100"},
      {"lists.range(101)", "error(size_limit)"},
      {"[lists.range(60), lists.range(60)].flatten()", "error(size_limit)"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(bench.result(row.source), row.literal) << row.source;
  }
}

TEST(Families, StopWhereTheMemoryEnds) {
  EnvironmentOptions options;
  options.values.arena_bytes_max = 20'000;
  Bench bench(options);
  bench.text.assign(15'000, 'a');
  for (const std::string_view source :
       {"text.upperAscii() + text.lowerAscii()", "text.split('')", "lists.range(text.size())",
        "text.replace('a', 'bb')", "'%s %s'.format([text, text])", "regex.replace(text, 'a', 'bb')",
        "lists.range(text.size() / 30).distinct()",
        "sets.contains(lists.range(text.size() / 30), lists.range(500))"}) {
    EXPECT_EQ(bench.result(source), "error(memory_limit)") << source;
  }
}

TEST(Families, KeepPatternsSmall) {
  EnvironmentOptions options;
  options.values.regex_bytes_max = 10;
  Bench bench(options);
  bench.text = "aaaaaaaaaaa";
  EXPECT_EQ(bench.result("text.matches('aaaaaaaaaa')"), "true");
  EXPECT_EQ(bench.result("text.matches('aaaaaaaaaaa')"), "error(invalid_regex)");
  EXPECT_EQ(bench.result("text.matches(text)"), "error(invalid_regex)");
  EXPECT_EQ(bench.result("regex.extract(text, text)"), "error(invalid_regex)");
}

TEST(Families, ReadListsOfAHost) {
  Bench bench;
  bench.items = {Value::string("b"), Value::string("a"), Value::string("b")};
  EXPECT_EQ(bench.result("items.join('-')"), R"("b-a-b")");
  EXPECT_EQ(bench.result("items.sort()"), R"(["a", "b", "b"])");
  EXPECT_EQ(bench.result("items.sortBy(x, x)"), R"(["a", "b", "b"])");
  EXPECT_EQ(bench.result("items.distinct()"), R"(["b", "a"])");
  EXPECT_EQ(bench.result("items.slice(1, 3)"), R"(["a", "b"])");
  EXPECT_EQ(bench.result("items.reverse()"), R"(["b", "a", "b"])");
  EXPECT_EQ(bench.result("[items, ['c']].flatten()"), R"(["b", "a", "b", "c"])");
  EXPECT_EQ(bench.result("items.first()"), R"(optional.of("b"))");
  EXPECT_EQ(bench.result("items.last()"), R"(optional.of("b"))");
  EXPECT_EQ(bench.result("sets.equivalent(items, ['a', 'b'])"), "true");
  EXPECT_EQ(bench.result("sets.intersects(['x', 'a'], items)"), "true");
  EXPECT_EQ(bench.result("'%s %s'.format(items)"), R"("b a")");
  EXPECT_EQ(bench.result("'%s'.format([items])"), R"("[b, a, b]")");
  bench.items = {Value::integer(3), Value::real(7.5), Value::unsigned_integer(5)};
  EXPECT_EQ(bench.result("math.greatest(items)"), "7.5");
  EXPECT_EQ(bench.result("math.least(items)"), "3");
}

TEST(Families, HandOnTheErrorsOfAHost) {
  Bench bench;
  bench.items = {Value::string("a"), Value::error(Fault::kHost), Value::string("c")};
  for (const std::string_view source :
       {"items.join()", "items.sort()", "items.distinct()", "items.slice(0, 2)", "items.reverse()",
        "[items].flatten()", "sets.contains(items, ['a', 'b'])", "sets.contains(['a'], items)",
        "sets.intersects(items, ['x'])", "'%s %s'.format(items)", "'%s'.format([items])"}) {
    EXPECT_EQ(bench.result(source), "error(host)") << source;
  }
  bench.items = {Value::integer(1), Value::error(Fault::kHost)};
  EXPECT_EQ(bench.result("math.greatest(items)"), "error(host)");
  EXPECT_EQ(bench.result("items.last()"), "error(host)");
  EXPECT_EQ(bench.result("items.first()"), "optional.of(1)");
}

TEST(Families, FormatAnyDepth) {
  Bench bench;
  // A list in a list in a list …, deeper than any stack would bear if it were followed by calls.
  constexpr std::size_t kDepth = 900;
  std::vector<Value> nested(kDepth + 1);
  nested[0] = Value::integer(7);
  for (std::size_t depth = 1; depth <= kDepth; ++depth) {
    nested[depth] = Value::list(&nested[depth - 1], 1);
  }
  bench.items = {nested[kDepth]};
  EXPECT_EQ(bench.result("'%s'.format(items).size()"), std::to_string(2 * kDepth + 1));
  EXPECT_EQ(bench.result("items.flatten(100000)"), "[7]");
}

TEST(Families, RefuseToFormatWhatIsNestedTooDeep) {
  Bench bench;
  constexpr std::size_t kDepth = 1100;
  std::vector<Value> nested(kDepth + 1);
  for (std::size_t depth = 1; depth <= kDepth; ++depth) {
    nested[depth] = Value::list(&nested[depth - 1], depth == 1 ? 0 : 1);
  }
  bench.items = {nested[kDepth]};
  EXPECT_EQ(bench.result("'%s'.format(items)"), "error(invalid_argument)");
}

}  // namespace
}  // namespace cel
