// connect/test_support/targets.hpp: real targets, each with the connector that
// delivers to it, for the suite that every connector must pass.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connector.hpp"

namespace connectors::test_support {

class Target {
 public:
  virtual ~Target() = default;

  [[nodiscard]] virtual std::unique_ptr<Connector> open() = 0;

  // The messages that are at the target, in order of arrival.
  [[nodiscard]] virtual std::vector<std::string> arrived() = 0;

  // Makes the target unreachable, and reachable again with what it has.
  virtual void take_away() = 0;
  virtual void bring_back() = 0;
};

struct TargetKind {
  std::string name;
  std::function<std::unique_ptr<Target>()> make;
};

// A line for each; gtest's name of a case is the kind's.
[[nodiscard]] std::vector<TargetKind> all_target_kinds();

// An empty folder below the test's temporary one; removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

[[nodiscard]] std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view octets);

// The payloads of a file of MLLP frames. Anything between or behind frames fails.
[[nodiscard]] std::vector<std::string> frames_of(std::string_view octets);

// The paths of all files below the folder, relative and sorted, hidden ones too.
[[nodiscard]] std::vector<std::string> files_below(const std::string& folder);

// Whether python-hl7 is there (Debian: python3-hl7).
[[nodiscard]] bool has_python_hl7();

}  // namespace connectors::test_support
