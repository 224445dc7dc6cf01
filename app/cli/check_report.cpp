#include "cli/check_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/exit_code.hpp"
#include "cli/json_object.hpp"

namespace cli {
namespace {

using intake::Inspection;
using intake::RouteReport;
using intake::RuleReport;
using intake::SeenValue;

// ---- Text.

void append_seen(std::string& out, const std::vector<SeenValue>& seen) {
  for (const SeenValue& each : seen) {
    out += fmt::format("              {} is {}\n", each.expression, each.value);
  }
}

std::string_view word_of(const RuleReport& rule) {
  if (rule.result == intake::RuleResult::kSkipped) return "skipped";
  if (!rule.findings.empty() && !rule.decides) return "warns";
  if (rule.result == intake::RuleResult::kHolds) return "holds";
  if (rule.is_warning) return "warns";  // behind the one that decides, and so not told
  return rule.result == intake::RuleResult::kError ? "error" : "false";
}

std::string_view word_of(const RouteReport& route) {
  switch (route.result) {
    case intake::RouteResult::kTaken: return "gets it";
    case intake::RouteResult::kPassedBy: return "does not";
    case intake::RouteResult::kParked: break;
  }
  return "put aside";
}

void append_inspection(std::string& out, const Inspection& inspection) {
  for (const RuleReport& rule : inspection.rules) {
    out += fmt::format("  rule        {}: {}{}\n", rule.name, word_of(rule),
                       rule.decides ? " (decides)" : "");
    for (const intake::Finding& finding : rule.findings) {
      out += fmt::format("              {}\n", finding.text);
    }
    append_seen(out, rule.because);
  }
  for (const RouteReport& route : inspection.routes) {
    out += fmt::format("  connector   {}: {}\n", route.connector, word_of(route));
    append_seen(out, route.because);
  }
  for (const intake::FieldReport& field : inspection.fields) {
    for (const std::string& value : field.values) {
      out += fmt::format("  index       {}: {}\n", field.field, value);
    }
    if (!field.left_out.empty()) {
      out += fmt::format("  index       {}: left out: {}\n", field.field, field.left_out);
    }
  }
  for (const std::string& answer : inspection.answers) {
    std::string_view label = "answer";
    std::string_view rest = answer;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\r'), rest.size());
      out += fmt::format("  {:11} {}\n", label, rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      label = "";
    }
  }
  if (inspection.answers.empty()) {
    out += fmt::format("  answer      {}\n", inspection.answer_code);
  }
}

// ---- JSON.

template <class Items, class ToText>
std::string to_list(const Items& items, ToText to_text) {
  std::string list;
  for (const auto& each : items) {
    if (!list.empty()) list += ", ";
    list += to_text(each);
  }
  return "[" + list + "]";
}

std::string member(std::string_view key, const std::string& json) {
  return fmt::format("\"{}\": {}", key, json);
}

std::string text_member(std::string_view key, std::string_view text) {
  return member(key, quote_json(text));
}

std::string seen_to_json(const std::vector<SeenValue>& seen) {
  return to_list(seen, [](const SeenValue& each) {
    return "{" + text_member("expression", each.expression) + ", " +
           text_member("value", each.value) + "}";
  });
}

std::string finding_to_json(const intake::Finding& finding) {
  return fmt::format(
      "{{{}, {}, {}, \"warning\": {}}}", text_member("text", finding.text),
      text_member("location", finding.location ? to_string(*finding.location) : std::string()),
      text_member("code", finding.code), finding.is_warning);
}

std::string rule_to_json(const RuleReport& rule) {
  return fmt::format("{{{}, {}, \"warning\": {}, \"decides\": {}, {}, {}}}",
                     text_member("rule", rule.name), text_member("result", to_string(rule.result)),
                     rule.is_warning, rule.decides,
                     member("findings", to_list(rule.findings, finding_to_json)),
                     member("because", seen_to_json(rule.because)));
}

std::string route_to_json(const RouteReport& route) {
  return fmt::format("{{{}, {}, {}}}", text_member("connector", route.connector),
                     text_member("result", to_string(route.result)),
                     member("because", seen_to_json(route.because)));
}

std::string field_to_json(const intake::FieldReport& field) {
  return fmt::format(
      "{{{}, {}, {}}}", text_member("field", field.field),
      member("values",
             to_list(field.values, [](const std::string& each) { return quote_json(each); })),
      text_member("left_out", field.left_out));
}

std::string inspection_to_json(const Inspection& inspection) {
  return fmt::format(
      "{}, {}, {}, {}, {}, {}", text_member("outcome", inspection.outcome),
      text_member("answer", inspection.answer_code),
      member("answers",
             to_list(inspection.answers, [](const std::string& each) { return quote_json(each); })),
      member("rules", to_list(inspection.rules, rule_to_json)),
      member("connectors", to_list(inspection.routes, route_to_json)),
      member("index", to_list(inspection.fields, field_to_json)));
}

std::string test_to_json(const intake::TestReport& test) {
  return fmt::format(
      "{{{}, \"passed\": {}, {}, {}}}", text_member("test", test.name), test.faults.empty(),
      member("faults",
             to_list(test.faults, [](const std::string& each) { return quote_json(each); })),
      inspection_to_json(test.inspection));
}

std::string file_to_json(const FileReport& file) {
  if (!file.fault.empty()) {
    return "{" + text_member("file", file.path) + ", " + text_member("fault", file.fault) + "}";
  }
  return "{" + text_member("file", file.path) + ", " + inspection_to_json(file.inspection) + "}";
}

}  // namespace

bool would_accept(const Inspection& inspection) { return inspection.outcome == "accepted"; }

int CheckReport::exit_code() const {
  const bool unread =
      std::ranges::any_of(files, [](const FileReport& file) { return !file.fault.empty(); });
  if (unread) return kExitUsage;
  const bool refused = std::ranges::any_of(
      files, [](const FileReport& file) { return !would_accept(file.inspection); });
  const bool failed = std::ranges::any_of(
      tests, [](const intake::TestReport& test) { return !test.faults.empty(); });
  return refused || failed ? kExitFailed : kExitDone;
}

std::string render_text(const CheckReport& report) {
  std::string out;
  std::size_t failed = 0;
  for (const intake::TestReport& test : report.tests) {
    if (test.faults.empty()) continue;
    ++failed;
    out += fmt::format("FAILED  {}\n", test.name);
    for (const std::string& fault : test.faults) out += fmt::format("  {}\n", fault);
    append_inspection(out, test.inspection);
  }
  for (const FileReport& file : report.files) {
    if (!file.fault.empty()) {
      out += file.fault + "\n";
      continue;
    }
    out +=
        fmt::format("{}  {}\n", file.path, would_accept(file.inspection) ? "accepted" : "refused");
    append_inspection(out, file.inspection);
  }
  out += fmt::format("{} tests, {} failed\n", report.tests.size(), failed);
  return out;
}

std::string render_json(const CheckReport& report) {
  return fmt::format("{{{}, {}}}\n", member("tests", to_list(report.tests, test_to_json)),
                     member("files", to_list(report.files, file_to_json)));
}

}  // namespace cli
