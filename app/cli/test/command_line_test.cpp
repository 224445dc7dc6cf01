#include "cli/command_line.hpp"

#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "cli/exit_code.hpp"

namespace cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;
using testing::UnorderedElementsAre;

using Words = std::vector<std::string>;

template <class T>
T parsed(const Words& words) {
  auto command = parse_command_line(words);
  EXPECT_TRUE(command) << command.error().text;
  EXPECT_TRUE(std::holds_alternative<T>(*command));
  return std::get<T>(*command);
}

EarlyExit refused(const Words& words) {
  auto command = parse_command_line(words);
  return command ? EarlyExit{-1, "taken"} : command.error();
}

TEST(CommandLine, WithoutAVerbItServes) {
  EXPECT_TRUE(parsed<ServeCommand>({}).settings.empty());
  EXPECT_TRUE(parsed<ServeCommand>({"serve"}).settings.empty());
  EXPECT_THAT(parsed<ServeCommand>({"--listen", ":6661"}).settings,
              UnorderedElementsAre(Pair("LISTEN_ADDR", ":6661")));
}

TEST(CommandLine, SettingsAreGivenByTheirNames) {
  const auto given = parsed<ServeCommand>({"serve", "--config", "a.yaml", "--data-dir=/var/lib/x",
                                           "--set", "IDLE_TIMEOUT=0", "--set", "STORE=a=b"});
  EXPECT_THAT(given.settings,
              UnorderedElementsAre(Pair("CONFIG_FILE", "a.yaml"), Pair("DATA_DIR", "/var/lib/x"),
                                   Pair("IDLE_TIMEOUT", "0"), Pair("STORE", "a=b")));
}

TEST(CommandLine, SendKnowsAllItsOptions) {
  const auto send =
      parsed<SendCommandOptions>({"send",         "a.hl7",  "--to",        "lab.example.org:6661",
                                  "-c",           "4",      "--in-flight", "16",
                                  "--rate",       "2.5",    "--repeat",    "3",
                                  "--timeout",    "1m",     "--retries",   "0",
                                  "--retry-wait", "20ms",   "--raw",       "--whole",
                                  "-v",           "--json", "folder",      "-"});
  EXPECT_THAT(send.paths, ElementsAre("a.hl7", "folder", "-"));
  EXPECT_EQ(send.to, (config::Address{"lab.example.org", 6661}));
  EXPECT_EQ(send.connections, 4U);
  EXPECT_EQ(send.in_flight, 16U);
  EXPECT_EQ(send.rate, 2.5);
  EXPECT_EQ(send.repeat, 3U);
  EXPECT_EQ(send.timeout, minutes(1));
  EXPECT_EQ(send.retries, 0U);
  EXPECT_EQ(send.retry_wait, milliseconds(20));
  EXPECT_TRUE(send.raw && send.whole && send.verbose && send.json);
}

TEST(CommandLine, ShowKnowsAllItsForms) {
  const auto plain = parsed<ShowCommandOptions>({"show", "a.hl7", "-"});
  EXPECT_THAT(plain.paths, ElementsAre("a.hl7", "-"));
  EXPECT_EQ(plain.form, ShowForm::kTree);
  EXPECT_EQ(plain.charset, std::nullopt);
  EXPECT_EQ(parsed<ShowCommandOptions>({"show", "--raw"}).form, ShowForm::kRaw);
  EXPECT_EQ(parsed<ShowCommandOptions>({"show", "--json"}).form, ShowForm::kJson);
  EXPECT_TRUE(parsed<ShowCommandOptions>({"show", "--json", "--names"}).names);
  EXPECT_EQ(parsed<ShowCommandOptions>({"show", "--check"}).form, ShowForm::kCheck);
  EXPECT_EQ(parsed<ShowCommandOptions>({"show", "--check", "--json"}).form, ShowForm::kCheckJson);
  const auto path = parsed<ShowCommandOptions>({"show", "--path", "PID-3(2).1"});
  EXPECT_EQ(path.form, ShowForm::kPath);
  EXPECT_EQ(path.path, *hl7::parse_path("PID-3(2).1"));
  EXPECT_TRUE(parsed<ShowCommandOptions>({"show", "--check", "--strict"}).strict);
  EXPECT_EQ(parsed<ShowCommandOptions>({"show", "--charset", "8859-1"}).charset,
            hl7::Charset::kIso8859P1);
}

TEST(CommandLine, ShowSaysWhatItDoesNotUnderstand) {
  EXPECT_THAT(refused({"show", "--path", "PID-0"}).text, HasSubstr("such as PID-3.1"));
  EXPECT_THAT(refused({"show", "--charset", "klingon"}).text, HasSubstr("found klingon"));
  EXPECT_THAT(refused({"show", "--raw", "--json"}).text, HasSubstr("exclude each other"));
  EXPECT_THAT(refused({"show", "--path", "PID", "--check"}).text, HasSubstr("exclude each other"));
  EXPECT_THAT(refused({"show", "--names"}).text, HasSubstr("--names goes with --json alone"));
  EXPECT_THAT(refused({"show", "--strict"}).text, HasSubstr("--strict goes with --check"));
}

TEST(CommandLine, SendGoesToThisMachineUnlessTold) {
  const auto send = parsed<SendCommandOptions>({"send", "a.hl7"});
  EXPECT_EQ(send.to, (config::Address{"127.0.0.1", 2575}));
  EXPECT_EQ(send.connections, 1U);
  EXPECT_EQ(send.in_flight, 1U);
  EXPECT_EQ(send.timeout, seconds(30));
  EXPECT_FALSE(send.raw || send.whole || send.verbose || send.json);
}

TEST(CommandLine, BenchKnowsAllItsOptions) {
  const auto bench = parsed<BenchCommandOptions>({"bench", "--to", "[::1]:6661", "-c", "256", "-f",
                                                  "8", "-d", "1m30s", "--warm-up", "0s", "-s",
                                                  "4KiB", "--timeout", "5s", "--json", "x.hl7"});
  EXPECT_EQ(bench.to, (config::Address{"::1", 6661}));
  EXPECT_EQ(bench.connections, 256U);
  EXPECT_EQ(bench.in_flight, 8U);
  EXPECT_EQ(bench.duration, seconds(90));
  EXPECT_EQ(bench.warm_up, base::Duration(0));
  EXPECT_EQ(bench.size, 4096U);
  EXPECT_EQ(bench.timeout, seconds(5));
  EXPECT_TRUE(bench.json);
  EXPECT_THAT(bench.paths, ElementsAre("x.hl7"));
  EXPECT_FALSE(bench.messages);
  EXPECT_EQ(parsed<BenchCommandOptions>({"bench", "-n", "100"}).messages, 100U);
}

TEST(CommandLine, ConfigTakesSettingsAndAForm) {
  const auto config = parsed<ConfigCommand>({"config", "--json", "--set", "THREADS=2"});
  EXPECT_TRUE(config.options.json);
  EXPECT_THAT(config.settings, UnorderedElementsAre(Pair("THREADS", "2")));
}

struct Case {
  const char* name;
  Words words;
  const char* want;  // the first line
};

const Case kCases[] = {
    {"near_verb", {"sned"}, "mllp-server: unknown command sned; did you mean send?"},
    {"verb_in_capitals", {"SEND"}, "mllp-server: unknown command SEND; did you mean send?"},
    {"far_verb", {"frobnicate"}, "mllp-server: unknown command frobnicate"},
    {"help_on_a_word",
     {"help", "bnech"},
     "mllp-server: unknown command bnech; did you mean bench?"},
    {"near_option",
     {"send", "--conections", "4", "a"},
     "mllp-server send: unknown option --conections; did you mean --connections?"},
    {"near_option_with_value",
     {"bench", "--duratoin=3s"},
     "mllp-server bench: unknown option --duratoin; did you mean --duration?"},
    {"far_option", {"send", "--xyzzy"}, "mllp-server send: unknown option --xyzzy"},
    {"argument_where_there_is_none",
     {"serve", "config.yaml"},
     "mllp-server serve: unexpected argument 'config.yaml'"},
    {"bad_address",
     {"send", "--to", "lab", "a"},
     "mllp-server send: --to: expected HOST:PORT, found lab"},
    {"bad_duration",
     {"send", "--timeout", "30", "a"},
     "mllp-server send: --timeout: expected a duration such as 30s or 1m30s, found 30"},
    {"no_time_out",
     {"send", "--timeout", "0", "a"},
     "mllp-server send: --timeout: every wait needs an end, found 0"},
    {"bad_size",
     {"bench", "--size", "huge"},
     "mllp-server bench: --size: expected a size such as 4096 or 32KiB, at most 1GiB, found huge"},
    {"setting_without_a_value",
     {"serve", "--set", "THREADS"},
     "mllp-server serve: --set: expected NAME=VALUE, found THREADS"},
    {"no_connections",
     {"send", "-c", "0", "a"},
     "mllp-server send: --connections: expected a number from 1 to 100000, found 0"},
    {"not_a_number",
     {"send", "-c", "four", "a"},
     "mllp-server send: --connections: expected a number from 1 to 100000, found four"},
    {"half_a_connection",
     {"send", "-c", "1.5", "a"},
     "mllp-server send: Could not convert: --connections = 1.5"},
    {"both_time_and_number",
     {"bench", "-d", "3s", "-n", "5"},
     "mllp-server bench: --duration and --messages exclude each other"},
    {"value_is_missing", {"send", "a", "--to"}, "mllp-server send: --to: "},
};

class CommandLineRefusalTest : public testing::TestWithParam<Case> {};

TEST_P(CommandLineRefusalTest, SaysWhatIsWrongAndWhereToLook) {
  const EarlyExit early = refused(GetParam().words);
  EXPECT_EQ(early.code, kExitUsage);
  EXPECT_THAT(early.text, StartsWith(GetParam().want));
  EXPECT_THAT(early.text, HasSubstr("--help\n"));
}

INSTANTIATE_TEST_SUITE_P(Rows, CommandLineRefusalTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(CommandLine, HelpTeachesVerbsExamplesEnvironmentAndExitCodes) {
  for (const Words& words : {Words{"--help"}, Words{"-h"}, Words{"help"}}) {
    const EarlyExit help = refused(words);
    EXPECT_EQ(help.code, kExitDone);
    for (const char* part :
         {"serve", "send", "bench", "config", "Examples:", "Environment:", "Exit codes:"}) {
      EXPECT_THAT(help.text, HasSubstr(part));
    }
  }
}

TEST(CommandLine, EachVerbHasHelpOfItsOwn) {
  for (const char* verb : {"serve", "send", "bench", "config"}) {
    const EarlyExit help = refused({verb, "--help"});
    EXPECT_EQ(help.code, kExitDone);
    EXPECT_THAT(help.text, HasSubstr("Examples:"));
    EXPECT_THAT(help.text, HasSubstr("Exit codes:"));
    EXPECT_THAT(help.text, HasSubstr(std::string("mllp-server ") + verb));
    EXPECT_EQ(refused({"help", verb}).text, help.text);
  }
}

TEST(CommandLine, HelpFitsATerminal) {
  for (const Words& words : {Words{"--help"}, Words{"serve", "-h"}, Words{"send", "-h"},
                             Words{"bench", "-h"}, Words{"config", "-h"}}) {
    std::istringstream lines(refused(words).text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(CommandLine, TellsItsVersion) {
  EXPECT_THAT(refused({"--version"}).text, testing::MatchesRegex("mllp-server [0-9.]+\n"));
  EXPECT_EQ(refused({"--version"}).code, kExitDone);
}

TEST(CommandLine, DeadLettersAreChosenByIdFilterOrAll) {
  const auto acts = [](const std::vector<std::string>& words) {
    return parse_command_line(words).has_value();
  };
  EXPECT_TRUE(acts({"queues"}));
  EXPECT_TRUE(acts({"queues", "resume", "lab"}));
  EXPECT_FALSE(acts({"queues", "resume"}));
  EXPECT_FALSE(acts({"dead-letters"}));
  EXPECT_FALSE(acts({"dead-letters", "delete"}));
  EXPECT_TRUE(acts({"dead-letters", "list"}));
  EXPECT_FALSE(acts({"dead-letters", "list", "--since", "soon"}));
  EXPECT_FALSE(acts({"dead-letters", "replay"})) << "nothing by mistake";
  EXPECT_TRUE(acts({"dead-letters", "replay", "--all"}));
  EXPECT_TRUE(acts({"dead-letters", "replay", "lab/1", "lab/2"}));
  EXPECT_TRUE(acts({"dead-letters", "replay", "--type", "ADT"}));
  EXPECT_FALSE(acts({"dead-letters", "replay", "--type", "ADT", "lab/1"}));
  EXPECT_FALSE(acts({"dead-letters", "replay", "--all", "lab/1"}));
  EXPECT_FALSE(acts({"dead-letters", "discard", "lab/1"})) << "without a reason";
  EXPECT_TRUE(acts({"dead-letters", "discard", "lab/1", "--reason", "why"}));
  EXPECT_FALSE(acts({"dead-letters", "edit", "lab/1"}));
  EXPECT_FALSE(acts({"dead-letters", "edit", "lab/1", "--set", "PID=x=y", "--file", "f"}));
  EXPECT_FALSE(acts({"dead-letters", "edit", "lab/1", "--set", "nonsense"}));
  EXPECT_TRUE(acts({"dead-letters", "edit", "lab/1", "--set", "PID-5.1=a=b"}));
  EXPECT_TRUE(acts({"messages", "list", "--after", "17"}));
  EXPECT_TRUE(acts({"messages", "list", "--after", "r5", "--state", "dead_letter"}));
  EXPECT_FALSE(acts({"messages", "list", "--after", "lab/5"}));
  EXPECT_FALSE(acts({"messages", "list", "--state", "parked"}));
  EXPECT_TRUE(acts({"messages", "show", "r5", "17"}));
  EXPECT_FALSE(acts({"messages", "show", "lab/1"}));
  EXPECT_TRUE(acts({"store", "stats", "--json"}));
  EXPECT_FALSE(acts({"store", "stats", "folder"}));
  EXPECT_TRUE(acts({"store", "backup", "folder"}));
  EXPECT_FALSE(acts({"store", "backup"}));
  EXPECT_TRUE(acts({"store", "rekey"}));
  EXPECT_FALSE(acts({"store", "rekey", "folder"}));
  EXPECT_FALSE(acts({"store", "backup", "one", "two"}));
  EXPECT_TRUE(acts({"store", "check"}));
  EXPECT_TRUE(acts({"store", "check", "--quick", "folder"}));
  EXPECT_FALSE(acts({"store", "vacuum"}));
}

TEST(CommandLine, TheAuditTrailIsVerifiedAgainstAHeadThatIsOne) {
  const std::string head = "17:" + std::string(64, 'a');
  const auto verify = parsed<AuditCommand>({"audit", "verify", "--head", head, "-d", "/data"});
  EXPECT_EQ(verify.options.act, AuditAct::kVerify);
  EXPECT_EQ(verify.options.head, head);
  EXPECT_THAT(verify.settings, UnorderedElementsAre(Pair("DATA_DIR", "/data")));
  EXPECT_EQ(parsed<AuditCommand>({"audit", "export", "--since", "1h"}).options.act,
            AuditAct::kExport);
  EXPECT_THAT(refused({"audit", "verify", "--head", "17"}).text,
              HasSubstr("--head: expected SEQUENCE:MAC as the server publishes it, found 17"));
  EXPECT_THAT(refused({"audit", "export", "--since", "soon"}).text, HasSubstr("--since: "));
  EXPECT_THAT(refused({"audit", "verfy"}).text, HasSubstr("expected verify or export"));
}

}  // namespace
}  // namespace cli
