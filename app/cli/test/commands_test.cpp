// The program itself, against a server that the test scripts.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <future>
#include <string>
#include <vector>

#include "config/values.hpp"
#include "program_run.hpp"
#include "scratch_folder.hpp"
#include "scripted_server.hpp"

namespace cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kMessage =
    "MSH|^~\\&|W|H|L|H|2026||ADT^A01|M1|P|2.3\n"
    "PID|1\n";

class ProgramTest : public testing::Test {
 protected:
  Ended run(std::vector<std::string> words, const std::string& input = "") {
    return run_program(words, streams_.path(), input);
  }

  // `send` or `bench`, told where the server is and to be quick about it.
  Ended run_against(const config::Address& address, std::vector<std::string> words,
                    const std::string& input = "") {
    words.insert(words.begin() + 1, {"--to", config::to_string(address), "--timeout", "20s"});
    if (words.front() == "send") words.insert(words.begin() + 1, {"--retry-wait", "1ms"});
    return run(std::move(words), input);
  }

  ScratchFolder folder_;
  ScratchFolder streams_;
};

TEST_F(ProgramTest, SendEndsWithZeroWhenAllIsAccepted) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  const Ended ended = run_against(server.address(), {"send", folder_.write("adt.hl7", kMessage)});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, AllOf(StartsWith("1 message to 127.0.0.1:"),
                               HasSubstr("\nAA                       1\n")));
  EXPECT_THAT(ended.err, IsEmpty()) << "nothing to complain about, and no bar in a pipe";
}

TEST_F(ProgramTest, SendReadsStdin) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  EXPECT_EQ(run_against(server.address(), {"send"}, kMessage).exit_code, 0);
  EXPECT_EQ(run_against(server.address(), {"send", "--repeat", "2", "-"}, kMessage).exit_code, 0);
  EXPECT_THAT(server.arrivals(), SizeIs(3));
}

TEST_F(ProgramTest, SendEndsWithOneWhenOneOfThemIsRefused) {
  ScriptedServer server(
      [](const Arrival& each) { return answer(each, each.ordinal == 1 ? "AA" : "AR"); });
  static_cast<void>(folder_.write("a.hl7", kMessage));
  const std::string refused = folder_.write("b.hl7", kMessage);
  const Ended ended = run_against(server.address(), {"send", folder_.path()});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.out, HasSubstr("AR                       1\n"));
  EXPECT_EQ(ended.err, refused + ": AR said so\n");
}

TEST_F(ProgramTest, SendEndsWithOneWhenAnInputHoldsNoMessage) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  static_cast<void>(folder_.write("a.hl7", kMessage));
  static_cast<void>(folder_.write("b.txt", "Dear colleague"));
  const Ended ended = run_against(server.address(), {"send", folder_.path()});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("b.txt: no message"));
  EXPECT_THAT(ended.out, HasSubstr("1 problem in the inputs"));
}

TEST_F(ProgramTest, SendEndsWithOneWhenNobodyIsThere) {
  const Ended ended = run_against(dead_address(), {"send", "--retries", "1"}, kMessage);
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("Connection refused, given up\n"));
  EXPECT_THAT(ended.out, HasSubstr("not all of the inputs was sent"));
}

TEST_F(ProgramTest, SendEndsWithTwoWhenAFileIsNotThere) {
  const Ended ended = run({"send", folder_.path() + "/gone.hl7"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("gone.hl7: No such file or directory"));
  EXPECT_THAT(ended.out, IsEmpty());
}

TEST_F(ProgramTest, SendPrintsEachAnswerWhenAskedTo) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  const Ended ended = run_against(server.address(), {"send", "--verbose", "-"}, kMessage);
  EXPECT_THAT(ended.out, StartsWith("stdin: AA said so\n"
                                    "  MSH|^~\\&|L|H|W|H|2026||ACK|9|P|2.3\n"
                                    "  MSA|AA|M1|said so\n"));
}

TEST_F(ProgramTest, SendGivesJsonAndNothingElseOnStdout) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  const Ended ended = run_against(server.address(), {"send", "--json", "-v", "-"}, kMessage);
  EXPECT_THAT(ended.out, AllOf(StartsWith("{\"to\":"), HasSubstr("\"answers\":{\"AA\":1}"),
                               HasSubstr("\"success\":true"), Not(HasSubstr("said so"))));
}

TEST_F(ProgramTest, SendLeavesOctetsAloneWhenRawAndWhole) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  const std::string odd = "\xEF\xBB\xBF\n" + std::string(kMessage) + "\n\n" + kMessage;
  EXPECT_EQ(run_against(server.address(), {"send", "--raw", "--whole"}, odd).exit_code, 0);
  ASSERT_THAT(server.arrivals(), SizeIs(1));
  EXPECT_EQ(server.arrivals().front().payload, odd);
}

TEST_F(ProgramTest, AnInterruptEndsSendWithItsSummary) {
  std::promise<pid_t> sender;
  auto pid = sender.get_future().share();
  ScriptedServer server([&pid](const Arrival& each) {
    if (each.ordinal == 3) {
      EXPECT_EQ(::kill(pid.get(), SIGINT), 0);
    }
    return answer(each);
  });
  ProgramRun run(
      {"send", "--to", config::to_string(server.address()), "--repeat", "1000000000", "-"},
      streams_.path(), kMessage);
  sender.set_value(run.pid());
  const Ended ended = run.wait();
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.out, HasSubstr("not all of the inputs was sent"));
}

TEST_F(ProgramTest, BenchEndsWithZeroWhenEveryAnswerIsRight) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  const Ended ended =
      run_against(server.address(), {"bench", "--messages", "200", "-c", "4", "-f", "2", "--json"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("\"clean\":true"), HasSubstr("\"accepted\":200,")));
  EXPECT_THAT(server.arrivals(), SizeIs(200));
}

TEST_F(ProgramTest, BenchEndsWithOneWhenAnyAnswerIsWrong) {
  ScriptedServer server(
      [](const Arrival& each) { return each.ordinal == 50 ? answer_to("other") : answer(each); });
  const Ended ended = run_against(server.address(), {"bench", "--messages", "100", "-c", "2"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.out,
              AllOf(HasSubstr("mismatched        1\n"), HasSubstr("NOT every answer was right")));
}

TEST_F(ProgramTest, BenchEndsWithOneWhenNobodyIsThere) {
  const Ended ended = run_against(dead_address(), {"bench", "--messages", "10"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.out, HasSubstr("Connection refused"));
}

TEST_F(ProgramTest, BenchSendsTheMessagesOfFiles) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  const std::string file = folder_.write("adt.hl7", kMessage);
  EXPECT_EQ(run_against(server.address(), {"bench", "-n", "10", "-c", "1", file}).exit_code, 0);
  for (const Arrival& arrival : server.arrivals()) {
    EXPECT_THAT(arrival.payload, StartsWith("MSH|^~\\&|W|H|L|H|2026||ADT^A01|"));
    EXPECT_THAT(arrival.control_id, SizeIs(16));
  }
}

TEST_F(ProgramTest, BenchEndsWithTwoWhenAFileIsNoMessage) {
  const Ended ended = run({"bench", folder_.write("x.hl7", "MSH|^~\\&|A\n")});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("x.hl7: not a message with an MSH-10"));
}

TEST_F(ProgramTest, ShowReadsStdinAndHasNoColorsInAPipe) {
  const Ended ended = run({"show"}, kMessage);
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out,
              AllOf(StartsWith("stdin: ADT^A01, "), HasSubstr("\nPID "), Not(HasSubstr("\033"))));
  EXPECT_EQ(run({"show", "--path", "MSH-10"}, kMessage).out, "M1\n");
  EXPECT_EQ(run({"show", "--check"}, kMessage).exit_code, 1);
}

TEST_F(ProgramTest, AWrongWordEndsWithTwoAndAHint) {
  const Ended ended = run({"sned", "a.hl7"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("unknown command sned; did you mean send?"));
  EXPECT_THAT(ended.out, IsEmpty());
}

TEST_F(ProgramTest, HelpAndVersionGoToStdout) {
  EXPECT_EQ(run({"--help"}).exit_code, 0);
  EXPECT_THAT(run({"--version"}).out, StartsWith("mllp-server "));
  EXPECT_THAT(run({"send", "--help"}).out, HasSubstr("Exit codes:"));
}

TEST_F(ProgramTest, AWrongSettingEndsWithTwoAndNamesIt) {
  for (const char* verb : {"serve", "config"}) {
    const Ended ended = run({verb, "--set", "IDLE_TIMEOUT=soon"});
    EXPECT_EQ(ended.exit_code, 2) << verb;
    EXPECT_THAT(ended.err, HasSubstr("IDLE_TIMEOUT")) << verb;
  }
}

}  // namespace
}  // namespace cli
