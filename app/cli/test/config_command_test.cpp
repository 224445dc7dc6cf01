#include "cli/config_command.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "cli/exit_code.hpp"
#include "config/settings_report.hpp"
#include "scratch_folder.hpp"

namespace cli {
namespace {

using config::ConfigurationSources;
using testing::HasSubstr;
using testing::Not;

struct Printed {
  int exit_code = -1;
  std::string out;
  std::string err;
};

Printed run(const ConfigurationSources& sources, ConfigCommandOptions options = {}) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Printed printed;
  printed.exit_code = run_config_command(sources, options);
  std::cout.flush();
  printed.out = testing::internal::GetCapturedStdout();
  printed.err = testing::internal::GetCapturedStderr();
  return printed;
}

TEST(ConfigCommand, PrintsEverySettingWithValueAndOrigin) {
  const ScratchFolder folder;
  const std::string file = folder.write("site.yaml", "listeners:\n  - name: lab\n");
  const Printed printed =
      run({{{"CONFIG_FILE", file}, {"IDLE_TIMEOUT", "3600s"}}, {{"LOG_LEVEL", "debug"}}});
  EXPECT_EQ(printed.exit_code, kExitDone);
  EXPECT_EQ(printed.err, "");
  EXPECT_THAT(printed.out, testing::ContainsRegex("IDLE_TIMEOUT +1h +environment\n"));
  EXPECT_THAT(printed.out, testing::ContainsRegex("LOG_LEVEL +debug +command line\n"));
  EXPECT_THAT(printed.out, testing::ContainsRegex("ACK_MODE +original +default\n"));
  EXPECT_THAT(printed.out, HasSubstr("lab"));
  EXPECT_THAT(printed.out, HasSubstr(file + ":2\n"));
  EXPECT_THAT(printed.out, Not(HasSubstr("\033")));
}

TEST(ConfigCommand, ColorsOnlyWhenAsked) {
  const Printed printed = run({{{"BATCH", "reject"}}, {}}, {.color = true});
  EXPECT_THAT(printed.out, HasSubstr("\033[1;36mBATCH "));
}

TEST(ConfigCommand, TellsProblemsOnStandardErrorAndFails) {
  const Printed printed = run({{{"BATCH", "x"}, {"DEDUP", "on"}}, {}}, {.json = true});
  EXPECT_EQ(printed.exit_code, kExitUsage);
  EXPECT_EQ(printed.out, "");
  EXPECT_THAT(printed.err,
              HasSubstr("environment: DEDUP: expected off, answer or reject, found on"));
  EXPECT_THAT(printed.err, HasSubstr("environment: BATCH: expected split or reject, found x\n"));
}

TEST(ConfigCommand, WarningsDoNotMixWithTheTable) {
  const Printed printed = run({{{"IDEL_TIMEOUT", "1h"}}, {}});
  EXPECT_EQ(printed.exit_code, kExitDone);
  EXPECT_EQ(printed.err,
            "warning: environment: IDEL_TIMEOUT: not a setting; did you mean IDLE_TIMEOUT?\n");
  EXPECT_THAT(printed.out, Not(HasSubstr("IDEL")));
}

TEST(ConfigCommand, JsonIsForMachines) {
  const Printed printed = run({{{"IDEL_TIMEOUT", "1h"}}, {}}, {.json = true});
  EXPECT_EQ(printed.exit_code, kExitDone);
  EXPECT_EQ(printed.err, "") << "warnings are in the object";
  EXPECT_THAT(printed.out, testing::StartsWith(R"({"settings":[{"name":"LISTEN_ADDR")"));
  EXPECT_THAT(printed.out, HasSubstr(R"("warnings":["environment: IDEL_TIMEOUT)"));
}

TEST(ConfigCommand, ReferenceReadsNoSource) {
  const Printed printed = run({{{"BATCH", "x"}}, {}}, {.reference = true});
  EXPECT_EQ(printed.exit_code, kExitDone);
  EXPECT_EQ(printed.out, config::render_reference());
}

TEST(ConfigCommand, OutputThatGetsLostIsAFailure) {
  std::cout.flush();
  const int saved = ::dup(STDOUT_FILENO);
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ::dup2(full, STDOUT_FILENO);
  const int exit_code = run_config_command({}, {});
  std::cout.clear();
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  ::close(full);
  EXPECT_EQ(exit_code, kExitFailed);
}

}  // namespace
}  // namespace cli
