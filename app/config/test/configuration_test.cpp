#include "config/configuration.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "app/config/test_support/run.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

using test_support::run;

constexpr std::uint64_t kMemoryMiB = 2048;

// "value (origin)" of a row, or "none".
std::string row(const Configuration& configuration, std::string_view name) {
  const auto found = std::ranges::find(configuration.origins, name, &SettingOrigin::name);
  if (found == configuration.origins.end()) return "none";
  return found->value + " (" + found->origin + ")";
}

TEST(Configuration, OfNothingIsTheDefaults) {
  const auto result = run({});
  ASSERT_TRUE(result.has_value());
  const ServerSettings& server = result->server;
  EXPECT_EQ(server.log_level, telemetry::Level::kInfo);
  EXPECT_EQ(server.data_dir, "./data");
  EXPECT_EQ(server.store, StoreKind::kSqlite);
  EXPECT_FALSE(server.min_free.has_value());
  EXPECT_EQ(server.retain, base::Duration(720h));
  EXPECT_EQ(server.retain_rejected, base::Duration(168h));
  EXPECT_EQ(server.max_rejected_size, 256 * base::kMiB);
  EXPECT_EQ(server.retain_audit, base::Duration::zero());
  EXPECT_EQ(server.max_store_size, 0U);
  EXPECT_EQ(server.max_buffered_bytes, kMemoryMiB / 4 * base::kMiB);
  EXPECT_EQ(server.shutdown_timeout, base::Duration(30s));
  EXPECT_EQ(server.threads, 4U);
  EXPECT_TRUE(result->connectors.empty());
  EXPECT_TRUE(result->warnings.empty());
  EXPECT_EQ(result->config_file, "");
}

TEST(Configuration, OfNothingHasOneListener) {
  const auto result = run({});
  ASSERT_TRUE(result.has_value());
  ASSERT_EQ(result->listeners.size(), 1U);
  const ListenerSettings& listener = result->listeners.front();
  EXPECT_EQ(listener.name, "default");
  EXPECT_EQ(listener.address, (Address{"", 2575}));
  EXPECT_EQ(listener.idle_timeout, base::Duration(10min));
  EXPECT_EQ(listener.frame_timeout, base::Duration(60s));
  EXPECT_EQ(listener.write_timeout, base::Duration(5s));
  EXPECT_EQ(listener.max_frame_size, 32 * base::kMiB);
  EXPECT_EQ(listener.max_garbage, 64 * base::kKiB);
  EXPECT_EQ(listener.max_connections, 0U);
  EXPECT_EQ(listener.max_in_flight, 64U);
  EXPECT_EQ(listener.keep_alive_period, base::Duration(60s));
  EXPECT_EQ(listener.mllp_release, 1);
  EXPECT_EQ(listener.unavailable_wait, base::Duration(5s));
  EXPECT_EQ(listener.default_version, "2.5.1");
  EXPECT_EQ(listener.answers.preset, "ae_retries");
}

TEST(Configuration, AListenersYamlWinsOverTheEnvironmentsDefaultForIt) {
  const auto result = run({.environment = {{"IDLE_TIMEOUT", "1h"}, {"MAX_IN_FLIGHT", "5"}},
                           .yaml = "listeners:\n"
                                   "  - name: lab\n"
                                   "    address: 127.0.0.1:2576\n"
                                   "    idle_timeout: 2h\n"
                                   "  - name: ward\n"});
  ASSERT_TRUE(result.has_value());
  ASSERT_EQ(result->listeners.size(), 2U);
  const ListenerSettings& lab = result->listeners[0];
  const ListenerSettings& ward = result->listeners[1];
  EXPECT_EQ(lab.address, (Address{"127.0.0.1", 2576}));
  EXPECT_EQ(lab.idle_timeout, base::Duration(2h));
  EXPECT_EQ(lab.max_in_flight, 5U);
  EXPECT_EQ(ward.address, (Address{"", 2575})) << "without an address, LISTEN_ADDR";
  EXPECT_EQ(ward.idle_timeout, base::Duration(1h));
}

TEST(Configuration, AnswersAreAPresetAndSingleEntries) {
  const auto result = run({.yaml = "listeners:\n"
                                   "  - {name: a, address: \":1\", answers: ar_retries}\n"
                                   "  - name: b\n"
                                   "    answers: {rule_failed: AE, unavailable: close}\n"});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->listeners[0].answers.preset, "ar_retries");
  const AnswersSetting& answers = result->listeners[1].answers;
  EXPECT_EQ(answers.preset, "ae_retries");
  EXPECT_EQ(answers.entries,
            (std::map<std::string, std::string>{{"rule_failed", "AE"}, {"unavailable", "close"}}));
  EXPECT_EQ(answers.node.find("rule_failed")->line, 4);
}

TEST(Configuration, ConnectorsKeepTheirOwnKeysForTheirType) {
  const auto result = run({.yaml = "connectors:\n"
                                   "  - name: archive\n"
                                   "    type: file\n"
                                   "    directory: /srv/hl7\n"
                                   "  - name: ehr\n"
                                   "    type: mllp\n"
                                   "    batch: 10\n"
                                   "    retry: {initial: 2s, multiplier: 1.5, max: 1m, jitter: 0,\n"
                                   "            max_age: 1d, attempts: 3, on_exhausted: stop}\n"});
  ASSERT_TRUE(result.has_value());
  ASSERT_EQ(result->connectors.size(), 2U);
  const ConnectorSettings& archive = result->connectors[0];
  EXPECT_EQ(archive.type, "file");
  EXPECT_EQ(archive.node.find("directory")->text, "/srv/hl7");
  EXPECT_EQ(archive.retry.max, base::Duration(5min));
  const RetrySettings& retry = result->connectors[1].retry;
  EXPECT_EQ(result->connectors[1].batch, 10U);
  EXPECT_EQ(retry.initial, base::Duration(2s));
  EXPECT_EQ(retry.multiplier, 1.5);
  EXPECT_EQ(retry.max, base::Duration(1min));
  EXPECT_EQ(retry.jitter, 0);
  EXPECT_EQ(retry.max_age, base::Duration(24h));
  EXPECT_EQ(retry.attempts, 3U);
  EXPECT_EQ(retry.on_exhausted, RetrySettings::OnExhausted::kStop);
}

// A node outlives the configuration it came from: its problems still show the line.
TEST(Configuration, AConnectorsNodeKnowsItsSource) {
  Node node;
  {
    const auto result = run({.yaml = "connectors:\n  - {name: a, type: file, mode: x}\n"});
    ASSERT_TRUE(result.has_value());
    node = result->connectors[0].node;
  }
  EXPECT_EQ(to_string(node.find("mode")->problem("wrong")),
            "config.yaml:2:33: wrong\n"
            "      - {name: a, type: file, mode: x}\n"
            "                                    ^");
}

TEST(Configuration, TellsWhereEachValueCameFrom) {
  const auto result =
      run({.environment = {{"BATCH", "reject"}},
           .env_file = "# ours\n\nMLLP_ADDR=127.0.0.1:99\n",
           .yaml = "listeners:\n  - name: lab\n    idle_timeout: 3600s\n"
                   "connectors:\n  - name: ehr\n    type: mllp\n    address: lab:2575\n"
                   "    retry:\n      max: 90s\n",
           .command_line = {{"LOG_LEVEL", "debug"}}});
  ASSERT_TRUE(result.has_value()) << to_string(result.error());
  EXPECT_EQ(row(*result, "BATCH"), "reject (environment)");
  EXPECT_EQ(row(*result, "LISTEN_ADDR"), "127.0.0.1:99 (site.env:3)");
  EXPECT_EQ(row(*result, "LOG_LEVEL"), "debug (command line)");
  EXPECT_EQ(row(*result, "ACK_MODE"), "original (default)");
  EXPECT_EQ(row(*result, "THREADS"), "4 (default)");
  EXPECT_EQ(row(*result, "MAX_BUFFERED_BYTES"), "512MiB (default)");
  EXPECT_EQ(row(*result, "CONFIG_FILE"), "config.yaml (default)");
  EXPECT_EQ(row(*result, "listeners[0].idle_timeout"), "1h (config.yaml:3)");
  EXPECT_EQ(row(*result, "connectors[0].address"), "lab:2575 (config.yaml:7)");
  EXPECT_EQ(row(*result, "connectors[0].retry.max"), "1m30s (config.yaml:9)");
  EXPECT_EQ(row(*result, "connectors[0].retry.initial"), "1s (default)");
  EXPECT_EQ(row(*result, "TLS_CERT_FILE"), " (default)");
}

TEST(Configuration, ShowsNoSecrets) {
  const auto result = run({.yaml = "connectors:\n"
                                   "  - name: a\n"
                                   "    type: amqp\n"
                                   "    url: amqp://user:hunter2@host/v@x\n"
                                   "    dsn: host=h password=hunter2\n"
                                   "    auth: {token_file: /run/t, password: hunter2, "
                                   "tokens: [hunter2]}\n"});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(row(*result, "connectors[0].url"), "amqp://[hidden]@host/v@x (config.yaml:4)");
  EXPECT_EQ(row(*result, "connectors[0].dsn"), "[hidden] (config.yaml:5)");
  EXPECT_EQ(row(*result, "connectors[0].auth.token_file"), "/run/t (config.yaml:6)");
  EXPECT_EQ(row(*result, "connectors[0].auth.password"), "[hidden] (config.yaml:6)");
  for (const SettingOrigin& origin : result->origins) {
    EXPECT_EQ(origin.value.find("hunter2"), std::string::npos) << origin.name;
  }
}

struct Room {
  std::uint64_t memory_mib;
  std::uint64_t want_mib;
};

TEST(Configuration, BuffersAreAQuarterOfMemoryWithinLimits) {
  for (const auto& [memory, want] :
       {Room{0, 32}, Room{64, 32}, Room{1024, 256}, Room{4096, 1024}, Room{65536, 1024}}) {
    EXPECT_EQ(default_buffered_bytes({1, memory * base::kMiB}), want * base::kMiB) << memory;
  }
}

// The whole way, with files. Each test has a folder of its own and works in it.
class LoadTest : public testing::Test {
 protected:
  LoadTest()
      : folder_(testing::TempDir() + "config_XXXXXX"), before_(std::filesystem::current_path()) {
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    std::filesystem::current_path(folder_);
  }

  ~LoadTest() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }

  LoadTest(const LoadTest&) = delete;
  LoadTest& operator=(const LoadTest&) = delete;

  static void write(const std::string& name, std::string_view text) { std::ofstream(name) << text; }

  static std::string said(const ConfigurationSources& sources) {
    const auto result = load_configuration(sources);
    return result ? "fine" : to_string(result.error());
  }

 private:
  std::string folder_;
  std::filesystem::path before_;
};

TEST_F(LoadTest, NeedsNoFile) { EXPECT_EQ(said({}), "fine"); }

TEST_F(LoadTest, TakesConfigYamlOfTheWorkingFolder) {
  write("config.yaml", "listeners: [{name: lab}]\n");
  const auto result = load_configuration({});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->listeners.front().name, "lab");
  EXPECT_EQ(result->config_file, "config.yaml");
}

TEST_F(LoadTest, TakesTheFilesThatAreNamed) {
  write("config.yaml", "broken: [");
  write("site.yaml", "listeners: [{name: lab}]\n");
  write("site.env", "CONFIG_FILE=site.yaml\nLOG_LEVEL=debug\n");
  const auto result = load_configuration({{{"ENV_FILE", "site.env"}}, {}});
  ASSERT_TRUE(result.has_value()) << to_string(result.error());
  EXPECT_EQ(result->listeners.front().name, "lab");
  EXPECT_EQ(result->server.log_level, telemetry::Level::kDebug);
  EXPECT_EQ(row(*result, "CONFIG_FILE"), "site.yaml (site.env:1)");
  EXPECT_EQ(row(*result, "ENV_FILE"), "site.env (environment)");
}

TEST_F(LoadTest, NamedFilesMustBeThere) {
  EXPECT_EQ(said({{{"CONFIG_FILE", "a.yaml"}, {"ENV_FILE", "a.env"}}, {}}),
            "environment: ENV_FILE: cannot read a.env: No such file or directory\n"
            "environment: CONFIG_FILE: cannot read a.yaml: No such file or directory");
  EXPECT_EQ(said({{}, {{"CONFIG_FILE", "."}}}),
            "command line: CONFIG_FILE: cannot read .: Is a directory");
  write("site.env", "CONFIG_FILE=a.yaml\n");
  EXPECT_EQ(said({{{"ENV_FILE", "site.env"}}, {}}),
            "site.env:1:13: CONFIG_FILE: cannot read a.yaml: No such file or directory\n"
            "    CONFIG_FILE=a.yaml\n"
            "                ^");
}

TEST_F(LoadTest, AConfigYamlThatCannotBeReadIsNotPassedOver) {
  std::filesystem::create_directory("config.yaml");
  EXPECT_EQ(said({}), "default: CONFIG_FILE: cannot read config.yaml: Is a directory");
}

TEST_F(LoadTest, FilesOverTheLimitAreNotReadToTheirEnd) {
  write("big.yaml", std::string(kYamlBytesMax + 1, '#'));
  EXPECT_EQ(said({{{"CONFIG_FILE", "big.yaml"}}, {}}),
            "environment: CONFIG_FILE: cannot read big.yaml: over 4MiB");
  EXPECT_EQ(said({{{"CONFIG_FILE", "/dev/zero"}}, {}}),
            "environment: CONFIG_FILE: cannot read /dev/zero: over 4MiB");
}

TEST_F(LoadTest, FaultsNameTheFileAsItWasGiven) {
  write("site.yaml", "listener:\n");
  EXPECT_EQ(said({{{"CONFIG_FILE", "./site.yaml"}}, {}}),
            "./site.yaml:1:1: unknown key listener; did you mean listeners?\n"
            "    listener:\n"
            "    ^");
}

}  // namespace
}  // namespace config
