#include "config/configuration.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "config/compose.hpp"
#include "config/env_file.hpp"
#include "config/machine.hpp"

namespace config {
namespace {

constexpr std::string_view kConfigFileName = "config.yaml";

// Closes what it holds.
class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }

  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

std::string cannot_read(const std::string& path, std::string_view why) {
  return fmt::format("cannot read {}: {}", shown(path), why);
}

// The whole file; the error is a sentence. Files over `bytes_max` are not read on.
base::Result<std::string, std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const File file(path);
  if (file.fd() < 0) return base::fail(cannot_read(path, std::strerror(errno)));
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t count = ::read(file.fd(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail(cannot_read(path, std::strerror(errno)));
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > bytes_max) {
      return base::fail(cannot_read(path, fmt::format("over {}", size_to_string(bytes_max))));
    }
  }
}

// A setting's value from the command line or the environment.
const std::string* value_in(const ConfigurationSources& sources, const std::string& name) {
  for (const auto* source : {&sources.command_line, &sources.environment}) {
    const auto found = source->find(name);
    if (found != source->end() && !found->second.empty()) return &found->second;
  }
  return nullptr;
}

Given read_given(const ConfigurationSources& sources) {
  const std::string* const path = value_in(sources, "ENV_FILE");
  if (path == nullptr) return collect_given(sources, std::nullopt);
  auto text = read_file(*path, kEnvFileBytesMax);
  if (text) return collect_given(sources, Source(*path, std::move(*text)));
  Given given = collect_given(sources, std::nullopt);
  if (const GivenValue* const value = given.find("ENV_FILE")) {
    given.problems.push_back(value->problem(text.error()));
  }
  return given;
}

std::optional<NamedText> read_document(Given& given) {
  const GivenValue* const value = given.find("CONFIG_FILE");
  std::error_code ignored;
  if (value == nullptr && !std::filesystem::exists(kConfigFileName, ignored)) return std::nullopt;
  std::string path = value == nullptr ? std::string(kConfigFileName) : value->text;
  auto text = read_file(path, kYamlBytesMax);
  if (text) return NamedText{std::move(path), std::move(*text)};
  given.problems.push_back(value == nullptr
                               ? Problem{"default", 0, 0, "CONFIG_FILE: " + text.error(), ""}
                               : value->problem(text.error()));
  return std::nullopt;
}

}  // namespace

base::Result<Configuration, Problems> load_configuration(const ConfigurationSources& sources) {
  Given given = read_given(sources);
  const std::optional<NamedText> document = read_document(given);
  return compose(given, document, measure_machine());
}

}  // namespace config
