#include "cli/load_run.hpp"

#include <gmock/gmock.h>

#include <set>
#include <string>

#include "scripted_server.hpp"

namespace cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::Ge;
using testing::Le;
using testing::SizeIs;

LoadPlan plan_for(const Destination& destination, std::uint64_t message_count) {
  LoadPlan plan;
  plan.destination = destination;
  plan.templates.push_back(LoadTemplate::parse(make_load_message(0)).value());
  plan.message_count = message_count;
  plan.answer_timeout = seconds(30);
  return plan;
}

LoadTally run(LoadPlan plan) {
  return LoadRun(std::move(plan), base::Clock::system(), {}, {}).run();
}

TEST(LoadRun, EveryMessageHasAnIdOfItsOwnAndIsAnswered) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  LoadPlan plan = plan_for(server.destination(), 1000);
  plan.connection_count = 8;
  plan.in_flight_max = 4;
  const LoadTally tally = run(plan);

  EXPECT_TRUE(tally.is_clean());
  EXPECT_EQ(tally.sent, 1000U);
  EXPECT_EQ(tally.accepted, 1000U);
  EXPECT_EQ(tally.measured_answers, 1000U);
  EXPECT_EQ(tally.latency.count(), 1000U);
  EXPECT_GT(tally.measured_time, base::Duration(0));
  EXPECT_EQ(tally.measured_bytes, 1000U * 555U);
  std::set<std::string> ids;
  for (const Arrival& arrival : server.arrivals()) ids.insert(arrival.control_id);
  EXPECT_THAT(ids, SizeIs(1000));
}

TEST(LoadRun, NeverHasMoreInFlightThanAsked) {
  std::string held;
  ScriptedServer server([&held](const Arrival& each) {
    held += answer(each).octets;
    return each.ordinal % 5 == 0 ? raw_octets(std::exchange(held, {})) : silence();
  });
  LoadPlan five = plan_for(server.destination(), 50);
  five.in_flight_max = 5;
  EXPECT_TRUE(run(five).is_clean());

  LoadPlan four = plan_for(server.destination(), 50);
  four.in_flight_max = 4;
  four.answer_timeout = milliseconds(30);
  const LoadTally tally = run(four);
  EXPECT_EQ(tally.unanswered, 4U);
  EXPECT_EQ(tally.connections_lost, 1U);
  EXPECT_FALSE(tally.is_clean());
}

TEST(LoadRun, RunsForTheTimeAskedAndMeasuresAfterTheWarmUp) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  LoadPlan plan = plan_for(server.destination(), 0);
  plan.message_count.reset();
  plan.warm_up = milliseconds(100);
  plan.duration = milliseconds(200);
  const LoadTally tally = run(plan);
  EXPECT_TRUE(tally.is_clean());
  EXPECT_GT(tally.sent, tally.measured_answers) << "the warm-up is not measured";
  EXPECT_GT(tally.measured_answers, 0U);
  EXPECT_THAT(tally.measured_time, AllOf(Ge(milliseconds(100)), Le(seconds(5))));
}

TEST(LoadRun, StopsWhenToldTo) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  LoadPlan plan = plan_for(server.destination(), 0);
  plan.message_count.reset();
  plan.duration = seconds(600);
  std::size_t watched = 0;
  LoadRun load(
      plan, base::Clock::system(), [&watched](const LoadProgress&) { ++watched; },
      [&watched] { return watched >= 2; });
  const LoadTally tally = load.run();
  EXPECT_GT(tally.sent, 0U);
  EXPECT_EQ(tally.accepted, tally.sent);
}

TEST(LoadRun, TellsEachWrongAnswerApart) {
  std::string first_id;
  std::string held;
  ScriptedServer server([&](const Arrival& each) {
    if (each.ordinal == 1) return answer_to("not-yours");
    if (each.ordinal == 2) return raw_octets("\x0bhello\x1c\r");
    if (each.ordinal == 3) return answer(each, "AR");
    if (each.ordinal == 4) return answer(each, "CA");
    const std::string once = answer(each).octets;
    return raw_octets(once + once);
  });
  const LoadTally tally = run(plan_for(server.destination(), 5));
  EXPECT_EQ(tally.mismatched, 1U);
  EXPECT_EQ(tally.unreadable, 1U);
  EXPECT_EQ(tally.by_code[static_cast<std::size_t>(hl7::AckCode::kAR)], 1U);
  EXPECT_EQ(tally.by_code[static_cast<std::size_t>(hl7::AckCode::kCA)], 1U);
  EXPECT_EQ(tally.accepted, 2U);
  EXPECT_EQ(tally.unexpected, 1U);
  EXPECT_FALSE(tally.is_clean());
}

TEST(LoadRun, OctetsBetweenTheAnswersAreNotOverlooked) {
  ScriptedServer server([](const Arrival& each) { return raw_octets("xy" + answer(each).octets); });
  const LoadTally tally = run(plan_for(server.destination(), 3));
  EXPECT_EQ(tally.accepted, 3U);
  EXPECT_EQ(tally.stray_bytes, 6U);
  EXPECT_FALSE(tally.is_clean());
}

TEST(LoadRun, TriesEachAddressOfTheServerInTurn) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  Destination both = resolve(dead_address()).value();
  both.addresses.push_back(server.destination().addresses.front());
  LoadPlan plan = plan_for(both, 10);
  plan.connection_count = 2;
  EXPECT_TRUE(run(plan).is_clean());
}

TEST(LoadRun, SwappedAnswersAreOutOfOrder) {
  std::string held;
  ScriptedServer server([&held](const Arrival& each) {
    if (each.ordinal == 1) {
      held = answer(each).octets;
      return silence();
    }
    return raw_octets(answer(each).octets + held);
  });
  LoadPlan plan = plan_for(server.destination(), 2);
  plan.in_flight_max = 2;
  const LoadTally tally = run(plan);
  EXPECT_EQ(tally.out_of_order, 1U) << "the second came first";
  EXPECT_EQ(tally.mismatched, 1U) << "and the first is then too late";
  EXPECT_EQ(tally.accepted, 0U);
}

TEST(LoadRun, AConnectionThatEndsEarlyLeavesItsMessagesUnanswered) {
  ScriptedServer server(
      [](const Arrival& each) { return each.ordinal == 3 ? hang_up() : answer(each); });
  LoadPlan plan = plan_for(server.destination(), 10);
  const LoadTally tally = run(plan);
  EXPECT_EQ(tally.unanswered, 1U);
  EXPECT_EQ(tally.connections_lost, 1U);
  EXPECT_EQ(tally.accepted, 2U);
  ASSERT_TRUE(tally.first_loss);
  EXPECT_EQ(to_string(*tally.first_loss), "the peer closed the connection");
}

TEST(LoadRun, NobodyThereIsNoSuccess) {
  const auto nobody = resolve(dead_address());
  ASSERT_TRUE(nobody);
  LoadPlan plan = plan_for(*nobody, 10);
  plan.connection_count = 3;
  const LoadTally tally = run(plan);
  EXPECT_EQ(tally.sent, 0U);
  EXPECT_EQ(tally.connections_lost, 3U);
  EXPECT_FALSE(tally.is_clean());
  ASSERT_TRUE(tally.first_loss);
  EXPECT_EQ(to_string(*tally.first_loss), "Connection refused");
}

TEST(LoadRun, TakesTheTemplatesInTurn) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  LoadPlan plan = plan_for(server.destination(), 4);
  plan.templates.clear();
  plan.templates.push_back(LoadTemplate::parse("MSH|^~\\&|A|||||||1|P\r").value());
  plan.templates.push_back(LoadTemplate::parse("MSH|^~\\&|B|||||||1|P\r").value());
  EXPECT_TRUE(run(plan).is_clean());
  std::string applications;
  for (const Arrival& arrival : server.arrivals()) applications += arrival.payload.at(9);
  EXPECT_EQ(applications, "ABAB");
}

}  // namespace
}  // namespace cli
