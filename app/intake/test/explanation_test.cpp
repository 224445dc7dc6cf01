#include "intake/explanation.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace intake {
namespace {

// The parts, a line each.
std::string explained(std::string_view source) {
  const ValueSets sets;
  const cel::Environment environment = make_environment(sets);
  const std::string_view octets =
      "MSH|^~\\&|A|B|C|D|||ADT^A01|M|P|2.5\rPID|||4711||DOE||1980|F\r"
      "OBX|1|NM|A||5\rOBX|2|NM|B||high\r";
  hl7::Message message;
  EXPECT_TRUE(message.parse(base::as_bytes(octets)).has_value());
  MessageContext context;
  const Peer peer;
  context.open(message, {.peer = peer, .now = {}});
  std::string text;
  for (const SeenValue& seen : explain(source, environment, context)) {
    text += seen.expression + " is " + seen.value + "\n";
  }
  return text;
}

TEST(ExplanationTest, TheDecisivePartAndItsOperands) {
  EXPECT_EQ(explained("pid.id == '0815'"), "pid.id == '0815' is false\npid.id is \"4711\"\n");
  EXPECT_EQ(explained("pid.sex == 'F' && (pid.id == 'x')"),
            "pid.id == 'x' is false\npid.id is \"4711\"\n");
  EXPECT_EQ(explained("pid.sex == 'M' || pid.id == 'x'"),
            "pid.sex == 'M' is false\npid.sex is \"F\"\n"
            "pid.id == 'x' is false\npid.id is \"4711\"\n");
  EXPECT_EQ(explained("!(pid.sex == 'F')"),
            "!(pid.sex == 'F') is false\npid.sex == 'F' is true\npid.sex is \"F\"\n");
  EXPECT_EQ(explained("pid.id.matches('^A')"),
            "pid.id.matches('^A') is false\npid.id is \"4711\"\n");
  EXPECT_EQ(explained("msg.get('PID-8') in ['M']"),
            "msg.get('PID-8') in ['M'] is false\nmsg.get('PID-8') is \"F\"\n");
}

TEST(ExplanationTest, AnErrorIsShown) {
  EXPECT_EQ(explained("pv1.patient_class == 'I'"),
            "pv1.patient_class == 'I' is error: no such key: \"patient_class\"\n"
            "pv1.patient_class is error: no such key: \"patient_class\"\n");
}

TEST(ExplanationTest, OfAListTheItemThatDoesNotHold) {
  EXPECT_EQ(explained("obx_list.all(o, hl7.number(o.value).hasValue())"),
            "obx_list.all(o, hl7.number(o.value).hasValue()) is false\n"
            "hl7.number(obx_list[1].value).hasValue() is false\n"
            "hl7.number(obx_list[1].value) is optional.none()\n");
}

}  // namespace
}  // namespace intake
