#include "connect/file.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "connect/file_connector.hpp"
#include "connect/settings_reader.hpp"

namespace connectors {
namespace {

enum class Mode : std::uint8_t { kFile, kAppend };
constexpr std::array<std::string_view, 2> kModes{"file", "append"};

// Where `batch` is not given: a repeat of a file leaves no trace, and a sync for
// each frame would make the disk the limit.
constexpr std::size_t kFileBatch = 64;
constexpr std::size_t kAppendBatch = 256;

class FilePlan final : public ConnectorPlan {
 public:
  FilePlan(Mode mode, FileSettings settings) : mode_(mode), settings_(std::move(settings)) {}

  [[nodiscard]] std::unique_ptr<Connector> open() const override {
    if (mode_ == Mode::kAppend) return std::make_unique<AppendConnector>(settings_);
    return std::make_unique<FileConnector>(settings_);
  }

  [[nodiscard]] std::string describe() const override {
    return (mode_ == Mode::kAppend ? "frames in " : "files in ") + settings_.directory;
  }

 private:
  const Mode mode_;
  const FileSettings settings_;
};

std::size_t choose_batch(const config::ConnectorSettings& settings, Mode mode) {
  if (settings.node.find("batch") != nullptr) return settings.batch;
  return mode == Mode::kAppend ? kAppendBatch : kFileBatch;
}

}  // namespace

std::unique_ptr<ConnectorPlan> make_file_plan(const config::ConnectorSettings& settings,
                                              const base::Clock& /*clock*/,
                                              config::Problems& problems) {
  const std::size_t problem_count = problems.size();
  config::Reader reader = make_settings_reader(settings, problems);
  std::string directory = reader.required_text("directory");
  const Mode mode = static_cast<Mode>(reader.choice("mode", kModes, 0));
  const std::string_view standard_name = mode == Mode::kAppend ? "messages.mllp" : "{id}.hl7";
  auto file_name = FileNameTemplate::parse(reader.text("file_name", std::string(standard_name)));
  if (!file_name) reader.report("file_name", file_name.error());
  if (mode == Mode::kAppend && settings.lanes > 1) {
    reader.report("mode", "append takes one lane: two would write into each other's frames");
  }
  reader.finish();
  if (problems.size() != problem_count) return nullptr;

  return std::make_unique<FilePlan>(mode, FileSettings{.directory = std::move(directory),
                                                       .file_name = std::move(*file_name),
                                                       .batch_max = choose_batch(settings, mode)});
}

}  // namespace connectors
