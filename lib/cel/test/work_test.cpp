// Work beside cost: whatever an expression costs, what it reads is counted, and bounded.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

#include "cel/collections.hpp"
#include "cel/compare.hpp"
#include "cel/environment.hpp"
#include "cel/render.hpp"
#include "lib/cel/test_support/hostile_cases.hpp"
#include "pattern_cache.hpp"

namespace cel {
namespace {

using test_support::HostileBindings;
using test_support::kHostileCases;

constexpr std::uint64_t kCostLimit = 100'000;
constexpr std::uint64_t kStepsLimit =
    Evaluation::kStepsAtLeast + kCostLimit * Evaluation::kStepsPerUnit;

// Each would go on for long; each is stopped by one of the counts, or has nothing left to do.
TEST(Work, OfHostileExpressionsIsStopped) {
  HostileBindings bindings;
  const Activation activation = bindings.activation();
  std::size_t stopped_by_work = 0;
  for (const auto& hostile : kHostileCases) {
    SCOPED_TRACE(hostile.what);
    const auto program = bindings.environment().compile(hostile.expression);
    ASSERT_TRUE(program) << render(program.error(), hostile.expression);
    Evaluation evaluation(kCostLimit);
    const Value result = program->evaluate(activation, evaluation);
    EXPECT_LE(evaluation.steps(), kStepsLimit);
    if (!result.is_error()) continue;
    const Fault fault = result.fault();
    EXPECT_TRUE(fault == Fault::kWorkLimit || fault == Fault::kCostLimit ||
                fault == Fault::kMemoryLimit || fault == Fault::kInvalidConversion)
        << to_string(fault);
    if (fault != Fault::kWorkLimit) continue;
    EXPECT_EQ(evaluation.steps(), kStepsLimit);
    ++stopped_by_work;
  }
  EXPECT_GE(stopped_by_work, 25U) << "the cases are about what cost does not show";
}

// Counts how often it is read, which is work that no count of the engine can hide.
class CountedNumbers final : public ListView {
 public:
  [[nodiscard]] std::size_t size() const override { return 100'000; }

  [[nodiscard]] Value at(std::size_t index, Arena& /*arena*/) const override {
    ++reads;
    return Value::integer(static_cast<std::int64_t>(index));
  }

  mutable std::uint64_t reads = 0;
};

TEST(Work, HasAStepForEachItemThatIsRead) {
  Environment environment;
  ASSERT_TRUE(environment.add_variable("host", "list(int)"));
  ASSERT_TRUE(environment.add_variable("turns", "list(int)"));
  for (const char* expression : {
           "turns.exists(i, [host] != [turns])",
           "turns.exists(i, dyn(-1) in dyn(host))",
           "turns.exists(i, host.exists_one(j, false))",
           "turns.exists(i, host.filter(j, false) != [])",
           "turns.exists(i, dyn(host).sort() == [])",
           "turns.exists(i, [[host]].flatten(9) == [])",
           "turns.exists(i, sets.contains([host, turns], []) == false)",
       }) {
    SCOPED_TRACE(expression);
    const auto program = environment.compile(expression);
    ASSERT_TRUE(program) << render(program.error(), expression);
    const CountedNumbers host;
    const CountedNumbers turns;
    Activation activation(2);
    activation.bind(0, Value::list(host));
    activation.bind(1, Value::list(turns));
    Evaluation evaluation(kCostLimit);
    EXPECT_TRUE(program->evaluate(activation, evaluation).is_error());
    EXPECT_LE(host.reads + turns.reads, evaluation.steps() / 4);
  }
}

// A fault that says "never" is no fault that a rule may turn into "yes".
TEST(Work, BeyondTheLimitIsNotAbsorbed) {
  HostileBindings bindings;
  const auto program = bindings.environment().compile(
      "turns.exists(i, size(big) == i) || true || [1].exists(n, n == 1)");
  ASSERT_TRUE(program);
  Evaluation evaluation(kCostLimit);
  const Value result = program->evaluate(bindings.activation(), evaluation);
  ASSERT_TRUE(result.is_error());
  EXPECT_EQ(result.fault(), Fault::kWorkLimit);
  EXPECT_LT(evaluation.cost(), kCostLimit);
}

// The evaluation after one that was stopped begins anew.
TEST(Work, IsCountedForEachEvaluation) {
  HostileBindings bindings;
  const auto heavy = bindings.environment().compile("turns.exists(i, size(big) == i)");
  const auto light = bindings.environment().compile("size(big) == 4194304");
  Evaluation evaluation(kCostLimit);
  EXPECT_TRUE(heavy->evaluate(bindings.activation(), evaluation).is_error());
  const Value result = light->evaluate(bindings.activation(), evaluation);
  ASSERT_TRUE(result.is(Kind::kBool));
  EXPECT_TRUE(result.as_bool());
  EXPECT_EQ(evaluation.steps(), HostileBindings::kTextBytes / 8);
}

TEST(Work, GrowsWithTheCostLimit) {
  HostileBindings bindings;
  const auto program = bindings.environment().compile("turns.exists(i, size(big) == i)");
  for (const std::uint64_t limit : {std::uint64_t{1'000}, std::uint64_t{20'000}}) {
    Evaluation evaluation(limit);
    EXPECT_TRUE(program->evaluate(bindings.activation(), evaluation).is_error());
    EXPECT_EQ(evaluation.steps(), Evaluation::kStepsAtLeast + limit * Evaluation::kStepsPerUnit);
  }
}

// Keys that a hash of multiplication by a known number would all put into one bucket.
TEST(Work, OfLookingUpDoesNotDependOnTheKeysChosen) {
  constexpr std::uint64_t kTopBit = std::uint64_t{1} << 63U;
  constexpr std::uint64_t kBits = kTopBit | (std::uint64_t{1} << 31U);
  Arena arena;
  std::set<std::uint64_t> hashes;
  for (std::uint32_t choice = 0; choice < 1024; ++choice) {
    std::string key(20 * sizeof(std::uint64_t), 'k');
    for (std::size_t pair = 0; pair < 10; ++pair) {
      if ((choice >> pair & 1U) == 0) continue;
      const std::uint64_t flips[] = {kTopBit, kBits};
      for (std::size_t index = 0; index < sizeof flips; ++index) {
        key[pair * sizeof flips + index] ^= reinterpret_cast<const char*>(flips)[index];
      }
    }
    hashes.insert(hash(Value::string(key)) & 0xFFFF);
  }
  EXPECT_GT(hashes.size(), 900U);
}

TEST(PatternCache, CompilesWhatItDoesNotKnow) {
  PatternCache cache;
  Arena arena;
  arena.set_steps_limit(1'000'000'000);
  const MatchPattern* digits = cache.match_pattern("^[0-9]+$", 100, arena);
  ASSERT_NE(digits, nullptr);
  EXPECT_TRUE(digits->matches("42"));
  EXPECT_EQ(cache.match_pattern("^[0-9]+$", 100, arena), digits);
  EXPECT_EQ(cache.compiled_count(), 1U);
  ASSERT_NE(cache.search_pattern("^[0-9]+$", 100, arena), nullptr);
  EXPECT_EQ(cache.compiled_count(), 2U) << "for another purpose";
  EXPECT_EQ(cache.match_pattern("(", 100, arena), nullptr);
  EXPECT_EQ(cache.match_pattern("(", 100, arena), nullptr);
  EXPECT_EQ(cache.compiled_count(), 3U) << "that it is none is known as well";
  EXPECT_EQ(cache.match_pattern("aaaa", 3, arena), nullptr);
  EXPECT_EQ(cache.compiled_count(), 3U);
}

TEST(PatternCache, KeepsThoseUsedLast) {
  PatternCache cache;
  Arena arena;
  for (std::size_t turn = 0; turn < 3; ++turn) {
    for (std::size_t index = 0; index < PatternCache::kPatternsMax; ++index) {
      ASSERT_NE(cache.match_pattern(std::string(index + 1, 'a'), 100, arena), nullptr);
    }
  }
  EXPECT_EQ(cache.compiled_count(), PatternCache::kPatternsMax);
  ASSERT_NE(cache.match_pattern("a", 100, arena), nullptr);
  ASSERT_NE(cache.match_pattern("b", 100, arena), nullptr);
  ASSERT_NE(cache.match_pattern("a", 100, arena), nullptr);
  EXPECT_EQ(cache.compiled_count(), PatternCache::kPatternsMax + 1);
  ASSERT_NE(cache.match_pattern("aa", 100, arena), nullptr);
  EXPECT_EQ(cache.compiled_count(), PatternCache::kPatternsMax + 2) << "the oldest had to go";
}

// So what an evaluation comes to does not depend on the ones before it.
TEST(PatternCache, CountsTheSameWorkWarmAndCold) {
  Environment environment;
  ASSERT_TRUE(environment.add_variable("patterns", "list(string)"));
  const auto program = environment.compile("patterns.all(p, 'a'.matches(p) || 'a'.matches(p))");
  ASSERT_TRUE(program);
  Arena arena;
  ListBuilder list(arena);
  for (const char* pattern : {"a", "\\pL+", "a", "[ab]", "\\pL+"}) {
    list.add(Value::string(pattern));
  }
  Activation activation(1);
  activation.bind(0, list.finish());
  Evaluation evaluation(kCostLimit);
  ASSERT_TRUE(program->evaluate(activation, evaluation).as_bool());
  const std::uint64_t cold = evaluation.steps();
  EXPECT_GT(cold, 700'000U) << "letters of all languages are a large program";
  EXPECT_LT(cold, 2'000'000U) << "and compiled once";
  ASSERT_TRUE(program->evaluate(activation, evaluation).as_bool());
  EXPECT_EQ(evaluation.steps(), cold);
}

}  // namespace
}  // namespace cel
