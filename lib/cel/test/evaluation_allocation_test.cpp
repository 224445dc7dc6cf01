// No allocation for rules over strings: counted, not believed.
#include <gtest/gtest.h>

#include "cel/collections.hpp"
#include "cel/environment.hpp"
#include "test_support/allocation_count.hpp"

namespace cel {
namespace {

using test_support::allocation_count;

Value make_map(Arena& arena, std::string_view type, std::string_view value) {
  MapBuilder map(arena);
  map.add(Value::string("id"), Value::string(value));
  map.add(Value::string("msg_type"), Value::string("ORU"));
  map.add(Value::string("country"), Value::string("FI"));
  map.add(Value::string("value_type"), Value::string(type));
  map.add(Value::string("value"), Value::string(value));
  map.add(Value::string("status"), Value::string("F"));
  return map.finish();
}

TEST(Evaluation, OfRulesOverStringsAllocatesNothing) {
  constexpr std::string_view kSources[] = {
      R"(pid.id != "")",
      R"(pid.msg_type in ["ADT","ORU","ORM"])",
      R"(obx_list.all(o, o.value_type != "NM" || o.value.matches("^-?[0-9.]+$")))",
      R"(pid[?"country"].orValue("") == "FI")",
      R"(pid.msg_type == "ORU" && pid.id.startsWith("4") && obx_list.exists(o, o.status == "F"))",
      R"(pid.missing == "x" || pid.id == "4711")",
  };
  Environment environment;
  ASSERT_TRUE(environment.add_variable("pid", "map(string, string)"));
  ASSERT_TRUE(environment.add_variable("obx_list", "list(map(string, string))"));
  Arena arena;
  Activation activation(2);
  activation.bind(0, make_map(arena, "NM", "4711"));
  ListBuilder list(arena);
  for (int count = 0; count < 5; ++count) list.add(make_map(arena, "NM", "-5.1"));
  activation.bind(1, list.finish());
  for (const std::string_view source : kSources) {
    const auto program = environment.compile(source);
    ASSERT_TRUE(program) << source;
    Evaluation evaluation(100'000);
    std::size_t hits = program->evaluate(activation, evaluation).as_bool() ? 1U : 0U;  // grows
    const std::size_t before = allocation_count();
    for (int turn = 0; turn < 100; ++turn) {
      hits += program->evaluate(activation, evaluation).as_bool() ? 1U : 0U;
    }
    EXPECT_EQ(allocation_count(), before) << source;
    EXPECT_EQ(hits, 101U) << source;
  }
  const std::size_t before = allocation_count();
  EXPECT_TRUE(environment.compile("true"));
  EXPECT_GT(allocation_count(), before) << "the count must see what allocates";
}

}  // namespace
}  // namespace cel
