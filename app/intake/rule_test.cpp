// The tests that stand beside the rules.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cel/environment.hpp"
#include "intake/inspection.hpp"
#include "intake/text_file.hpp"

namespace intake {
namespace {

// RFC 3339, as the language reads it.
std::optional<base::WallTime> parse_time(const std::string& text) {
  if (text.find_first_of("\"\\") != text.npos) return std::nullopt;
  const auto program = cel::Environment().compile("timestamp(\"" + text + "\")");
  if (!program) return std::nullopt;
  cel::Evaluation evaluation;
  const cel::Value value = program->evaluate(cel::Activation(0), evaluation);
  if (!value.is(cel::Kind::kTimestamp)) return std::nullopt;
  return base::WallTime(std::chrono::seconds(value.seconds()) +
                        std::chrono::microseconds(value.nanos() / 1000));
}

constexpr std::size_t kMessageBytesMax = std::size_t{64} << 20U;

base::Result<std::string, std::string> message_of(const config::RuleTest& test) {
  if (test.file.empty()) return test.message;
  return read_text_file(test.file, kMessageBytesMax);
}

void expect(TestReport& report, std::string_view what, const std::string& wanted,
            const std::string& found) {
  if (wanted == found) return;
  report.faults.push_back(fmt::format("{}: expected {}, found {}", what,
                                      wanted.empty() ? "none" : wanted,
                                      found.empty() ? "none" : found));
}

std::string sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return fmt::format("{}", fmt::join(names, ", "));
}

void compare(const config::RuleTest::Expected& wanted, TestReport& report) {
  const Inspection& found = report.inspection;
  if (!wanted.answer.empty()) expect(report, "answer", wanted.answer, found.answer_code);
  if (!wanted.rule.empty() || wanted.answer == "AA" || wanted.answer == "CA") {
    expect(report, "rule", wanted.rule, std::string(found.deciding_rule()));
  }
  expect(report, "warnings", sorted(wanted.warnings), sorted(found.warned()));
  if (wanted.locations) {
    expect(report, "locations", sorted(*wanted.locations), sorted(found.locations()));
  }
  if (wanted.connectors) {
    expect(report, "connectors", sorted(*wanted.connectors), sorted(found.taken()));
  }
}

}  // namespace

TestReport run_test(const config::RuleTest& test, const config::Configuration& configuration,
                    const Inspector& inspector) {
  TestReport report{test.name, {}, {}};
  const auto& listeners = configuration.listeners;
  auto listener = listeners.begin();
  if (!test.listener.empty()) {
    listener = std::ranges::find(listeners, test.listener, &config::ListenerSettings::name);
  }
  const auto message = message_of(test);
  const config::ExpressionSetting& given_now = test.given.now;
  auto now = std::make_optional(base::Clock::system().wall_now());
  if (given_now.is_given()) now = parse_time(given_now.node.text);
  if (listener == listeners.end()) report.faults.push_back("no listener is named " + test.listener);
  if (!message) report.faults.push_back(message.error());
  if (!now) {
    report.faults.push_back("given.now: expected a time such as 2026-04-03T12:00:00Z, found " +
                            given_now.node.text);
  }
  if (!report.faults.empty()) return report;
  report.inspection = inspector.inspect(
      {.octets = *message,
       .listener = static_cast<std::size_t>(listener - listeners.begin()),
       .peer = {test.given.address, listener->name, test.given.tls_subject, test.given.tls_san},
       .now = *now});
  compare(test.expected, report);
  return report;
}

}  // namespace intake
