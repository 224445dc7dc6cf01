// The connectors of the guides are such as the program takes.
#include <gtest/gtest.h>

#include <filesystem>

#include "config/configuration.hpp"
#include "connect/registry.hpp"
#include "connect/test_support/servers.hpp"
#include "connect/test_support/targets.hpp"

namespace connectors {
namespace {

namespace fs = std::filesystem;
using test_support::write_file;

std::vector<std::string> yaml_blocks(const std::string& text) {
  std::vector<std::string> blocks;
  const std::string_view start = "```yaml\n";
  for (std::size_t at = 0; (at = text.find(start, at)) != std::string::npos;) {
    at += start.size();
    const std::size_t end = text.find("```", at);
    blocks.push_back(text.substr(at, end - at));
    at = end + 3;
  }
  return blocks;
}

// The files that the guides name are in the test's folder instead.
std::string with_files_in(const std::string& folder, std::string block) {
  const std::string etc = "/etc/mllp-server";
  for (std::size_t at = 0; (at = block.find(etc, at)) != std::string::npos;) {
    block.replace(at, etc.size(), folder);
  }
  return block;
}

TEST(ConnectorGuides, ShowConnectorsThatAreTaken) {
  const test_support::TemporaryFolder folder;
  fs::create_directory(folder.path() + "/tls");
  fs::create_directory(folder.path() + "/secrets");
  test_support::make_certificate(folder.path() + "/tls", "ca");
  test_support::make_certificate(folder.path() + "/tls", "client");
  write_file(folder.path() + "/secrets/token", "t0ken\n");
  write_file(folder.path() + "/secrets/db-password", "open sesame\n");
  for (const char* name : {"guides/to-http", "guides/to-postgres", "guides/to-mllp",
                           "guides/to-files", "reference/delivery"}) {
    const std::string page =
        test_support::read_file(std::string(MLLP_SOURCE_DIR "/docs/") + name + ".md");
    std::size_t count = 0;
    for (const std::string& block : yaml_blocks(page)) {
      SCOPED_TRACE(std::string(name) + ":\n" + block);
      const std::string file = folder.path() + "/config.yaml";
      write_file(file, with_files_in(folder.path(), block));
      const auto configuration = config::load_configuration({{}, {{"CONFIG_FILE", file}}});
      ASSERT_TRUE(configuration.has_value()) << config::to_string(configuration.error());
      for (const config::ConnectorSettings& settings : configuration->connectors) {
        config::Problems problems;
        EXPECT_NE(make_plan(settings, base::Clock::system(), problems), nullptr);
        EXPECT_EQ(config::to_string(problems), "");
        ++count;
      }
    }
    EXPECT_GE(count, 1u) << name;
  }
}

}  // namespace
}  // namespace connectors
