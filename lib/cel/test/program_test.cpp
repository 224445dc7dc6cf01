// How a host uses the engine: what it binds, what it may limit, what it is told.
#include "cel/program.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "cel/collections.hpp"
#include "cel/environment.hpp"
#include "cel/render.hpp"

namespace cel {
namespace {

constexpr std::array<std::string_view, 3> kPidFields = {"id", "name", "country"};

// A record that notes what was read of it.
class Pid final : public MapView {
 public:
  [[nodiscard]] std::size_t size() const override { return kPidFields.size(); }

  [[nodiscard]] Value find(const Value& key, Arena& arena) const override {
    for (std::uint32_t index = 0; index < kPidFields.size(); ++index) {
      if (key.is(Kind::kString) && key.as_text() == kPidFields[index]) {
        return field(index, key, arena);
      }
    }
    return {};
  }

  [[nodiscard]] Value key_at(std::size_t index, Arena& /*arena*/) const override {
    return Value::string(kPidFields[index]);
  }

  [[nodiscard]] Value field(std::uint32_t index, const Value& /*key*/,
                            Arena& /*arena*/) const override {
    reads.push_back(index);
    if (index == 2) return {};  // this patient has no country
    return Value::string(index == 0 ? "4711" : "Doe");
  }

  mutable std::vector<std::uint32_t> reads;
};

class Numbers final : public ListView {
 public:
  [[nodiscard]] std::size_t size() const override { return 1'000'000; }

  [[nodiscard]] Value at(std::size_t index, Arena& /*arena*/) const override {
    return Value::integer(static_cast<std::int64_t>(index));
  }
};

Environment make_environment(EnvironmentOptions options = {}) {
  Environment environment(std::move(options));
  EXPECT_TRUE(environment.add_record("Pid", kPidFields));
  EXPECT_TRUE(environment.add_variable("pid", "Pid"));
  EXPECT_TRUE(environment.add_variable("numbers", "list(int)"));
  EXPECT_TRUE(environment.add_variable("text", "string"));
  return environment;
}

struct Host {
  Host() : activation(3) {
    activation.bind(0, Value::map(pid));
    activation.bind(1, Value::list(numbers));
  }

  Pid pid;
  Numbers numbers;
  Activation activation;
};

std::string evaluated(const Environment& environment, const Host& host, std::string_view source,
                      Evaluation& evaluation) {
  const auto program = environment.compile(source);
  if (!program) return render(program.error(), source);
  const Value result = program->evaluate(host.activation, evaluation);
  return result.is_error() ? describe(result) : to_literal(result);
}

std::string evaluated(std::string_view source) {
  Evaluation evaluation;
  return evaluated(make_environment(), Host(), source, evaluation);
}

TEST(Host, IsReadOnlyWhereTheExpressionReads) {
  const Environment environment = make_environment();
  const Host host;
  Evaluation evaluation;
  EXPECT_EQ(evaluated(environment, host, "pid.id == '4711'", evaluation), "true");
  EXPECT_EQ(host.pid.reads, std::vector<std::uint32_t>{0});
  EXPECT_EQ(evaluated(environment, host, "numbers[999999]", evaluation), "999999");
  EXPECT_EQ(evaluated(environment, host, "numbers.exists(n, n == 3)", evaluation), "true");
}

struct Row {
  std::string_view source;
  std::string_view result;
};

TEST(Host, RecordsAreMapsWithKnownKeys) {
  constexpr Row kRows[] = {
      {"pid.id", "\"4711\""},
      {"pid[\"name\"]", "\"Doe\""},
      {"pid.country", "no such key: \"country\""},
      {"has(pid.country)", "false"},
      {"pid[?\"country\"].orValue(\"?\")", "\"?\""},
      {"pid.map(k, k)", "[\"id\", \"name\", \"country\"]"},
      {"\"id\" in pid", "true"},
      {"size(pid)", "3"},
      {"pid[text]", "no such variable: text"},
  };
  for (const Row& row : kRows) EXPECT_EQ(evaluated(row.source), row.result) << row.source;
}

TEST(Diagnostics, NameThePlaceAndShowIt) {
  constexpr Row kRows[] = {
      {"pid.idd == ''",
       "1:5: 'Pid' has no field 'idd'; it has id, name, country\n"
       "  pid.idd == ''\n"
       "      ^\n"},
      {"pid[\"idd\"]",
       "1:5: 'Pid' has no field 'idd'; it has id, name, country\n"
       "  pid[\"idd\"]\n"
       "      ^\n"},
      {"pit.id",
       "1:1: nothing is named 'pit'; did you mean 'pid'?\n"
       "  pit.id\n"
       "  ^\n"},
      {"true &&\n  pid.id + 1",
       "2:10: no operator '+' for 'string', 'int'\n"
       "    pid.id + 1\n"
       "           ^\n"},
      {"[1, *, 'a]",
       "1:5: unexpected '*': a value is wanted here\n"
       "  [1, *, 'a]\n"
       "      ^\n"
       "1:8: a text without its closing quote\n"
       "  [1, *, 'a]\n"
       "         ^\n"},
      {"f(1) || g('ä') || h(1)",
       "1:1: there is no function 'f'\n"
       "  f(1) || g('ä') || h(1)\n"
       "  ^\n"
       "1:9: there is no function 'g'\n"
       "  f(1) || g('ä') || h(1)\n"
       "          ^\n"
       "1:19: there is no function 'h'\n"
       "  f(1) || g('ä') || h(1)\n"
       "                    ^\n"},
      {"1 +", "1:4: the expression ends too early: a value is wanted here\n  1 +\n     ^\n"},
      {"Patient{id: 1}",
       "1:1: protobuf messages are not supported: 'Patient'\n  Patient{id: 1}\n  ^\n"},
      {"1 ? 2 : 3",
       "1:1: a value of type 'bool' is wanted here, this is 'int'\n  1 ? 2 : 3\n  ^\n"},
  };
  for (const Row& row : kRows) EXPECT_EQ(evaluated(row.source), row.result) << row.source;
}

TEST(Warnings, AreForReadsThatNothingAskedFor) {
  Environment environment;
  ASSERT_TRUE(environment.add_record("Pid", kPidFields, RecordForm::kMayBeEmpty));
  ASSERT_TRUE(environment.add_record("Msh", kPidFields));
  ASSERT_TRUE(environment.add_variable("pid", "Pid"));
  ASSERT_TRUE(environment.add_variable("msh", "Msh"));
  ASSERT_TRUE(environment.add_variable("pids", "list(Pid)"));
  const auto warned = [&](std::string_view source) {
    const auto program = environment.compile(source);
    EXPECT_TRUE(program) << source;
    return program && !program->warnings().empty() ? program->warnings()[0].message : "";
  };
  EXPECT_EQ(
      warned("msh.id == '' && pid.id != ''"),
      "'pid' may be empty, and then this is an error; write pid[?\"id\"].orValue(\"\"), or ask "
      "before: has(pid.id) && …");
  EXPECT_EQ(warned("'x' + pid['name']"),
            "'pid' may be empty, and then this is an error; write pid[?\"name\"].orValue(\"\")");
  constexpr std::string_view kUnguarded[] = {
      "pid.id == '' && has(pid.id)",     "has(pid.id) || pid.id == ''",
      "has(pid.id) ? '' : pid.name",     "!('id' in pid) && pid.id == ''",
      "pid == {} ? pid.id == '' : true", "pids.exists(p, p.id == pid.id)",
  };
  for (const std::string_view source : kUnguarded) EXPECT_NE(warned(source), "") << source;
  constexpr std::string_view kGuarded[] = {
      "has(pid.id) && pid.id == ''",
      "!has(pid.id) || pid.id == ''",
      "has(pid.id) ? pid.name : ''",
      "'id' in pid && pid.id == ''",
      "pid != {} && pid['id'] == ''",
      "pid == {} || pid.id == ''",
      "pid[?'id'].orValue('') == ''",
      "pid.?id.hasValue()",
      "pids.exists(p, p.id == '4711')",
      "msh.id == ''",
      "has(pid.id) && (msh.id == '' || pid.id == pid.name)",
  };
  for (const std::string_view source : kGuarded) EXPECT_EQ(warned(source), "") << source;
}

// `msg.has("id")`, `msg.count("id")`: of the record that is named like the argument.
bool names_variable(Args args, std::string_view variable) {
  return args.size() == 2 && args[1].is(Kind::kString) && args[1].as_text() == variable;
}

Value nothing(Context& /*context*/, Args /*args*/) { return Value::integer(0); }

TEST(Warnings, KnowCountsAndWhatTheHostSays) {
  Environment environment;
  ASSERT_TRUE(environment.add_record("Pid", kPidFields, RecordForm::kMayBeEmpty));
  ASSERT_TRUE(environment.add_variable("pid", "Pid"));
  ASSERT_TRUE(environment.add_variable("pids", "list(Pid)"));
  ASSERT_TRUE(environment.add_first_of("pid", "pids"));
  EXPECT_FALSE(environment.add_first_of("pid", "nowhere"));
  ASSERT_TRUE(environment.add_variable("text", "string"));
  ASSERT_TRUE(environment.add_function({.id = "has",
                                        .form = Form::kMember,
                                        .name = "asks",
                                        .signature = "(string, string) -> bool",
                                        .run = nothing,
                                        .guards = names_variable}));
  ASSERT_TRUE(environment.add_function({.id = "count",
                                        .form = Form::kMember,
                                        .name = "count",
                                        .signature = "(string, string) -> int",
                                        .run = nothing,
                                        .guards = names_variable}));
  const auto is_warned = [&](const std::string& source) {
    const auto program = environment.compile(source);
    EXPECT_TRUE(program) << source;
    return program && !program->warnings().empty();
  };
  const std::string read = "pid.id == ''";
  for (const std::string guard :
       {"pid.size() > 0", "size(pid) != 0", "0 < pid.size()", "pid.size() >= 1", "pid.size() == 3",
        "!(pid.size() == 0)", "!(pid.size() < 1)", "pids.size() > 0", "pids != []",
        "pids.exists(p, p.id == '')", "pids.exists_one(p, p.id == '')", "text.asks('pid')",
        "text.count('pid') > 0", "text.count('pid') == 1", "!(text.count('pid') <= 0)"}) {
    EXPECT_FALSE(is_warned(guard + " && " + read)) << guard;
    EXPECT_FALSE(is_warned("!(" + guard + ") || " + read)) << guard;
    EXPECT_TRUE(is_warned(read + " && " + guard)) << guard;
    EXPECT_TRUE(is_warned(guard + " || " + read)) << guard;
  }
  for (const std::string guard :
       {"pid.size() >= 0", "pid.size() != 1", "pid.size() == 0", "pid.size() < 9", "pids == []",
        "pids.all(p, p.id == '')", "text.asks('pids')", "!text.asks('pid')",
        "text.count('pid') >= 0", "text.count('pid') == 0", "text.count(text) > 0"}) {
    EXPECT_TRUE(is_warned(guard + " && " + read)) << guard;
  }
}

TEST(Warnings, KnowWhatConditionsBeforeHaveShown) {
  Environment environment;
  ASSERT_TRUE(environment.add_record("Pid", kPidFields, RecordForm::kMayBeEmpty));
  for (const std::string_view name : {"pid", "other"}) {
    ASSERT_TRUE(environment.add_variable(name, "Pid"));
  }
  const auto guard = environment.compile("has(pid.id) && other.size() == 0");
  ASSERT_TRUE(guard);
  const auto warnings = [&](std::string_view source, const KnownRecords& known) {
    return environment.compile(source, known)->warnings().size();
  };
  EXPECT_EQ(warnings("pid.id == ''", guard->known_records(true)), 0u);
  EXPECT_EQ(warnings("pid.id == ''", guard->known_records(false)), 1u);
  EXPECT_EQ(warnings("other.id == ''", guard->known_records(true)), 1u);
  const auto next = environment.compile("!has(other.id)", guard->known_records(true));
  EXPECT_EQ(warnings("other.id + pid.id == ''", next->known_records(false)), 0u);
  EXPECT_EQ(warnings("other.id + pid.id == ''", next->known_records(true)), 1u);
}

TEST(Budget, StopsExactlyAtTheLimit) {
  constexpr std::string_view kSources[] = {
      "pid.id != '' && pid.name == 'Doe'",         "[1, 2, 3].map(n, n * 2).size() == 3",
      "'abc'.matches('^[a-c]+$') || false",        "pid[?'country'].orValue('x') in ['x', 'y']",
      "{'a': 1}.exists(k, v, k == 'a' && v == 1)", "cel.bind(x, 1 + 1, x * x) == 4",
  };
  for (const bool optimize : {true, false}) {
    EnvironmentOptions options;
    options.optimize = optimize;
    const Environment environment = make_environment(options);
    const Host host;
    for (const std::string_view source : kSources) {
      Evaluation free;
      ASSERT_EQ(evaluated(environment, host, source, free), "true") << source;
      const std::uint64_t cost = free.cost();
      ASSERT_GT(cost, 0U);
      for (std::uint64_t limit = 0; limit < cost; ++limit) {
        Evaluation limited(limit);
        EXPECT_EQ(evaluated(environment, host, source, limited), "the cost limit is exceeded")
            << source << " with " << limit;
        EXPECT_GT(limited.cost(), limit);
      }
      Evaluation enough(cost);
      EXPECT_EQ(evaluated(environment, host, source, enough), "true") << source;
      EXPECT_EQ(enough.cost(), cost);
    }
  }
}

TEST(Budget, IsEstimatedWhenCompiling) {
  struct Estimated {
    std::string_view source;
    std::uint64_t min;
    std::uint64_t max;
  };

  constexpr Estimated kRows[] = {
      {"1 + 2", 1, 1},
      {"text == 'abc'", 1, 2},
      {"text == text", 2, UINT64_MAX},
      {"text == 'a' || text == 'b'", 1, 4},
      {"text.startsWith('abc') ? 1 : 2", 1, UINT64_MAX},
      {"[1, 2, numbers[0]].all(n, n > 0)", 12 + 4 + 1, 12 + 3 * 5 + 3},
      {"numbers.exists(n, n > 0)", 2, UINT64_MAX},
      {"lists.range(numbers[0]).size()", 13, UINT64_MAX},
      {"pid[?'id'].orValue('')", 1, 2},
  };
  for (const Estimated& row : kRows) {
    const auto program = make_environment().compile(row.source);
    ASSERT_TRUE(program) << row.source;
    EXPECT_EQ(program->cost_estimate().min, row.min) << row.source;
    EXPECT_EQ(program->cost_estimate().max, row.max) << row.source;
  }
}

// Without types nobody knows which overload a call will be: it costs a unit.
TEST(Budget, IsEstimatedWithoutTypesAsItIsCharged) {
  EnvironmentOptions options;
  options.check_types = false;
  for (const bool optimize : {true, false}) {
    options.optimize = optimize;
    const Environment environment(options);
    for (const char* source :
         {R"("abc".contains("b"))", R"(1.contains(""))", R"("abc".matches("[a-z]+") || 1 < "a")",
          R"(cidr("20.0.0.0/8").contains(""))", R"([1, 2].map(x, x.lowerAscii()).size())"}) {
      const auto program = environment.compile(source);
      ASSERT_TRUE(program.has_value()) << source;
      Evaluation evaluation(1000);
      static_cast<void>(program->evaluate(Activation(0), evaluation));
      EXPECT_LE(evaluation.cost(), program->cost_estimate().max) << source;
      EXPECT_GE(evaluation.cost(), program->cost_estimate().min) << source;
    }
  }
}

TEST(Budget, IsNotAbsorbed) {
  Evaluation evaluation(1000);
  EXPECT_EQ(evaluated(make_environment(), Host(), "numbers.all(n, n >= 0) || true", evaluation),
            "the cost limit is exceeded");
  EXPECT_EQ(evaluated(make_environment(), Host(), "numbers.exists(n, n == -1 || 1/0 > 0) || true",
                      evaluation),
            "the cost limit is exceeded");
}

TEST(Memory, IsBounded) {
  EnvironmentOptions options;
  options.values.arena_bytes_max = 100'000;
  Evaluation evaluation;
  EXPECT_EQ(evaluated(make_environment(options), Host(), "numbers.map(n, n).size() > 0 || true",
                      evaluation),
            "the memory limit is exceeded");
  EXPECT_EQ(evaluated(make_environment(options), Host(), "1 + 1", evaluation), "2");
}

TEST(Memory, OfTextsIsBounded) {
  std::string source = "'0123456789abcdef'";
  for (int depth = 0; depth < 30; ++depth) source = "cel.bind(x, " + source + ", x + x)";
  EXPECT_EQ(evaluated(source), "a value is larger than allowed");
}

TEST(Sources, AreBounded) {
  EnvironmentOptions options;
  options.source.nodes_max = 1000;
  options.source.bytes_max = 5000;
  const Environment environment = make_environment(options);
  Evaluation evaluation;
  const auto result = [&](const std::string& source) {
    return evaluated(environment, Host(), source, evaluation);
  };
  EXPECT_EQ(result(std::string(4999, ' ') + "1"), "1");
  EXPECT_NE(result(std::string(5000, ' ') + "1").find("too long"), std::string::npos);
  std::string many = "size([0";
  for (int count = 0; count < 990; ++count) many += ",0";
  EXPECT_EQ(result(many + "])"), "991");
  for (int count = 0; count < 10; ++count) many += ",0";
  EXPECT_NE(result(many + "])").find("too many parts"), std::string::npos);
  EXPECT_NE(result("'\xFF'").find("no UTF-8"), std::string::npos);
}

TEST(Sources, NestedAsDeepAsCanBeNeedNoStack) {
  std::string failure;
  // A thread of the C library has some MiB; what is nested must not grow with the source.
  std::thread([&failure] {
    constexpr std::string_view kOpeners[] = {"(",  "[",    "{1:", "!(", "-(",   "f(",  "a[",
                                             "a?", "a?b:", "{",   "[?", "x.f(", "T{a:"};
    for (const std::string_view opener : kOpeners) {
      std::string source;
      while (source.size() + opener.size() < 99'000) source += opener;
      const std::string result = evaluated(source);
      if (result.find("nested too deeply") == std::string::npos &&
          result.find("wanted here") == std::string::npos) {
        failure += std::string(opener) + ": " + result.substr(0, 200) + "\n";
      }
    }
    constexpr std::string_view kChains[] = {".a", "[0]", "+1", ".f()", " in a", "?b:c"};
    for (const std::string_view link : kChains) {
      std::string source = "a";
      while (source.size() + link.size() < 99'000) source += link;
      const std::string result = evaluated(source);
      if (result.find("nested too deeply") == std::string::npos) {
        failure += std::string(link) + ": " + result.substr(0, 200) + "\n";
      }
    }
  }).join();
  EXPECT_EQ(failure, "");
}

TEST(Sources, OfManyTermsAreNotDeep) {
  std::string source = "true";
  for (int count = 0; count < 5000; ++count) source += " && true";
  EXPECT_EQ(evaluated(source), "true");
}

// What threads could meet in: constants and their patterns, patterns made while evaluating, the
// database of time zones, folded lists and maps, functions and hashes.
TEST(Programs, AreSharedByThreads) {
  const Environment environment = make_environment();
  constexpr const char* kSources[] = {
      "text.matches('^[0-9]+$') && text in ['7', '8'] && size(text + text) == 2",
      "text.matches('(?i)^[0-9]\\\\b') && text.matches('^' + text + '$')",
      "regex.replace(text + 'a', '([0-9])(a)', '\\\\2\\\\1') == 'a7'",
      "regex.extract(text, '(' + text + ')') == optional.of('7')",
      "timestamp(int(text)).getHours('Europe/Helsinki') == 2",
      "timestamp(int(text)).getHours('Asia/' + (text == '7' ? 'Tokyo' : '')) == 9",
      "{'1': 1, '2': 2, '3': 3, '4': 4, '5': 5, '6': 6, '7': 7, '8': 8, '9': 9}[text] == 7",
      "lists.range(8).map(n, string(n)).sort().exists(n, n == text)",
      "'%s'.format([text]) == text && ip('127.0.0.' + text).isLoopback()",
  };
  std::vector<Program> programs;
  for (const char* source : kSources) {
    const auto program = environment.compile(source);
    ASSERT_TRUE(program) << render(program.error(), source);
    programs.push_back(*program);
  }
  std::array<std::size_t, 4> hits{};
  std::vector<std::thread> threads;
  for (std::size_t& hit : hits) {
    threads.emplace_back([&environment, &programs, &kSources, &hit] {
      Activation activation(3);
      activation.bind(2, Value::string("7"));
      Evaluation evaluation(100'000);
      for (std::size_t turn = 0; turn < 200; ++turn) {
        for (const Program& program : programs) {
          const Value result = program.evaluate(activation, evaluation);
          hit += result.is(Kind::kBool) && result.as_bool() ? 1U : 0U;
        }
        // Compiling only reads the environment.
        if (turn % 50 == 0) hit += environment.compile(kSources[turn / 50]) ? 1U : 0U;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::size_t hit : hits) EXPECT_EQ(hit, 200 * programs.size() + 4);
}

TEST(Programs, TakeNoActivationThatIsTooSmall) {
  const auto program = make_environment().compile("text == ''");
  ASSERT_TRUE(program);
  EXPECT_EQ(program->variable_count(), 3U);
  Evaluation evaluation;
  EXPECT_EQ(describe(program->evaluate(Activation(2), evaluation)), "no such variable");
}

TEST(Programs, OfManyLargeConstantsAreNotTooLarge) {
  std::string source = "size(lists.range(100000))";
  for (int count = 0; count < 20; ++count) source += " + size(lists.range(100000))";
  const auto program = make_environment().compile(source);
  ASSERT_TRUE(program) << render(program.error(), source);
}

TEST(Environment, RefusesWhatItCannotDeclare) {
  Environment environment;
  EXPECT_TRUE(environment.add_variable("a", "int"));
  EXPECT_FALSE(environment.add_variable("a", "int"));
  EXPECT_FALSE(environment.add_variable("b", "list("));
  EXPECT_FALSE(environment.add_variable("b", "map(int)"));
  EXPECT_FALSE(environment.add_function({.id = "f", .name = "f", .signature = "int -> int"}));
  EXPECT_TRUE(environment.add_constant("limit", "int", Value::integer(3)));
  Evaluation evaluation;
  EXPECT_EQ(evaluated(environment, Host(), "limit + 1", evaluation), "4");
}

TEST(Environment, TakesFunctionsOfTheHost) {
  static int calls = 0;
  Environment environment;
  static constexpr std::int64_t kFactor = 3;
  const Overload overload{.id = "times_int",
                          .form = Form::kMember,
                          .name = "times",
                          .signature = "(int) -> int",
                          .run =
                              [](Context& context, Args args) {
                                ++calls;
                                if (args[0].as_int() < 0) return context.fail(Fault::kHost, "no");
                                const auto factor =
                                    *static_cast<const std::int64_t*>(context.data());
                                return Value::integer(args[0].as_int() * factor);
                              },
                          .cost = [](Args) { return std::uint64_t{50}; },
                          .data = &kFactor,
                          .pure = false};
  ASSERT_TRUE(environment.add_function(overload));
  Evaluation evaluation(60);
  EXPECT_EQ(evaluated(environment, Host(), "7.times()", evaluation), "21");
  EXPECT_EQ(evaluation.cost(), 50U);
  EXPECT_EQ(evaluated(environment, Host(), "(-7).times()", evaluation), "the host failed: no");
  const int before = calls;
  EXPECT_EQ(evaluated(environment, Host(), "7.times() + 7.times()", evaluation),
            "the cost limit is exceeded");
  EXPECT_EQ(calls, before + 1) << "the second call has no budget and does not run";
}

}  // namespace
}  // namespace cel
