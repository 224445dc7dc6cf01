// What rules may cost: no allocation in the steady state, and never a stall.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <string>

#include "intake/intake.hpp"
#include "intake/validator.hpp"
#include "rule_set_fixture.hpp"
#include "test_support/allocation_count.hpp"
#include "test_support/manual_clock.hpp"

namespace intake {
namespace {

const Peer kPeer{"192.0.2.7:51034", "lab", "", {}};

TEST(RuleBudget, StringRulesAllocateNothing) {
  const auto rules = make_rules(R"(
validation:
  rules:
    - {name: r1, expression: 'msh.msg_type in ["ADT", "ORU"]'}
    - {name: r2, expression: 'msh.sending_app == "LAB" && msh.version.startsWith("2.")'}
    - {name: r3, expression: 'has(pid.id) && pid.id.matches("^[0-9]+$")'}
    - {name: r4, expression: 'pid[?"sex"].orValue("") in ["", "F", "M"]'}
    - {name: r5, expression: 'msg.get("PID-3.4") == "MRN" && msg.has("PID-5")'}
    - {name: r6, expression: 'obx_list.all(o, o.status in ["F", "P"])'}
    - {name: r7, expression: 'msg.all("OBX(*)-3.1").size() == msg.count("OBX")'}
    - {name: r8, expression: 'pid.name == "MÜLLER"'}
)");
  ASSERT_TRUE(rules.has_value()) << config::to_string(rules.error());
  const std::string octets =
      "MSH|^~\\&|LAB|CENTRAL|HIS|WARD|20260403120000||ORU^R01|M1|P|2.5.1\r"
      "PID|1||4711^^^MRN||MÜLLER||19800229|F\rOBX|1|NM|GLU||5.4||||||F\rOBX|2|NM|B||1||||||P\r";
  hl7::Message message;
  MessageContext& context = MessageContext::of_thread();
  std::size_t before = 0;
  for (int round = 0; round < 10; ++round) {
    if (round == 3) before = test_support::allocation_count();
    ASSERT_TRUE(message.parse(base::as_bytes(octets)).has_value());
    context.open(message, kPeer, {});
    const Verdict verdict = validate((*rules)->rules(0), 100'000, context);
    ASSERT_EQ(verdict.outcome, Outcome::kAccepted) << verdict.findings.back().rule;
  }
  EXPECT_EQ(test_support::allocation_count(), before);
}

// One block for the text of the answer, one for the list that it goes out in.
TEST(RuleBudget, AFrameWithoutRulesTakesTwoBlocks) {
  const test_support::ManualClock clock;
  const config::ListenerSettings settings;
  const Intake intake(settings, AckPolicy(), Router({}), clock);
  const std::string octets =
      "MSH|^~\\&|LAB||HIS||20260403120000||ORU^R01|M1|P|2.5.1\rPID|1||4711\r";
  Decision decision;
  std::size_t before = 0;
  for (int round = 0; round < 10; ++round) {
    if (round == 3) before = test_support::allocation_count();
    intake.judge(base::as_bytes(octets), kPeer, decision);
    ASSERT_EQ(intake.conclude(decision, {}).messages.size(), 1u);
  }
  EXPECT_EQ(test_support::allocation_count(), before + 7 * 2);
}

// Of the processor's time, not the wall's.
double spent_milliseconds() { return static_cast<double>(std::clock()) * 1e3 / CLOCKS_PER_SEC; }

#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr bool kIsTimed = true;
#else
constexpr bool kIsTimed = false;
#endif
constexpr int kRounds = kIsTimed ? 10 : 1;
// A millisecond is promised, on a machine of our days; a slower or noisier one has three.
constexpr double kMillisecondsMax = 3.0;

// Rules that try to keep the network thread busy, over a message of 2 MiB.
constexpr std::string_view kHostile[] = {
    "lists.range(2000).all(a, lists.range(2000).all(b, a + b >= 0))",
    "msg.get('NTE-3').matches('(x+x+)+y')",
    "msg.get('NTE-3').contains(msg.get('NTE-3') + 'z')",
    "lists.range(90000).all(i, msg.get('NTE-3') != '')",
    "lists.range(90000).all(i, msg.get('ZZZ-3') == '')",
    "lists.range(90000).all(i, msg.has('NTE-30'))",
    "lists.range(90000).all(i, !msg.has('OBX(*)-30'))",
    "lists.range(90000).all(i, msg.count('NTE-3') == 1)",
    "lists.range(90000).all(i, msg.segments('OBX').size() > i)",
    "lists.range(90000).all(i, msg.segments('NTE')[0].get('NTE-9') == '')",
    "obx_list.all(o, obx_list.all(p, p.value == o.value))",
    "obx_list.all(o, o.value.matches('^[0-9]+$'))",
    "obx_list.map(o, o.value).distinct().size() > 0",
    "obx_list.map(o, o.value).sort().size() > 0",
    "msg.all('OBX(*)-5').join(',').size() > 0",
    "msg.get('NTE-3').replace('x', 'yy').size() > 0",
    "msg.get('NTE-3').split('x').size() > 0",
    "msg.get('NTE-3').reverse() == msg.get('NTE-3')",
    "msg.get('NTE').lowerAscii() == 'a'",
    "msg.get('NTE-3') + msg.get('NTE-3') + msg.get('NTE-3') == 'a'",
    "lists.range(90000).all(i, hl7.timestamp('20260403' + string(i)).hasValue() || true)",
};

TEST(RuleBudget, AHostileRuleIsNoStall) {
  const ValueSets sets;
  const cel::Environment environment = make_environment(sets);
  for (const std::string_view note : {"x", "\xC3\xBC", "\xFC"}) {
    std::string octets = "MSH|^~\\&|LAB|C|HIS|W|2026||ORU^R01|M1|P|2.5.1\r";
    for (int index = 0; index < 20'000; ++index)
      octets += "OBX|1|ST|A||" + std::string(note) + "5\r";
    octets += "NTE|1||";
    while (octets.size() < 2'097'152) octets += note;
    octets += "\r";
    hl7::Message message;
    ASSERT_TRUE(message.parse(base::as_bytes(octets)).has_value());
    MessageContext context;
    for (const std::string_view source : kHostile) {
      const auto program = environment.compile(source);
      ASSERT_TRUE(program.has_value()) << source << cel::render(program.error(), source);
      double least = 1e9;
      cel::Value value;
      for (int round = 0; round < kRounds; ++round) {
        const double start = spent_milliseconds();
        context.open(message, kPeer, {});
        value = context.evaluate(*program, 100'000);
        least = std::min(least, spent_milliseconds() - start);
      }
      EXPECT_TRUE(value.is(cel::Kind::kBool) || value.is_error()) << source;
      if (kIsTimed) {
        EXPECT_LT(least, kMillisecondsMax) << source << " with " << note;
      }
    }
  }
}

}  // namespace
}  // namespace intake
