#include "intake/barrier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intake/router.hpp"
#include "rule_set_fixture.hpp"

namespace intake {
namespace {

using testing::HasSubstr;
using testing::Optional;

TEST(DefaultBarrier, IsOnlyThereWhereTheKeyIsThePatient) {
  EXPECT_EQ(default_barrier("msh.sending_app"), std::nullopt);
  EXPECT_EQ(default_barrier(R"(msg.get("PID-18.1"))"), std::nullopt) << "an account";
  EXPECT_EQ(default_barrier(R"(msg.get("PID-30"))"), std::nullopt);
  EXPECT_THAT(default_barrier("pid.id"), Optional(HasSubstr(R"(dyn(msg.get("MRG-1.1")))")));
  EXPECT_THAT(default_barrier(R"(msg.get("PID-3.1") + "|" + msg.get("PID-3.4"))"),
              Optional(HasSubstr(R"(dyn(msg.get("MRG-1.1") + "|" + msg.get("MRG-1.4")))")));
}

TEST(DefaultBarrier, KnowsTheGuardedFormsOfTheIdentifier) {
  for (const char* form : {R"(pid[?"id"].orValue(""))", "pid[?'id'].orValue('')",
                           R"(pid.?id.orValue(""))", R"(pid["id"])"}) {
    const std::string order_by = std::string(form) + R"( + "|" + msh.sending_facility)";
    EXPECT_THAT(default_barrier(order_by),
                Optional(HasSubstr(
                    R"(== 1 ? dyn(msg.get("MRG-1.1") + "|" + msh.sending_facility) : dyn(true))")))
        << form;
  }
}

TEST(DefaultBarrier, HoldsUpEverythingWhereItCannotReadTheOtherKey) {
  EXPECT_THAT(default_barrier(R"(pid.id + msg.get("PID-5.1"))"),
              Optional(HasSubstr("msg.count(\"MRG\") == 1 ? dyn(true)")));
  EXPECT_THAT(default_barrier("pid.name"),
              Optional(HasSubstr("msg.count(\"MRG\") == 1 ? dyn(true)")));
}

// By its order key and the key that it joins.
RoutePlan plan(const std::string& routing, const std::string& octets) {
  const auto rules = make_rules("connectors:\n  - name: a\n    type: file\n" + routing);
  EXPECT_TRUE(rules.has_value()) << config::to_string(rules.error());
  hl7::Message message;
  EXPECT_TRUE(message.parse(base::as_bytes(octets)));
  static const Peer peer{"192.0.2.7:51034", "lab", "", {}};
  MessageContext& context = MessageContext::of_thread();
  context.open(message, {.peer = peer, .now = {}});
  return plan_route((*rules)->routes().front(), context);
}

std::string adt(const std::string& trigger, const std::string& rest) {
  return "MSH|^~\\&|A|B|C|D|20260101||ADT^" + trigger + "|M1|P|2.5\r" + rest;
}

constexpr const char* kByPatient = "    order_by: msg.get('PID-3.1') + '|' + msg.get('PID-3.4')\n";

TEST(Barrier, AMergeJoinsThePatientThatStaysAndTheOneThatEnds) {
  const RoutePlan merge = plan(kByPatient, adt("A40", "PID|1||77^^^H\rMRG|4711^^^H\r"));
  EXPECT_EQ(merge.key_hash, hash_key("77|H"));
  EXPECT_EQ(merge.joined_hash, hash_key("4711|H"));
}

TEST(Barrier, AMergeJoinsAlsoWhereTheKeyIsGuarded) {
  const RoutePlan merge =
      plan("    order_by: 'pid[?\"id\"].orValue(\"\")'\n", adt("A40", "PID|1||77\rMRG|4711\r"));
  EXPECT_EQ(merge.key_hash, hash_key("77"));
  EXPECT_EQ(merge.joined_hash, hash_key("4711"));
}

TEST(Barrier, ALinkJoinsItsTwoPatients) {
  const RoutePlan link = plan(kByPatient, adt("A24", "PID|1||77^^^H\rPID|2||4711^^^H\r"));
  EXPECT_EQ(link.key_hash, hash_key("77|H"));
  EXPECT_EQ(link.joined_hash, hash_key("4711|H"));
}

TEST(Barrier, SeveralMergesInOneMessageHoldUpEveryKey) {
  const std::string octets = adt("A40", "PID|1||77^^^H\rMRG|1^^^H\rPID|2||78^^^H\rMRG|2^^^H\r");
  EXPECT_EQ(plan(kByPatient, octets).joined_hash, store::kJoinsAll);
  EXPECT_EQ(plan(kByPatient, adt("A40", "PID|1||77^^^H\r")).joined_hash, store::kJoinsAll)
      << "a merge with whom?";
}

TEST(Barrier, OtherEventsJoinNothing) {
  EXPECT_EQ(plan(kByPatient, adt("A08", "PID|1||77^^^H\rMRG|4711^^^H\r")).joined_hash,
            store::kJoinsNone);
  EXPECT_EQ(plan("    order_by: msh.sending_app\n", adt("A40", "PID|1||7\rMRG|8\r")).joined_hash,
            store::kJoinsNone);
  EXPECT_EQ(plan(kByPatient, adt("A40", "PID|1||77^^^H\rMRG|77^^^H\r")).joined_hash,
            store::kJoinsNone)
      << "with itself";
}

TEST(Barrier, AnExpressionOfAnotherTypeStopsTheStart) {
  const auto rules = make_rules(
      "connectors:\n  - name: a\n    type: file\n    order_by: pid.id\n"
      "    barrier: msg.count('MRG')\n");
  ASSERT_FALSE(rules.has_value());
  const std::string text = config::to_string(rules.error());
  EXPECT_THAT(text, HasSubstr("config.yaml:5:14"));
  EXPECT_THAT(text, HasSubstr("connectors[0].barrier: expected a condition (bool) or a text "
                              "(string), this yields int"));
}

TEST(Barrier, AnExpressionSaysItInsteadOfTheStandard) {
  const std::string merge = adt("A40", "PID|1||77\rMRG|4711\r");
  const std::string by_id = "    order_by: pid.id\n";
  EXPECT_EQ(plan(by_id + "    barrier: 'false'\n", merge).joined_hash, store::kJoinsNone);
  EXPECT_EQ(plan(by_id + "    barrier: 'true'\n", merge).joined_hash, store::kJoinsAll);
  EXPECT_EQ(plan(by_id + "    barrier: msg.get('MRG-1.1')\n", merge).joined_hash, hash_key("4711"));
  EXPECT_EQ(plan(by_id + "    barrier: msg.get('ZZZ-1')\n", merge).joined_hash, store::kJoinsNone);
  EXPECT_EQ(plan(by_id + "    barrier: pv1.attending_doctor\n", merge).joined_hash,
            store::kJoinsAll)
      << "cannot be judged";
}

}  // namespace
}  // namespace intake
