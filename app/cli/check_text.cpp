#include "cli/check_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "cli/json_object.hpp"

namespace cli {
namespace {

bool is_error(const hl7::Finding& finding) noexcept {
  return finding.severity == hl7::Severity::kError;
}

std::string_view name_of(const hl7::Finding& finding) noexcept {
  return is_error(finding) ? "error" : "warning";
}

std::string count_of(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::size_t count_errors(const hl7::CheckReport& report) {
  return static_cast<std::size_t>(
      std::count_if(report.findings.begin(), report.findings.end(), is_error));
}

std::string_view color_of(const hl7::Finding& finding) noexcept {
  return is_error(finding) ? "\033[1;31m" : "\033[33m";
}

}  // namespace

std::string render_check(const hl7::CheckReport& report, std::string_view origin, bool color) {
  const std::size_t error_count = count_errors(report);
  const std::size_t warning_count = report.findings.size() - error_count;
  std::string text = fmt::format("{}: {}, version {}: ", origin,
                                 report.structure.empty() ? "no known structure" : report.structure,
                                 to_string(report.version));
  text += report.findings.empty()
              ? "nothing to say"
              : count_of(error_count, "error") + ", " + count_of(warning_count, "warning");
  text += report.is_cut ? ", and more\n" : "\n";
  std::size_t path_columns = 0;
  std::size_t severity_columns = 0;
  for (const hl7::Finding& each : report.findings) {
    path_columns = std::max(path_columns, to_string(each.path).size());
    severity_columns = std::max(severity_columns, name_of(each).size());
  }
  for (const hl7::Finding& each : report.findings) {
    text += fmt::format("  {}{:<{}}{}  {:<{}}  {}  {}\n", color ? color_of(each) : "",
                        name_of(each), severity_columns, color ? "\033[0m" : "",
                        to_string(each.path), path_columns, code_of(each.kind), to_string(each));
  }
  return text;
}

std::string render_check_json(const hl7::CheckReport& report, std::string_view origin) {
  std::string findings;
  for (const hl7::Finding& each : report.findings) {
    JsonObject object;
    object.add("path", to_string(each.path))
        .add("severity", name_of(each))
        .add("code", code_of(each.kind))
        .add("kind", to_string(each.kind))
        .add("text", to_string(each));
    findings += (findings.empty() ? "" : ",") + object.to_text();
  }
  const std::uint64_t error_count = count_errors(report);
  JsonObject object;
  object.add("origin", origin)
      .add("version", to_string(report.version))
      .add("structure", report.structure)
      .add("errors", error_count)
      .add("warnings", std::uint64_t{report.findings.size()} - error_count)
      .add("cut", report.is_cut);
  std::string text = object.to_text();
  text.pop_back();
  return text + ",\"findings\":[" + findings + "]}\n";
}

}  // namespace cli
