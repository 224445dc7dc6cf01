#include <gtest/gtest.h>

#include <string>

#include "app/config/test_support/run.hpp"

namespace config {
namespace {

using test_support::run;
using test_support::said;

struct Case {
  const char* name;
  std::string yaml;
  std::string want;
};

// A connector that is complete but for what `more` says wrong on its line 4.
std::string connector(std::string_view more) {
  return "connectors:\n  - name: ehr\n    type: mllp\n    " + std::string(more) + "\n";
}

// The same for a listener, on line 3.
std::string listener(std::string_view more) {
  return "listeners:\n  - name: lab\n    " + std::string(more) + "\n";
}

// What is said of `line`, which stands at `place` with its caret `column` columns in.
std::string at(std::string_view place, std::string_view what, std::string_view line,
               std::size_t column) {
  return "config.yaml:" + std::string(place) + ": " + std::string(what) + "\n    " +
         std::string(line) + "\n" + std::string(column + 3, ' ') + "^";
}

const Case kCases[] = {
    {"nothing", "", "fine"},
    {"no_mapping", "- a\n", at("1:1", "expected a mapping, found a list", "- a", 1)},

    // The top of the document.
    {"unknown_key", "listener: []\n",
     at("1:1", "unknown key listener; did you mean listeners?", "listener: []", 1)},
    {"rules", "validation: {rules: []}\n", "fine"},
    {"rules_at_the_top", "rules: []\n",
     at("1:8", "rules: rules belong into validation: {rules: […]}", "rules: []", 8)},
    {"listener_setting_at_the_top", "idle_timeout: 1h\n",
     at("1:15",
        "idle_timeout: does not belong here: give it as IDLE_TIMEOUT in the environment or "
        "the env file, or in a listener",
        "idle_timeout: 1h", 15)},
    {"server_setting_at_the_top", "LOG_LEVEL: debug\n",
     at("1:12",
        "LOG_LEVEL: does not belong here: give it as LOG_LEVEL in the environment or the "
        "env file",
        "LOG_LEVEL: debug", 12)},

    // Listeners.
    {"listeners_are_no_list", "listeners: lab\n",
     at("1:12", "listeners: expected a list of listeners, found lab", "listeners: lab", 12)},
    {"listeners_are_a_mapping", "listeners: {lab: {}}\n",
     at("1:12", "listeners: expected a list of listeners, found a mapping", "listeners: {lab: {}}",
        12)},
    {"no_listener", "listeners: []\n",
     at("1:12", "listeners: expected a list of listeners, found an empty one", "listeners: []",
        12)},
    {"listeners_commented_out", "listeners:\n#  - name: lab\n", "fine"},
    {"listener_is_a_text", "listeners: [lab]\n",
     at("1:13", "listeners[0]: expected a mapping, found lab", "listeners: [lab]", 13)},
    {"listener_unknown_key", listener("idle_timout: 1h"),
     at("3:5", "listeners[0]: unknown key idle_timout; did you mean idle_timeout?",
        "    idle_timout: 1h", 5)},
    {"listener_key_in_capitals", listener("IDLE_TIMEOUT: 1h"),
     at("3:5", "listeners[0]: unknown key IDLE_TIMEOUT; did you mean idle_timeout?",
        "    IDLE_TIMEOUT: 1h", 5)},
    {"listener_malformed_value", listener("idle_timeout: 1 hour"),
     at("3:19", "listeners[0].idle_timeout: expected a duration such as 30s, found 1 hour",
        "    idle_timeout: 1 hour", 19)},
    {"listener_value_is_a_list", listener("max_frame_size: [1MiB]"),
     at("3:21", "listeners[0].max_frame_size: expected a size from 1KiB to 2GiB, found a list",
        "    max_frame_size: [1MiB]", 21)},
    {"listener_address", listener("address: 2576"),
     at("3:14",
        "listeners[0].address: expected an address such as :2575, 127.0.0.1:2575 or "
        "[::1]:2575, found 2576",
        "    address: 2576", 14)},
    {"listener_server_setting", listener("log_level: debug"),
     at("3:16",
        "listeners[0].log_level: a setting of the whole server: give it as LOG_LEVEL in "
        "the environment or the env file",
        "    log_level: debug", 16)},
    {"listener_tls_setting", listener("tls_cert_file: [/c]"),
     at("3:20", "listeners[0].tls_cert_file: expected texts, separated by commas, found a list",
        "    tls_cert_file: [/c]", 20)},
    {"listener_tls_alone", listener("tls_cert_file: /c"), "fine"},
    {"listener_plain_by_choice", listener("tls_cert_file: ''"), "fine"},
    {"listener_tls", listener("tls: {cert: /c}"),
     at("3:10",
        "listeners[0].tls: give tls_cert_file, tls_key_file and what else of TLS is wanted in "
        "keys of their own",
        "    tls: {cert: /c}", 10)},
    {"listener_ack_after_store", listener("ack: after_store"), "fine"},
    {"listener_ack_after_delivery",
     listener("ack: after_delivery\n    answer_from: lab\n    answer_within: 10s\n"
              "connectors: [{name: lab, type: mllp}]"),
     "fine"},
    {"listener_ack_after_delivery_from_nobody", listener("ack: after_delivery"),
     at("3:10",
        "listeners[0].ack: after_delivery needs answer_from: the connector whose target answers",
        "    ack: after_delivery", 10)},
    {"listener_ack_after_delivery_from_a_stranger",
     listener("ack: after_delivery\n    answer_from: lab"),
     at("4:18", "listeners[0].answer_from: there is no connector lab", "    answer_from: lab", 18)},
    {"listener_answer_from_alone", listener("answer_from: lab"),
     at("3:18", "listeners[0].answer_from: does nothing without ack: after_delivery",
        "    answer_from: lab", 18)},
    {"listener_proxy_off", listener("proxy_protocol: false"), "fine"},
    {"listener_proxy_on", listener("proxy_protocol: true"),
     at("3:21", "listeners[0].proxy_protocol: does nothing without PROXY_FROM",
        "    proxy_protocol: true", 21)},
    {"listener_name", "listeners:\n  - name: Lab 1\n",
     at("2:11",
        "listeners[0].name: expected a name of at most 64 of a-z 0-9 . _ -, beginning with "
        "a letter or digit, found Lab 1",
        "  - name: Lab 1", 11)},
    {"listener_name_twice", "listeners:\n  - name: lab\n  - name: lab\n    address: :1\n",
     at("3:11", "listeners[1].name: lab is the name of listeners[0] already", "  - name: lab", 11)},
    {"listeners_without_names", "listeners:\n  - address: :1\n  - address: :2\n",
     at("3:5", "listeners[1].name: default is the name of listeners[0] already", "  - address: :2",
        5)},
    {"listener_address_twice",
     "listeners:\n  - {name: a, address: \"127.0.0.1:1\"}\n  - {name: b, address: :1}\n",
     at("3:24", "listeners[1].address: :1 is taken by listeners[0], which listens on 127.0.0.1:1",
        "  - {name: b, address: :1}", 24)},
    {"listeners_without_addresses", "listeners:\n  - name: a\n  - name: b\n",
     at("3:5", "listeners[1].address: :2575 is taken by listeners[0], which listens on :2575",
        "  - name: b", 5)},
    {"listeners_on_any_free_port",
     "listeners:\n  - {name: a, address: \":0\"}\n  - {name: b, address: \":0\"}\n", "fine"},
    {"listener_frame_larger_than_all_buffers", listener("max_frame_size: 1GiB"),
     at("3:21",
        "listeners[0].max_frame_size: 1GiB is more than MAX_BUFFERED_BYTES (512MiB): such "
        "a frame could never be read",
        "    max_frame_size: 1GiB", 21)},
    {"answers_preset", listener("answers: ar_retries"), "fine"},
    {"answers_unknown_preset", listener("answers: all_retries"),
     at("3:14", "listeners[0].answers: expected ae_retries or ar_retries, found all_retries",
        "    answers: all_retries", 14)},
    {"answers_map_unknown_preset", listener("answers: {preset: x}"),
     at("3:23", "listeners[0].answers.preset: expected ae_retries or ar_retries, found x",
        "    answers: {preset: x}", 23)},
    {"answers_unknown_code", listener("answers: {rule_failed: CE}"),
     at("3:28", "listeners[0].answers.rule_failed: expected AA, AE, AR, close or none, found CE",
        "    answers: {rule_failed: CE}", 28)},
    {"answers_list", listener("answers: [AE]"),
     at("3:14", "listeners[0].answers: expected ae_retries or ar_retries, found a list",
        "    answers: [AE]", 14)},

    // Connectors.
    {"connectors_commented_out", "connectors:\n", "fine"},
    {"connectors_are_no_list", "connectors: {name: x}\n",
     at("1:13", "connectors: expected a list of connectors, found a mapping",
        "connectors: {name: x}", 13)},
    {"connector_is_a_text", "connectors: [ehr]\n",
     at("1:14", "connectors[0]: expected a mapping, found ehr", "connectors: [ehr]", 14)},
    {"connector_without_name", "connectors:\n  - type: file\n",
     at("2:5", "connectors[0]: name is required", "  - type: file", 5)},
    {"connector_without_type", "connectors:\n  - name: ehr\n",
     at("2:5", "connectors[0]: type is required", "  - name: ehr", 5)},
    {"connector_name", "connectors:\n  - {name: ../etc, type: file}\n",
     at("2:12",
        "connectors[0].name: expected a name of at most 64 of a-z 0-9 . _ -, beginning "
        "with a letter or digit, found ../etc",
        "  - {name: ../etc, type: file}", 12)},
    {"connector_name_twice",
     "connectors:\n  - {name: ehr, type: file}\n  - {name: ehr, type: mllp}\n",
     at("3:12", "connectors[1].name: ehr is the name of connectors[0] already",
        "  - {name: ehr, type: mllp}", 12)},
    {"connector_batch", connector("batch: 0"),
     at("4:12", "connectors[0].batch: expected a whole number from 1 to 10000, found 0",
        "    batch: 0", 12)},
    {"connector_filter", connector("filter: msh.msg_type == \"ADT\""), "fine"},
    {"connector_filter_is_a_list", connector("filter: [a]"),
     at("4:13", "connectors[0].filter: expected a text, found a list", "    filter: [a]", 13)},
    {"connector_order_by", connector("order_by: pid.id"), "fine"},
    {"connector_one_lane", connector("lanes: 1"), "fine"},
    {"connector_lanes", connector("order_by: pid.id\n    lanes: 8\n    barrier: 'false'"), "fine"},
    {"connector_too_many_lanes", connector("order_by: pid.id\n    lanes: 65"),
     at("5:12", "connectors[0].lanes: expected a whole number from 1 to 64, found 65",
        "    lanes: 65", 12)},
    {"connector_lanes_without_a_key", connector("lanes: 8"),
     at("4:12",
        "connectors[0].lanes: more than 1 needs order_by: without a key there is one order, and "
        "it takes one lane to keep it",
        "    lanes: 8", 12)},
    {"connector_barrier_without_a_key", connector("barrier: 'true'"),
     at("4:14", "connectors[0].barrier: has no effect without order_by", "    barrier: 'true'",
        14)},
    {"connector_max_backlog", connector("max_backlog: {messages: 5, bytes: 1GiB, on_full: park}"),
     "fine"},
    {"connector_max_backlog_is_a_number", connector("max_backlog: 5"),
     at("4:18", "connectors[0].max_backlog: expected a mapping, found 5", "    max_backlog: 5",
        18)},
    {"connector_max_backlog_unknown_key", connector("max_backlog: {count: 5}"),
     at("4:19", "connectors[0].max_backlog: unknown key count", "    max_backlog: {count: 5}", 19)},
    {"connector_max_backlog_on_full", connector("max_backlog: {messages: 5, on_full: drop}"),
     at("4:41", "connectors[0].max_backlog.on_full: expected refuse or park, found drop",
        "    max_backlog: {messages: 5, on_full: drop}", 41)},
    {"connector_max_backlog_without_limit", connector("max_backlog: {on_full: park}"),
     at("4:28", "connectors[0].max_backlog.on_full: has no effect without messages or bytes",
        "    max_backlog: {on_full: park}", 28)},
    {"connector_own_keys_are_left_to_its_type", connector("whatever: 1"), "fine"},

    // Retries.
    {"retry_is_no_mapping", connector("retry: often"),
     at("4:12", "connectors[0].retry: expected a mapping, found often", "    retry: often", 12)},
    {"retry_unknown_key", connector("retry: {maximum: 1m}"),
     at("4:13", "connectors[0].retry: unknown key maximum", "    retry: {maximum: 1m}", 13)},
    {"retry_initial", connector("retry: {initial: 30 parsecs}"),
     at("4:22", "connectors[0].retry.initial: expected a duration such as 30s, found 30 parsecs",
        "    retry: {initial: 30 parsecs}", 22)},
    {"retry_without_pause", connector("retry: {initial: 0}"),
     at("4:22",
        "connectors[0].retry.initial: expected more than 0: a target that is down would be "
        "tried without a pause",
        "    retry: {initial: 0}", 22)},
    {"retry_multiplier", connector("retry: {multiplier: 0.5}"),
     at("4:25", "connectors[0].retry.multiplier: expected a number from 1 to 100, found 0.5",
        "    retry: {multiplier: 0.5}", 25)},
    {"retry_jitter", connector("retry: {jitter: 20%}"),
     at("4:21", "connectors[0].retry.jitter: expected a number from 0 to 1, found 20%",
        "    retry: {jitter: 20%}", 21)},
    {"retry_initial_over_max", connector("retry: {initial: 10m}"),
     at("4:22", "connectors[0].retry.initial: initial (10m) is longer than max (5m)",
        "    retry: {initial: 10m}", 22)},
    {"retry_max_under_initial", connector("retry: {max: 100ms}"),
     at("4:18", "connectors[0].retry.max: initial (1s) is longer than max (100ms)",
        "    retry: {max: 100ms}", 18)},
    {"retry_max_age", connector("retry: {max_age: 500ms}"),
     at("4:22",
        "connectors[0].retry.max_age: 500ms is shorter than initial (1s): no retry would "
        "be made",
        "    retry: {max_age: 500ms}", 22)},
    {"retry_attempts", connector("retry: {attempts: 0}"),
     at("4:23", "connectors[0].retry.attempts: expected a whole number from 1 to 1000000, found 0",
        "    retry: {attempts: 0}", 23)},
    {"retry_on_exhausted", connector("retry: {on_exhausted: drop}"),
     at("4:27",
        "connectors[0].retry.on_exhausted: expected dead_letter, stop or hold_key, found drop",
        "    retry: {on_exhausted: drop}", 27)},
    {"retry_hold_key", connector("retry: {on_exhausted: hold_key}"), "fine"},

    // All faults of a run are told together.
    {"several",
     "listeners:\n  - name: lab\n    batch: x\nconnectors:\n  - name: ehr\n    lanes: 2\n",
     at("3:12", "listeners[0].batch: expected split or reject, found x", "    batch: x", 12) +
         "\n" + at("5:5", "connectors[0]: type is required", "  - name: ehr", 5) + "\n" +
         at("6:12",
            "connectors[0].lanes: more than 1 needs order_by: without a key there is one order, "
            "and it takes one lane to keep it",
            "    lanes: 2", 12)},
};

class DocumentTest : public testing::TestWithParam<Case> {};

TEST_P(DocumentTest, IsReadOrRefused) {
  EXPECT_EQ(said({.yaml = GetParam().yaml}), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Cases, DocumentTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Document, FaultsOfAllSourcesAreToldTogether) {
  EXPECT_EQ(said({.environment = {{"BATCH", "x"}}, .env_file = "A", .yaml = "a: [1"}),
            "site.env:1:1: expected NAME=value, found A\n"
            "    A\n"
            "    ^\n"
            "environment: BATCH: expected split or reject, found x\n"
            "config.yaml:1:1: not valid YAML: end of sequence flow not found\n"
            "    a: [1\n"
            "    ^");
}

TEST(Document, ALimitOfListenersAndConnectors) {
  std::string many;
  for (int i = 0; i < 257; ++i) many += "  - {}\n";
  EXPECT_EQ(said({.yaml = "listeners:\n" + many}).substr(0, 41),
            "config.yaml:2:3: listeners: more than 256");
  EXPECT_EQ(said({.yaml = "connectors:\n" + many}).substr(0, 42),
            "config.yaml:2:3: connectors: more than 256");
}

}  // namespace
}  // namespace config
