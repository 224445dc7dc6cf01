#include "config/env_file.hpp"

#include <gtest/gtest.h>

#include <string>

#include "app/config/test_support/run.hpp"

namespace config {
namespace {

using test_support::run;
using test_support::said;

// What a line means: NAME=value pairs in brackets, or the fault.
std::string read(std::string text) {
  const auto lines = parse_env_file(Source("site.env", std::move(text)));
  if (!lines) return to_string(lines.error());
  std::string all;
  for (const EnvLine& line : *lines) all += "[" + line.name + "=" + line.value + "]";
  return all;
}

struct Case {
  const char* name;
  std::string text;
  std::string want;
};

const Case kCases[] = {
    {"empty", "", ""},
    {"comments_and_blank_lines", "# a=b\n\n  # c\n\t\n", ""},
    {"plain", "A=b\nC_2=d e\n", "[A=b][C_2=d e]"},
    {"no_line_feed_at_the_end", "A=b", "[A=b]"},
    {"line_ends_of_windows", "A=b\r\nC=d\r\n", "[A=b][C=d]"},
    {"blanks_around", "  A = b \t\n", "[A=b]"},
    {"empty_value", "A=\nB=\"\"\n", "[A=][B=]"},
    {"equals_sign_in_the_value", "A=b=c", "[A=b=c]"},
    {"hash_within_a_word", "A=b#c", "[A=b#c]"},
    {"double_quotes", R"(A=" b # \"c\" \\ ")", R"([A= b # "c" \ ])"},
    {"single_quotes", R"(A=' "b" \n ')", R"([A= "b" \n ])"},
    {"umlauts", "A=M\xC3\xBCnchen", "[A=M\xC3\xBCnchen]"},

    {"no_equals_sign", "LISTEN_ADDR :2575",
     "site.env:1:1: expected NAME=value, found LISTEN_ADDR :2575\n"
     "    LISTEN_ADDR :2575\n"
     "    ^"},
    {"export", "A=b\n export C=d",
     "site.env:2:2: expected NAME=value without export\n"
     "     export C=d\n"
     "     ^"},
    {"odd_name", "IDLE-TIMEOUT=3s",
     "site.env:1:5: expected a name of letters, digits and _\n"
     "    IDLE-TIMEOUT=3s\n"
     "        ^"},
    {"no_name", " =3s",
     "site.env:1:2: expected a name of letters, digits and _\n"
     "     =3s\n"
     "     ^"},
    {"comment_behind_a_value", "IDLE_TIMEOUT=3s # three",
     "site.env:1:17: a comment stands on a line of its own; put quotes around a value with a #\n"
     "    IDLE_TIMEOUT=3s # three\n"
     "                    ^"},
    {"open_double_quote", "DATA_DIR=\"/srv",
     "site.env:1:10: a quote that is never closed\n"
     "    DATA_DIR=\"/srv\n"
     "             ^"},
    {"open_single_quote", "DATA_DIR='/srv\"",
     "site.env:1:10: a quote that is never closed\n"
     "    DATA_DIR='/srv\"\n"
     "             ^"},
    {"text_behind_the_quote", "DATA_DIR=\"/srv\"/x",
     "site.env:1:16: expected the end of the line after the closing quote\n"
     "    DATA_DIR=\"/srv\"/x\n"
     "                   ^"},
    {"unknown_escape", R"(DATA_DIR="C:\new")",
     "site.env:1:13: expected \\\" or \\\\ after a backslash\n"
     "    DATA_DIR=\"C:\\new\"\n"
     "                ^"},
    {"backslash_at_the_end", R"(DATA_DIR="C:\)",
     "site.env:1:13: expected \\\" or \\\\ after a backslash\n"
     "    DATA_DIR=\"C:\\\n"
     "                ^"},
    {"given_twice", "A=1\nB=2\nA=1\n", "site.env:3:1: A is given twice\n    A=1\n    ^"},
    {"no_utf8", "A=M\xFCnchen",
     "site.env:1:4: not valid UTF-8\n"
     "    A=M?nchen\n"
     "       ^"},
    {"control_character", std::string("A=b\0c", 5),
     "site.env:1:4: a control character\n"
     "    A=b?c\n"
     "       ^"},
    {"all_faults_at_once", "x\ny\n",
     "site.env:1:1: expected NAME=value, found x\n    x\n    ^\n"
     "site.env:2:1: expected NAME=value, found y\n    y\n    ^"},
};

class EnvFileTest : public testing::TestWithParam<Case> {};

TEST_P(EnvFileTest, IsReadOrRefused) { EXPECT_EQ(read(GetParam().text), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(Cases, EnvFileTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(EnvFile, OverTheLimitIsNotReadOn) {
  EXPECT_EQ(read(std::string(kEnvFileBytesMax + 1, '\n')), "site.env: over 1MiB");
}

// Unlike the environment, the file is ours alone: what is in it must be known.
const Case kSettings[] = {
    {"a_setting", "IDLE_TIMEOUT=1h\n", "fine"},
    {"its_other_name", "MLLP_ADDR=:2576\n", "fine"},
    {"unknown_name", "# ours\nCOLOUR=blue\n",
     "site.env:2:1: COLOUR: unknown setting\n    COLOUR=blue\n    ^"},
    {"misspelt_name", "IDEL_TIMEOUT=1h\n",
     "site.env:1:1: IDEL_TIMEOUT: unknown setting; did you mean IDLE_TIMEOUT?\n"
     "    IDEL_TIMEOUT=1h\n"
     "    ^"},
    {"malformed_value", "\nIDLE_TIMEOUT = \"1 hour\"\n",
     "site.env:2:17: IDLE_TIMEOUT: expected a duration such as 30s, found 1 hour\n"
     "    IDLE_TIMEOUT = \"1 hour\"\n"
     "                    ^"},
    {"alone", "TLS_KEY_FILE=/k",
     "site.env:1:14: TLS_KEY_FILE: does nothing without TLS_CERT_FILE\n"
     "    TLS_KEY_FILE=/k\n"
     "                 ^"},
    {"another_env_file", "ENV_FILE=other.env",
     "site.env:1:1: ENV_FILE: an env file does not name another one\n"
     "    ENV_FILE=other.env\n"
     "    ^"},
    {"both_names_different", "LISTEN_ADDR=:1\nMLLP_ADDR=:2\n",
     "site.env:2:11: MLLP_ADDR: another name of LISTEN_ADDR, which says :1 and not :2\n"
     "    MLLP_ADDR=:2\n"
     "              ^"},
    {"memory_loses_messages", "STORE=memory\n",
     "site.env:1:7: STORE: memory loses every accepted message when the process ends; set "
     "ALLOW_LOSS=true if that is meant\n"
     "    STORE=memory\n"
     "          ^"},
    {"open_telemetry", "OTEL_SERVICE_NAME=mllp\n", "fine"},
    {"open_telemetry_not_here", "OTEL_LOGS_EXPORTER=otlp\n",
     "warning: site.env:1:20: OTEL_LOGS_EXPORTER: ignored, as this version has no such setting of "
     "OpenTelemetry yet\n"
     "    OTEL_LOGS_EXPORTER=otlp\n"
     "                       ^"},
};

class EnvFileSettingsTest : public testing::TestWithParam<Case> {};

TEST_P(EnvFileSettingsTest, AreReadOrRefused) {
  EXPECT_EQ(said({.env_file = GetParam().text}), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Cases, EnvFileSettingsTest, testing::ValuesIn(kSettings),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(EnvFile, TheEnvironmentWinsAndTheCommandLineWinsOverIt) {
  const auto result = run({.environment = {{"ACK_MODE", "enhanced"}, {"BATCH", "reject"}},
                           .env_file = "ACK_MODE=original\nBATCH=split\nACK_TIME=plain\n",
                           .command_line = {{"BATCH", "split"}}});
  ASSERT_TRUE(result.has_value());
  const ListenerSettings& listener = result->listeners.front();
  EXPECT_EQ(listener.ack_mode, AckMode::kEnhanced);
  EXPECT_EQ(listener.batch, BatchMode::kSplit);
  EXPECT_EQ(listener.ack_time, AckTime::kPlain);
}

// One name in the environment, its other name in the file: one setting all the same.
TEST(EnvFile, TheEnvironmentWinsUnderEitherName) {
  const auto result =
      run({.environment = {{"MLLP_ADDR", ":1001"}}, .env_file = "LISTEN_ADDR=:1002\n"});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->listeners.front().address.port, 1001);
}

}  // namespace
}  // namespace config
