#include "connect/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/test_support/deliveries.hpp"
#include "connect/test_support/server_targets.hpp"
#include "connect/test_support/targets.hpp"

namespace connectors {
namespace {

using test_support::settings_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

struct Good {
  const char* name;
  const char* type;
  const char* yaml;
  const char* describes;
  std::size_t batch_max;
};

const Good kGood[] = {
    {"mllp_least", "mllp", "address: 10.1.2.3:2575", "mllp to 10.1.2.3:2575", 1},
    {"mllp_all", "mllp",
     "address: lab.example:2575\nbackup_address: '[::1]:2576'\nconnect_timeout: 3s\n"
     "answer_timeout: 1m\nkeep_alive: 0\nmatch: prefix20\nbatch: 8\n"
     "on_answer: {AE: park, AR: retry, CE: park, CR: retry}",
     "mllp to lab.example:2575, else [::1]:2576", 8},
    {"file_least", "file", "directory: /srv/hl7", "files in /srv/hl7", 64},
    {"file_template", "file", "directory: out\nfile_name: '{date}/{id}.hl7'\nbatch: 3",
     "files in out", 3},
    {"append", "file", "directory: out\nmode: append", "frames in out", 256},
    {"append_one_by_one", "file", "directory: out\nmode: append\nbatch: 1", "frames in out", 1},
};

TEST(Registry, MakesAPlanOfGoodSettings) {
  for (const Good& each : kGood) {
    SCOPED_TRACE(each.name);
    config::Problems problems;
    const auto plan = make_plan(settings_of(each.type, each.yaml), base::Clock::system(), problems);
    ASSERT_THAT(problems, SizeIs(0)) << config::to_string(problems);
    ASSERT_NE(plan, nullptr);
    EXPECT_EQ(plan->describe(), each.describes);
    EXPECT_EQ(plan->open()->batch_max(), each.batch_max);
  }
}

struct Bad {
  const char* name;
  const char* type;
  const char* yaml;
  int line;
  const char* words;
};

// `name` and `type` are lines 1 and 2.
const Bad kBad[] = {
    {"unknown_type", "htp", "url: x", 2,
     "connectors.lab.type: expected one of http mllp postgres file, found 'htp'"},
    {"no_address", "mllp", "match: strict", 1, "address"},
    {"address_without_port", "mllp", "address: lab", 3, "expected host:port"},
    {"address_without_host", "mllp", "address: ':2575'", 3, "expected host:port"},
    {"address_port_0", "mllp", "address: lab:0", 3, "expected host:port"},
    {"backup_is_no_address", "mllp", "address: a:1\nbackup_address: b", 4, "found 'b'"},
    {"no_time_to_answer", "mllp", "address: a:1\nanswer_timeout: 0", 4, "more than 0"},
    {"no_time_to_connect", "mllp", "address: a:1\nconnect_timeout: 0s", 4, "more than 0"},
    {"keep_alive_is_no_duration", "mllp", "address: a:1\nkeep_alive: soon", 4, "keep_alive"},
    {"unknown_action", "mllp", "address: a:1\non_answer: {AE: drop}", 4, "AE"},
    {"unknown_code", "mllp", "address: a:1\non_answer: {AX: park}", 4, "AX"},
    {"unknown_match", "mllp", "address: a:1\nmatch: loose", 4, "strict"},
    {"tls_files_must_be_there", "mllp", "address: a:1\ntls: {ca: /none}", 4, "/none: No such file"},
    {"tls_key_alone", "mllp", "address: a:1\ntls: {key: x}", 4, "does nothing without cert"},
    {"tls_has_no_other_keys", "mllp", "address: a:1\ntls: {cret: x}", 4, "cret"},
    {"unknown_key", "mllp", "address: a:1\nadress: b:1", 4, "adress"},
    {"no_directory", "file", "mode: append", 1, "directory"},
    {"unknown_mode", "file", "directory: out\nmode: apend", 4, "append"},
    {"append_has_one_lane", "file", "directory: out\nmode: append\norder_by: pid.id\nlanes: 2", 4,
     "append takes one lane"},
    {"unknown_placeholder", "file", "directory: out\nfile_name: '{pid}'", 4, "{pid}"},
    {"name_outside", "file", "directory: out\nfile_name: ../x", 4, "below `directory`"},
    {"empty_name", "file", "directory: out\nfile_name: ''", 4, "file_name"},
};

TEST(Registry, SaysWhatIsWrongAndWhere) {
  for (const Bad& each : kBad) {
    SCOPED_TRACE(each.name);
    config::Problems problems;
    const auto plan = make_plan(settings_of(each.type, each.yaml), base::Clock::system(), problems);
    EXPECT_EQ(plan, nullptr);
    ASSERT_THAT(problems, SizeIs(1)) << config::to_string(problems);
    EXPECT_THAT(problems.front().text, HasSubstr(each.words));
    EXPECT_EQ(problems.front().line, each.line);
    EXPECT_EQ(problems.front().origin, "config.yaml");
  }
}

TEST(Registry, TellsAllFaultsOfAConnectorAtOnce) {
  config::Problems problems;
  EXPECT_EQ(make_plan(settings_of("mllp", "address: lab\nmatch: loose\nanswer_timeout: 0"),
                      base::Clock::system(), problems),
            nullptr);
  EXPECT_THAT(problems, SizeIs(3));
}

TEST(Registry, AnOpenedConnectorDelivers) {
  const test_support::TemporaryFolder folder;
  config::Problems problems;
  const auto plan = make_plan(
      settings_of("file", "directory: " + folder.path() + "\nfile_name: '{control_id}.hl7'"),
      base::Clock::system(), problems);
  ASSERT_NE(plan, nullptr) << config::to_string(problems);
  test_support::Letters letters;
  letters.add("M1");
  EXPECT_THAT(test_support::summaries(plan->open()->deliver(letters.all(), {})),
              ElementsAre("delivered"));
  EXPECT_EQ(test_support::read_file(folder.path() + "/M1.hl7"), letters.texts().front());
}

}  // namespace
}  // namespace connectors
