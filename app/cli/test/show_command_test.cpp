#include "cli/show_command.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "cli/exit_code.hpp"
#include "scratch_folder.hpp"

namespace cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kAdmit =
    "MSH|^~\\&|WARD|H|LAB|H|20260401||ADT^A01^ADT_A01|M1|P|2.5.1\r\n"
    "EVN||20260401\r\n"
    "PID|1||4711^^^HIS~0815||M\xC3\xBCller^Jane\r\n"
    "PV1|1|I\r\n";

struct Printed {
  int exit_code = -1;
  std::string out;
  std::string err;
};

class ShowCommandTest : public testing::Test {
 protected:
  Printed run(const std::string& text, ShowCommandOptions options = {}) {
    options.paths = {folder_.write("adt.hl7", text)};
    return run(std::move(options));
  }

  static Printed run(ShowCommandOptions options) {
    std::clearerr(stdout);  // of a test before this one
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Printed printed;
    printed.exit_code = run_show_command(options);
    printed.out = testing::internal::GetCapturedStdout();
    printed.err = testing::internal::GetCapturedStderr();
    return printed;
  }

  Printed run_path(const std::string& text, std::string_view path) {
    ShowCommandOptions options;
    options.form = ShowForm::kPath;
    options.path = *hl7::parse_path(path);
    return run(text, options);
  }

  ScratchFolder folder_;
};

TEST_F(ShowCommandTest, ShowsATreeUnderATitle) {
  const Printed printed = run(kAdmit);
  EXPECT_EQ(printed.exit_code, kExitDone);
  EXPECT_EQ(printed.err, "");
  EXPECT_THAT(printed.out,
              AllOf(HasSubstr("adt.hl7: ADT^A01^ADT_A01, Admit/visit notification, version 2.5.1, "
                              "UNICODE UTF-8, 4 segments\nMSH"),
                    HasSubstr("\nPID "), HasSubstr("M\xC3\xBCller\n")));
}

TEST_F(ShowCommandTest, ShowsEveryMessageOfEveryInput) {
  const std::string batch = "BHS|^~\\&\r" + std::string(kAdmit) + kAdmit + "BTS|2\r";
  const Printed printed = run(batch);
  EXPECT_EQ(printed.exit_code, kExitDone);
  EXPECT_THAT(printed.out, AllOf(HasSubstr("adt.hl7 [1]: ADT"), HasSubstr("adt.hl7 [2]: ADT")));
  EXPECT_THAT(run(std::string(kAdmit) + kAdmit).out, HasSubstr("adt.hl7 (2): ADT"));
}

TEST_F(ShowCommandTest, PrintsOctetsAsTheyCame) {
  ShowCommandOptions options;
  options.form = ShowForm::kRaw;
  const Printed printed = run("MSH|^~\\&|M\xFC\rZZZ|\x1B\r", options);
  EXPECT_EQ(printed.out, "MSH|^~\\&|M\xFC\nZZZ|\x1B\n");
  options.color = true;
  EXPECT_EQ(run("MSH|^~\\&|M\xFC\rZZZ|\x1B\r", options).out, "MSH|^~\\&|M\xC3\xBC\nZZZ|\\x1B\n");
}

TEST_F(ShowCommandTest, PrintsAnObjectALine) {
  ShowCommandOptions options;
  options.form = ShowForm::kJson;
  const std::string text = "MSH|^~\\&|A||||||ACK|7|P|2.5.1\rMSA|AA|\"\"\r";
  EXPECT_EQ(run(text + text, options).out,
            R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^~\\&","3":"A","9":"ACK",)"
            R"("10":"7","11":"P","12":"2.5.1"}},{"name":"MSA","fields":{"1":"AA","2":null}}]})"
            "\n"
            R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^~\\&","3":"A","9":"ACK",)"
            R"("10":"7","11":"P","12":"2.5.1"}},{"name":"MSA","fields":{"1":"AA","2":null}}]})"
            "\n");
  options.names = true;
  EXPECT_THAT(run(text, options).out, HasSubstr(R"("1 Acknowledgment Code":"AA")"));
}

TEST_F(ShowCommandTest, PrintsWhatAPathNames) {
  EXPECT_EQ(run_path(kAdmit, "PID-3.1").out, "4711\n");
  EXPECT_EQ(run_path(kAdmit, "PID-3(*).1").out, "4711\n0815\n");
  EXPECT_EQ(run_path(kAdmit, "PID-5.1").out, "M\xC3\xBCller\n");
  EXPECT_EQ(run_path(kAdmit, "PID-3.1").exit_code, kExitDone);
  EXPECT_EQ(run_path(kAdmit, "PID-30").exit_code, kExitFailed);
  EXPECT_EQ(run_path(kAdmit, "OBX-5").exit_code, kExitFailed);
}

TEST_F(ShowCommandTest, ChecksAndFailsOnErrors) {
  ShowCommandOptions options;
  options.form = ShowForm::kCheck;
  EXPECT_EQ(run(kAdmit, options).exit_code, kExitDone);
  EXPECT_THAT(run(kAdmit, options).out, HasSubstr("adt.hl7: ADT_A01, version 2.5.1: nothing"));
  const std::string bad = "MSH|^~\\&|A|B|C|D|2026||ACK^A01^ACK|1|P|2.5.1\rMSA|XX|1\rZZZ\rORC|NW\r";
  EXPECT_EQ(run(bad, options).exit_code, kExitFailed);
  EXPECT_THAT(run(bad, options).out, HasSubstr("\n  error  MSA-1  103  "));
  options.strict = true;
  EXPECT_THAT(run(bad, options).out, HasSubstr("\n  warning  ORC    100  "));
  options.form = ShowForm::kCheckJson;
  EXPECT_THAT(run(bad, options).out, HasSubstr("\"errors\":1,\"warnings\":1,"));
}

TEST_F(ShowCommandTest, TakesTheCharacterSetThatItIsTold) {
  ShowCommandOptions options;
  options.form = ShowForm::kPath;
  options.path = *hl7::parse_path("MSH-3");
  options.charset = hl7::find_charset("8859/5");
  EXPECT_EQ(run("MSH|^~\\&|\xB0\r", options).out, "\xD0\x90\n");
}

TEST_F(ShowCommandTest, TellsWhatIsNoCharacter) {
  const Printed printed = run("MSH|^~\\&|\xFF|||||||||2.5||||||UNICODE UTF-8\r");
  EXPECT_EQ(printed.exit_code, kExitDone);
  EXPECT_THAT(printed.out, HasSubstr("\xEF\xBF\xBD"));
  EXPECT_THAT(printed.err, HasSubstr("adt.hl7: 1 octets are no characters of UNICODE UTF-8\n"));
}

TEST_F(ShowCommandTest, FailsWhereThereIsNoMessage) {
  const Printed printed = run("Dear colleague");
  EXPECT_EQ(printed.exit_code, kExitFailed);
  EXPECT_EQ(printed.out, "");
  EXPECT_THAT(printed.err, HasSubstr("adt.hl7: no message"));
  EXPECT_EQ(run("MSH|\r").exit_code, kExitFailed);
}

TEST_F(ShowCommandTest, OutputThatGetsLostIsAFailure) {
  ShowCommandOptions options;
  options.paths = {folder_.write("adt.hl7", kAdmit)};
  static_cast<void>(std::fflush(stdout));
  const int saved = ::dup(STDOUT_FILENO);
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ::dup2(full, STDOUT_FILENO);
  const int exit_code = run_show_command(options);
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  ::close(full);
  std::clearerr(stdout);
  EXPECT_EQ(exit_code, kExitFailed);
}

TEST_F(ShowCommandTest, RefusesAnInputThatIsNotThere) {
  ShowCommandOptions options;
  options.paths = {folder_.path() + "/gone.hl7"};
  const Printed printed = run(options);
  EXPECT_EQ(printed.exit_code, kExitUsage);
  EXPECT_THAT(printed.err, AllOf(StartsWith("mllp-server show: "), HasSubstr("gone.hl7: No such")));
}

}  // namespace
}  // namespace cli
