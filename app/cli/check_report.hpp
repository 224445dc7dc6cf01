// cli/check_report.hpp: what `check` found, for people and for machines.
#pragma once

#include <string>
#include <vector>

#include "intake/inspection.hpp"

namespace cli {

struct FileReport {
  std::string path;
  std::string fault;  // why it could not be read; else empty
  intake::Inspection inspection;
};

struct CheckReport {
  std::vector<intake::TestReport> tests;
  std::vector<FileReport> files;

  // 0, 1 or 2: see check_command.hpp.
  [[nodiscard]] int exit_code() const;
};

// True if the sender would be told that the message was taken, or nothing at all.
[[nodiscard]] bool would_accept(const intake::Inspection& inspection);

[[nodiscard]] std::string render_text(const CheckReport& report);
[[nodiscard]] std::string render_json(const CheckReport& report);

}  // namespace cli
