#include "intake/hl7_in_cel.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cel/render.hpp"

namespace intake {
namespace {

constexpr std::string_view kOru =
    "MSH|^~\\&|LAB|CENTRAL|HIS|WARD^7|20260403120000+0200||ORU^R01^ORU_R01|M1|P|2.5.1\r"
    "PID|1||4711^^^MRN~0815^^^SS||DOE^JANE~ROE^JO||19800229|\"\"|||S 1^^T^^^FI\r"
    "OBX|1|NM|GLU^Glucose||5.4|mmol/L^x|||||F\r"
    "OBX|2|ST|TXT||a\\T\\b\\F\\c||||||P\r"
    "OBX|3|NM|CRE||<5||||||F\r";

class Hl7InCelTest : public testing::Test {
 protected:
  // The result as a literal; a diagnostic where the source does not compile.
  std::string run(std::string_view source, std::string_view octets = kOru,
                  std::uint64_t limit = 100'000) {
    const cel::Environment environment = make_environment(sets_);
    const auto program = environment.compile(source);
    if (!program) return program.error().front().message;
    octets_ = octets;
    EXPECT_TRUE(message_.parse(base::as_bytes(octets_), {}, charset_).has_value());
    context_.open(message_, {.peer = peer_,
                             .now = base::WallTime(std::chrono::seconds(1'775'217'600)),
                             .default_charset = charset_,
                             .limits = {limit, 1'000'000'000}});
    return cel::to_literal(context_.evaluate(*program));
  }

  ValueSets sets_;
  Peer peer_{"192.0.2.7:51034", "lab", "CN=lab", {"DNS:lab.example"}};
  std::optional<hl7::Charset> charset_;
  std::string octets_;
  hl7::Message message_;
  MessageContext context_;
};

struct Row {
  std::string_view expression;
  std::string_view result;
};

TEST_F(Hl7InCelTest, ValuesOfAMessage) {
  for (const Row& row : std::initializer_list<Row>{
           {"msh.msg_type", "\"ORU\""},
           {"msh.trigger + msh.structure", "\"R01ORU_R01\""},
           {"msh.sending_app", "\"LAB\""},
           {"msh.receiving_fac", "\"WARD^7\""},
           {"msh.datetime", "\"20260403120000+0200\""},
           {"msh.control_id + msh.processing_id + msh.version", "\"M1P2.5.1\""},
           {"pid.id", "\"4711\""},
           {"pid[\"id\"]", "\"4711\""},
           {"pid.name", "\"DOE^JANE~ROE^JO\""},
           {"pid.sex", "\"\""},  // HL7 null
           {"pid.ssn", "\"\""},  // behind the end of the segment
           {"pid.country", "\"FI\""},
           {"has(pid.id)", "true"},
           {"has(pv1.patient_class)", "false"},
           {"pv1.size()", "0"},
           {"pid.size()", "6"},
           {"pv1.patient_class", "error(no_such_key)"},
           {"pv1[?\"patient_class\"].orValue(\"none\")", "\"none\""},
           {"pv1.?patient_class.orValue(\"none\")", "\"none\""},
           {"obx.value", "\"5.4\""},
           {"obx.unit", "\"mmol/L\""},
           {"obx_list.size()", "3"},
           {"obx_list.map(o, o.value)", "[\"5.4\", \"a&b|c\", \"<5\"]"},
           {"obx_list.all(o, o.status in [\"F\", \"P\"])", "true"},
           {"obx_list.filter(o, o.value_type == \"NM\").size()", "2"},
           {"obx_list.exists(o, o.identifier == \"CRE\")", "true"},
           {"msg.get(\"PID-3(2).1\")", "\"0815\""},
           {"msg.get(\"PID-3(2)\")", "\"0815^^^SS\""},
           {"msg.get(\"ZZZ-1\")", "\"\""},
           {"msg.get(\"MSH-2\")", R"("^~\\&")"},
           {"msg.get(\"OBX(3)-5\")", "\"<5\""},
           {"msg.get(\"PID-\" + \"5.2\")", "\"JANE\""},
           {"msg.get(pid.id)", "error(invalid_argument)"},
           {"msg.all(\"OBX(*)-3.1\")", "[\"GLU\", \"TXT\", \"CRE\"]"},
           {"msg.all(\"PID-3(*).1\")", "[\"4711\", \"0815\"]"},
           {"msg.has(\"PID-8\")", "false"},
           {"msg.has(\"PID-3\") && msg.has(\"PID\") && !msg.has(\"PV1\")", "true"},
           {"msg.is_null(\"PID-8\")", "true"},
           {"msg.is_null(\"PID-9\")", "false"},
           {"msg.count(\"OBX\")", "3"},
           {"msg.count(\"PID-3\")", "2"},
           {"msg.count(\"PID-9\")", "0"},
           {"msg.segments(\"OBX\").map(s, s.get(\"OBX-5\"))", "[\"5.4\", \"a&b|c\", \"<5\"]"},
           {"msg.segments(\"PID\").all(s, s.count(\"PID-3\") == 2 && s.has(\"PID-5\"))", "true"},
           {"msg.segments(\"PID\")[0].all(\"PID-3(*).1\")", "[\"4711\", \"0815\"]"},
           {"msg.segments(\"PID\")[0].is_null(\"PID-8\")", "true"},
           {"msg.segments(\"PID\")[0].get(\"OBX-5\")", "\"\""},
           {"msg.segments(\"ZZZ\")[0].get(\"ZZZ-1\")", "error(index_out_of_range)"},
           {"msg.get(pv1.patient_class)", "error(no_such_key)"},
           {"hl7.number(pv1.patient_class)", "error(no_such_key)"},
           {"conn.address + conn.listener + conn.tls_subject", "\"192.0.2.7:51034labCN=lab\""},
           {"\"DNS:lab.example\" in conn.tls_san", "true"},
           {"now == timestamp(\"2026-04-03T12:00:00Z\")", "true"},
           {"hl7.timestamp(msh.datetime)", "optional.of(timestamp(\"2026-04-03T10:00:00Z\"))"},
           {"hl7.timestamp(\"20260403120000.25+0000\").value() - now", "duration(\"0.25s\")"},
           {"hl7.timestamp(\"20260231+0000\")", "optional.none()"},
           {"hl7.timestamp(\"2026040\")", "optional.none()"},
           {"hl7.timestamp(\"\")", "optional.none()"},
           {"hl7.timestamp(\"2026-04-03\")", "optional.none()"},
           {"hl7.timestamp(pid.dob + \"+0000\").value()", "timestamp(\"1980-02-29T00:00:00Z\")"},
           {"hl7.number(obx.value).orValue(0.0) < 10.0", "true"},
           {"hl7.number(\"<5\")", "optional.none()"},
           {"hl7.number(\" +12 \")", "optional.of(12.0)"},
           {"hl7.number(\"1e5\")", "optional.none()"},
           {"sets.contains([1, 2], [1])", "true"},
       }) {
    EXPECT_EQ(run(row.expression), row.result) << row.expression;
  }
}

TEST_F(Hl7InCelTest, WhatDoesNotCompile) {
  for (const Row& row : std::initializer_list<Row>{
           {"pid.idd", "'pid' has no field 'idd'"},
           {"pid[\"idd\"]", "'pid' has no field 'idd'"},
           {"obx_list[0].valeu", "'obx' has no field 'valeu'"},
           {"pid.id == 1", "=="},
           {"msg.get(\"PID-\")", "'PID-' is no path such as PID-3.1: at position 5"},
           {"msg.segments(\"OBX-3\")", "a segment's name such as OBX is wanted here"},
           {"msg.get(3)", "get"},
           {"pdi.id", "did you mean 'pid'?"},
           {"sets.map(\"wards\", \"x\")", "no value set is named 'wards'"},
       }) {
    EXPECT_NE(run(row.expression).find(row.result), std::string::npos)
        << row.expression << ": " << run(row.expression);
  }
}

TEST_F(Hl7InCelTest, OtherDelimitersReadAsTheStandardOnes) {
  const std::string_view octets =
      "MSH#*+!%#LAB*7##HIS#####ADT*A01#M1#P#2.5\r"
      "PID#1##47^11*x!S!y*%z#\r";
  EXPECT_EQ(run("msh.sending_app", octets), "\"LAB^7\"");
  EXPECT_EQ(run("msg.get(\"PID-3.1\")", octets), "\"47^11\"");
  EXPECT_EQ(run("msg.get(\"PID-3\")", octets), R"("47\\S\\11^x\\S\\y^&z")");
  EXPECT_EQ(run("msg.get(\"PID-3.2\")", octets), "\"x*y\"");
  EXPECT_EQ(run("msg.get(\"MSH\").startsWith(\"MSH|^~\\\\&|LAB^7|\")", octets), "true");
}

TEST_F(Hl7InCelTest, CharacterSetsReadAsUtf8) {
  const std::string head = "MSH|^~\\&|A|B|C|D|||ADT^A01|M|P|2.5||||||";
  EXPECT_EQ(run("pid.name", head + "8859/1\rPID|||1||M\xFCller^\xC4\r"), "\"Müller^Ä\"");
  EXPECT_EQ(run("pid.name", head + "8859/1\rPID|||1||M\xFCller\r"), "\"Müller\"");
  EXPECT_EQ(run("pid.name", head + "UNICODE UTF-8\rPID|||1||Müller^Ä\r"), "\"Müller^Ä\"");
  EXPECT_EQ(run("pid.name", head + "UNICODE UTF-8\rPID|||1||M\xFCller\r"), "\"M\uFFFDller\"");
  EXPECT_EQ(run("pid.name", head + "\rPID|||1||M\xFCller\r"), "\"Müller\"");  // windows-1252
  EXPECT_EQ(run("msg.get(\"PID-5.1\")", head + "BIG-5\rPID|||1||\xA5\x5C^x\r"), "\"功\"");
}

TEST_F(Hl7InCelTest, AReportOf264ResultsFitsTheBudget) {
  std::string octets(kOru);
  for (int index = 4; index <= 264; ++index) {
    octets += "OBX|" + std::to_string(index) + "|NM|X^Y^LN||" + std::to_string(index) +
              ".5|mg/dL|0-10|N|||F\r";
  }
  EXPECT_EQ(run("obx_list.all(o, o.status.matches('^[A-Z]$') && "
                "(o.value_type != 'NM' || o.value.matches('^[<>]?[0-9]+([.][0-9]+)?$')))",
                octets),
            "true");
}

TEST_F(Hl7InCelTest, TheBudgetEndsWhatCostsTooMuch) {
  std::string octets(kOru);
  octets += "NTE|1||" + std::string(2'000'000, 'x') + "\r";
  EXPECT_EQ(run("msg.get(\"NTE-3\").matches(\"(x+x+)+y\")", octets), "error(cost_limit)");
  EXPECT_EQ(run("lists.range(1000).all(i, msg.get(\"NTE-4\") == \"\")", octets),
            "error(cost_limit)");
  EXPECT_EQ(
      run("lists.range(1000).all(i, msg.segments(\"NTE\")[0].get(\"NTE-3\").size() > i)", octets),
      "error(cost_limit)");
  EXPECT_EQ(run("msg.has(\"NTE-3\")", octets), "true");
}

TEST_F(Hl7InCelTest, AContextIsUsedForOneMessageAfterTheOther) {
  EXPECT_EQ(run("pid.id"), "\"4711\"");
  EXPECT_EQ(run("pid.id", "MSH|^~\\&|A|B|C|D|||ADT^A01|M|P|2.5\rPID|||8\r"), "\"8\"");
  EXPECT_EQ(run("pid.id", "MSH|^~\\&|A|B|C|D|||ADT^A01|M|P|2.5\r"), "error(no_such_key)");
  EXPECT_EQ(run("obx_list.size()", "MSH|^~\\&|A|B|C|D|||ADT^A01|M|P|2.5\r"), "0");
}

}  // namespace
}  // namespace intake
