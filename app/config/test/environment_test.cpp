#include "config/environment.hpp"

#include <gtest/gtest.h>

#include <string>

#include "app/config/test_support/run.hpp"

namespace config {
namespace {

using test_support::Environment;
using test_support::said;

struct Case {
  const char* name;
  Environment environment;
  std::string_view want;
};

// Each line: what is in the environment, and what the operator reads.
const Case kCases[] = {
    {"nothing", {}, "fine"},
    {"what_is_not_ours", {{"PATH", "/bin"}, {"USER", "ana"}, {"LANG", "C"}, {"TERM", "x"}}, "fine"},
    {"set_to_nothing_is_not_set", {{"IDLE_TIMEOUT", ""}, {"TLS_CERT_FILE", ""}}, "fine"},

    // A malformed value of each kind.
    {"duration",
     {{"IDLE_TIMEOUT", "30 parsecs"}},
     "environment: IDLE_TIMEOUT: expected a duration such as 30s, found 30 parsecs"},
    {"duration_without_unit",
     {{"FRAME_TIMEOUT", "30"}},
     "environment: FRAME_TIMEOUT: expected a duration such as 30s, found 30"},
    {"size",
     {{"MIN_FREE", "64kb"}},
     "environment: MIN_FREE: expected a size such as 64KiB, found 64kb"},
    {"size_too_small",
     {{"MAX_FRAME_SIZE", "1000"}},
     "environment: MAX_FRAME_SIZE: expected a size from 1KiB to 2GiB, found 1000"},
    {"size_of_at_least",
     {{"MAX_GARBAGE", "0"}},
     "environment: MAX_GARBAGE: expected a size of at least 1, found 0"},
    {"number",
     {{"MAX_IN_FLIGHT", "many"}},
     "environment: MAX_IN_FLIGHT: expected a whole number from 1 to 10000, found many"},
    {"number_out_of_range",
     {{"MLLP_RELEASE", "3"}},
     "environment: MLLP_RELEASE: expected a whole number from 1 to 2, found 3"},
    {"number_negative",
     {{"MAX_CONNECTIONS", "-1"}},
     "environment: MAX_CONNECTIONS: expected a whole number from 0 to 1000000, found -1"},
    {"no_thread",
     {{"THREADS", "0"}},
     "environment: THREADS: expected a whole number from 1 to 1024, found 0"},
    {"flag",
     {{"ANSWER_ACKS", "yes"}},
     "environment: ANSWER_ACKS: expected true or false, found yes"},
    {"choice_of_two",
     {{"ACK_MODE", "enhance"}},
     "environment: ACK_MODE: expected original or enhanced, found enhance"},
    {"choice_of_three",
     {{"FRAME_RESYNC", "never"}},
     "environment: FRAME_RESYNC: expected header, any or close, found never"},
    {"choice_is_exact",
     {{"LOG_LEVEL", "INFO"}},
     "environment: LOG_LEVEL: expected trace, debug, info, warning, error, critical or off, "
     "found INFO"},
    {"version",
     {{"DEFAULT_VERSION", "3.0"}},
     "environment: DEFAULT_VERSION: expected 2.1, 2.2, 2.3, 2.3.1, 2.4, 2.5, 2.5.1, 2.6, 2.7, "
     "2.7.1, 2.8, 2.8.1 or 2.8.2, found 3.0"},
    {"address_without_colon",
     {{"LISTEN_ADDR", "2575"}},
     "environment: LISTEN_ADDR: expected an address such as :2575, 127.0.0.1:2575 or [::1]:2575, "
     "found 2575"},
    {"address_ipv6_without_brackets",
     {{"LISTEN_ADDR", "::1:2575"}},
     "environment: LISTEN_ADDR: expected an address such as :2575, 127.0.0.1:2575 or [::1]:2575, "
     "found ::1:2575"},
    {"what_a_terminal_would_obey",
     {{"ACK_TEXT", "\x1b[2J\n"}},
     "environment: ACK_TEXT: expected auto or never, found \\u001b[2J\\n"},
    {"a_very_long_value",
     {{"BATCH", std::string(1000, 'x')}},
     "environment: BATCH: expected split or reject, found "
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."},
    {"all_faults_at_once",
     {{"BATCH", "x"}, {"ACK_TIME", "y"}},
     "environment: BATCH: expected split or reject, found x\n"
     "environment: ACK_TIME: expected offset or plain, found y"},

    // What this version does not have is never ignored.
    {"tls", {{"TLS_CERT_FILE", "/etc/tls/cert.pem"}}, "fine"},
    {"key_without_certificate",
     {{"TLS_KEY_FILE", "/k"}},
     "environment: TLS_KEY_FILE: does nothing without TLS_CERT_FILE"},
    {"client_authority_without_certificate",
     {{"TLS_CLIENT_CA", "/ca"}},
     "environment: TLS_CLIENT_CA: does nothing without TLS_CERT_FILE"},
    {"client_names_without_authority",
     {{"TLS_CERT_FILE", "/c"}, {"TLS_CLIENT_NAMES", "lab"}},
     "environment: TLS_CLIENT_NAMES: does nothing without TLS_CLIENT_CA"},
    {"revocations_without_authority",
     {{"TLS_CERT_FILE", "/c"}, {"TLS_CRL_FILE", "/crl"}},
     "environment: TLS_CRL_FILE: does nothing without TLS_CLIENT_CA"},
    {"least_version_without_certificate",
     {{"TLS_MIN_VERSION", "1.3"}},
     "environment: TLS_MIN_VERSION: does nothing without TLS_CERT_FILE"},
    {"a_version_of_old",
     {{"TLS_CERT_FILE", "/c"}, {"TLS_MIN_VERSION", "1.1"}},
     "environment: TLS_MIN_VERSION: expected 1.2 or 1.3, found 1.1"},
    {"two_certificates_and_a_key",
     {{"TLS_CERT_FILE", "/a, /b"}, {"TLS_KEY_FILE", "/k"}},
     "environment: TLS_KEY_FILE: 1 keys for 2 certificates in TLS_CERT_FILE"},
    {"all_of_tls",
     {{"TLS_CERT_FILE", "/a,/b"},
      {"TLS_KEY_FILE", "/k,/l"},
      {"TLS_KEY_PASSWORD_FILE", "/p"},
      {"TLS_CLIENT_CA", "/ca"},
      {"TLS_CRL_FILE", "/crl"},
      {"TLS_CLIENT_NAMES", "lab, sha256:00"}},
     "fine"},
    {"proxy_protocol",
     {{"PROXY_PROTOCOL", "true"}},
     "environment: PROXY_PROTOCOL: does nothing without PROXY_FROM"},
    {"proxy_from_alone",
     {{"PROXY_FROM", "10.0.0.1"}},
     "environment: PROXY_FROM: does nothing without PROXY_PROTOCOL"},
    {"proxy_both", {{"PROXY_PROTOCOL", "true"}, {"PROXY_FROM", "10.0.0.1, fd00::/8"}}, "fine"},
    {"proxy_protocol_off", {{"PROXY_PROTOCOL", "false"}}, "fine"},
    {"rate_limit", {{"RATE_LIMIT", "100"}}, "fine"},
    {"duplicates",
     {{"DEDUP", "answer"}, {"DEDUP_WINDOW", "12h"}, {"DEDUP_CONFLICT", "reject"}},
     "fine"},
    {"duplicates_unknown",
     {{"DEDUP", "on"}},
     "environment: DEDUP: expected off, answer or reject, found on"},
    {"duplicates_window_alone",
     {{"DEDUP_WINDOW", "12h"}},
     "environment: DEDUP_WINDOW: does nothing without DEDUP"},
    {"duplicates_window_empty",
     {{"DEDUP", "reject"}, {"DEDUP_WINDOW", "0"}},
     "environment: DEDUP_WINDOW: expected 1s to 3650d; DEDUP=off remembers nothing"},
    {"duplicates_conflict_alone",
     {{"DEDUP_CONFLICT", "reject"}},
     "environment: DEDUP_CONFLICT: does nothing without DEDUP"},
    {"retention",
     {{"RETAIN", "90d"},
      {"RETAIN_REJECTED", "0"},
      {"RETAIN_AUDIT", "3650d"},
      {"MAX_STORE_SIZE", "200GiB"}},
     "fine"},
    {"retention_in_words",
     {{"RETAIN", "a month"}},
     "environment: RETAIN: expected a duration such as 30s, found a month"},
    {"encryption", {{"ENCRYPTION_KEY_FILE", "/k"}}, "fine"},
    {"encryption_by_environment", {{"ENCRYPTION_KEY", "k"}}, "fine"},
    {"encryption_twice",
     {{"ENCRYPTION_KEY_FILE", "/k"}, {"ENCRYPTION_KEY", "k"}},
     "environment: ENCRYPTION_KEY: expected nothing, as ENCRYPTION_KEY_FILE is set"},
    {"audit", {{"AUDIT_KEY_FILE", "/k"}}, "fine"},
    {"admin", {{"ADMIN_ADDR", ":8575"}, {"ADMIN_TOKEN_FILE", "/token"}}, "fine"},
    {"admin_without_a_port",
     {{"ADMIN_ADDR", "localhost"}},
     "environment: ADMIN_ADDR: expected an address such as :2575, 127.0.0.1:2575 or [::1]:2575, "
     "found localhost"},
    {"who_may_connect", {{"ALLOW_FROM", "10.0.0.0/8"}}, "fine"},
    {"who_may_connect_with_a_slip",
     {{"ALLOW_FROM", "10.1.0.0/8"}},
     "environment: ALLOW_FROM: expected networks such as 10.0.0.0/8, 192.0.2.7, fd00::/8, found "
     "10.1.0.0/8"},
    {"character_set", {{"DEFAULT_CHARACTER_SET", "8859/1"}}, "fine"},
    {"character_set_that_is_none",
     {{"DEFAULT_CHARACTER_SET", "8859/99"}},
     "environment: DEFAULT_CHARACTER_SET: expected auto, ASCII, UNICODE UTF-8, UTF-8, 8859/1, "
     "8859/2, 8859/3, 8859/4, 8859/5, 8859/6, 8859/7, 8859/8, 8859/9, 8859/15, ISO IR14, ISO IR87, "
     "ISO IR159, GB 18030-2000, KS X 1001, CNS 11643-1992, BIG-5, Shift_JIS, EUC-JP, windows-1250, "
     "windows-1251, windows-1252, windows-1253, windows-1254, windows-1255, windows-1256 or "
     "windows-1257, found 8859/99"},
    {"nats",
     {{"STORE", "nats://user:secret@10.0.0.1:4222"}},
     "environment: STORE: this version has no store in NATS JetStream yet; expected sqlite or "
     "memory"},
    {"telemetry_of_the_whole_cluster",
     {{"OTEL_LOGS_EXPORTER", "otlp"}},
     "warning: environment: OTEL_LOGS_EXPORTER: ignored, as this version has no such setting of "
     "OpenTelemetry yet"},
    {"telemetry_to_a_collector", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://x:4318"}}, "fine"},
    {"telemetry_in_another_way",
     {{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}},
     "environment: OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf, found grpc"},

    // Two names, one setting.
    {"other_name", {{"MLLP_ADDR", ":2576"}}, "fine"},
    {"both_names_alike", {{"MLLP_ADDR", ":2576"}, {"LISTEN_ADDR", ":2576"}}, "fine"},
    {"both_names_different",
     {{"MLLP_ADDR", ":2576"}, {"LISTEN_ADDR", ":2575"}},
     "environment: MLLP_ADDR: another name of LISTEN_ADDR, which says :2575 and not :2576"},
    {"both_limits_different",
     {{"MLLP_MAX_CONNECTIONS", "5"}, {"MAX_CONNECTIONS", "6"}},
     "environment: MLLP_MAX_CONNECTIONS: another name of MAX_CONNECTIONS, which says 6 and not 5"},
    {"malformed_under_its_other_name",
     {{"MLLP_ADDR", "x"}},
     "environment: MLLP_ADDR: expected an address such as :2575, 127.0.0.1:2575 or [::1]:2575, "
     "found x"},

    // Settings that are wrong only together.
    {"memory_loses_messages",
     {{"STORE", "memory"}},
     "environment: STORE: memory loses every accepted message when the process ends; set "
     "ALLOW_LOSS=true if that is meant"},
    {"memory_as_it_is_meant", {{"STORE", "memory"}, {"ALLOW_LOSS", "true"}}, "fine"},
    {"frame_larger_than_all_buffers",
     {{"MAX_FRAME_SIZE", "1GiB"}},
     "environment: MAX_FRAME_SIZE: 1GiB is more than MAX_BUFFERED_BYTES (512MiB): such a frame "
     "could never be read"},
    {"buffers_smaller_than_a_frame",
     {{"MAX_BUFFERED_BYTES", "16MiB"}},
     "environment: MAX_BUFFERED_BYTES: 16MiB is less than MAX_FRAME_SIZE (32MiB): such a frame "
     "could never be read"},

    // Nearly ours: its author believes it in force.
    {"misspelt",
     {{"IDLE_TIMOUT", "1h"}},
     "warning: environment: IDLE_TIMOUT: not a setting; did you mean IDLE_TIMEOUT?"},
    {"letters_swapped",
     {{"STROE", "memory"}},
     "warning: environment: STROE: not a setting; did you mean STORE?"},
    {"lower_case",
     {{"log_level", "debug"}},
     "warning: environment: log_level: not a setting; did you mean LOG_LEVEL?"},
    {"with_our_prefix",
     {{"MLLP_IDLE_TIMEOUT", "1h"}},
     "warning: environment: MLLP_IDLE_TIMEOUT: not a setting; did you mean IDLE_TIMEOUT?"},
    {"with_our_long_prefix",
     {{"MLLP_SERVER_LOG_LEVEL", "debug"}},
     "warning: environment: MLLP_SERVER_LOG_LEVEL: not a setting; did you mean LOG_LEVEL?"},
    {"with_our_prefix_and_misspelt",
     {{"MLLP_DATADIR", "/d"}},
     "warning: environment: MLLP_DATADIR: not a setting; did you mean DATA_DIR?"},
    {"misspelt_tls",
     {{"TLS_CERTFILE", "/c"}},
     "warning: environment: TLS_CERTFILE: not a setting; did you mean TLS_CERT_FILE?"},
    {"openssl_has_its_own", {{"SSL_CERT_FILE", "/etc/ssl/ca.pem"}}, "fine"},

    // What Kubernetes sets for services, also where it nearly hits.
    {"service_variables",
     {{"MLLP_SERVICE_HOST", "10.0.0.1"},
      {"MLLP_SERVICE_PORT", "2575"},
      {"MLLP_SERVICE_PORT_HL7", "2575"},
      {"MLLP_PORT", "tcp://10.0.0.1:2575"},
      {"MLLP_PORT_2575_TCP", "tcp://10.0.0.1:2575"},
      {"MLLP_PORT_2575_TCP_PROTO", "tcp"},
      {"MLLP_PORT_2575_TCP_PORT", "2575"},
      {"MLLP_PORT_2575_TCP_ADDR", "10.0.0.1"}},
     "fine"},
};

class EnvironmentTest : public testing::TestWithParam<Case> {};

TEST_P(EnvironmentTest, IsReadOrRefused) {
  EXPECT_EQ(said({.environment = GetParam().environment}), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Cases, EnvironmentTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(CommandLine, KnowsNoOtherNames) {
  EXPECT_EQ(said({.command_line = {{"LISTEN_ADR", ":1"}}}),
            "command line: LISTEN_ADR: unknown setting; did you mean LISTEN_ADDR?");
  EXPECT_EQ(said({.command_line = {{"LISTEN_ADDR", "1"}}}),
            "command line: LISTEN_ADDR: expected an address such as :2575, 127.0.0.1:2575 or "
            "[::1]:2575, found 1");
}

TEST(ServiceVariables, AreToldByTheirForm) {
  EXPECT_TRUE(is_service_variable("DATA_DIR_SERVICE_HOST"));
  EXPECT_TRUE(is_service_variable("X_PORT_53_UDP_ADDR"));
  EXPECT_TRUE(is_service_variable("LISTEN_PORT"));
  EXPECT_FALSE(is_service_variable("X_PORT_53_UDP_NAME"));
  EXPECT_FALSE(is_service_variable("X_PORT_TCP"));
  EXPECT_FALSE(is_service_variable("X_PORT_53"));
  EXPECT_FALSE(is_service_variable("LISTEN_ADR"));
}

}  // namespace
}  // namespace config
