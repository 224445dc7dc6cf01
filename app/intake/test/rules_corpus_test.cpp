// Twenty broad rules over every message of the shared samples: no crash, and no error
// that the rule did not ask for.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "hl7/frame.hpp"
#include "intake/text_file.hpp"
#include "intake/validator.hpp"
#include "rule_set_fixture.hpp"

namespace intake {
namespace {

constexpr std::string_view kExpressions[] = {
    R"x(msh.msg_type != "" || true)x",
    R"x(msh.sending_app.size() < 1000)x",
    R"x(msg.get("MSH-12.1").matches("^2[.]"))x",
    R"x(pid[?"id"].orValue("x") != "")x",
    R"x(!has(pid.name) || pid.name.size() >= 0)x",
    R"x(hl7.timestamp(pid[?"dob"].orValue("")).orValue(now) <= now)x",
    R"x(pid[?"sex"].orValue("").lowerAscii() in ["", "f", "m", "u"])x",
    R"x(pv1[?"patient_class"].orValue("").size() < 5)x",
    R"x(pv1[?"admit_datetime"].orValue("").startsWith("2"))x",
    R"x(obx_list.all(o, o.value_type != "NM" || o.value.matches("^[-+]?[0-9.]*$")))x",
    R"x(obx_list.all(o, o.status in ["F", "P", "C", ""]))x",
    R"x(obx_list.exists(o, hl7.number(o.value).hasValue()))x",
    R"x(msg.all("PID-3(*).1").all(i, i != ""))x",
    R"x(msg.all("OBX(*)-3").size() == msg.count("OBX"))x",
    R"x(msg.segments("OBR").all(s, s.get("OBR-4") != "" && s.count("OBR-4") < 100))x",
    R"x(msg.has("EVN") || !msg.is_null("PID-5"))x",
    R"x(msg.get("PID").size() >= 0 && msg.get("MSH").startsWith("MSH|"))x",
    R"x(msg.get("PID-5.1").upperAscii() == msg.get("PID-5.1.1").upperAscii())x",
    R"x(conn.address != "" && conn.tls_san.size() == 0)x",
    R"x(msg.all("NTE(*)-3(*)").join(" ").size() >= 0)x",
};

std::string document() {
  std::string text = "validation:\n  rules:\n";
  int number = 0;
  for (const std::string_view each : kExpressions) {
    text += "    - name: r" + std::to_string(++number) + "\n      expression: '" +
            std::string(each) + "'\n";
  }
  return text;
}

std::string read(const std::filesystem::path& path) {
  return read_text_file(path.string(), std::size_t{8} << 20U).value();
}

TEST(RulesCorpus, NoErrorThatNobodyAskedFor) {
  const char* const shared = std::getenv("MLLP_SHARED");
  const std::filesystem::path folder =
      std::filesystem::path(shared != nullptr ? shared : MLLP_SOURCE_DIR "/../shared") / "data/hl7";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no samples beside the tree";
  const auto rules = make_rules(document());
  ASSERT_TRUE(rules.has_value()) << config::to_string(rules.error());
  const Peer peer{"192.0.2.7:51034", "lab", "", {}};
  MessageContext& context = MessageContext::of_thread();
  hl7::Message message;
  hl7::FrameContents contents;
  std::size_t message_count = 0;
  std::size_t error_count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.file_size() > (std::size_t{4} << 20U)) continue;
    const std::string octets = read(entry.path());
    hl7::split_frame(base::as_bytes(octets), contents);
    for (const base::ByteView each : contents.messages) {
      if (!message.parse(each)) continue;
      context.open(message, {.peer = peer,
                             .now = base::WallTime(std::chrono::seconds(1'775'217'600)),
                             .limits = {100'000, 1'000'000'000}});
      ++message_count;
      for (const Rule& rule : (*rules)->rules(0)) {
        const RuleVerdict verdict = evaluate_rule(rule, context);
        if (verdict.result != RuleResult::kError) continue;
        const std::string& fault = verdict.findings.front().text;
        if (context.cost() >= 100'000) continue;  // a budget has a test of its own
        ADD_FAILURE() << entry.path() << " " << rule.name << ": " << fault;
        if (++error_count > 20) return;
      }
    }
  }
  RecordProperty("messages", std::to_string(message_count));
  EXPECT_GT(message_count, 1000u);
}

}  // namespace
}  // namespace intake
