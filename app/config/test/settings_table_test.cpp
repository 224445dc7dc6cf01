#include "config/settings_table.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "app/config/test_support/run.hpp"

namespace config {
namespace {

using test_support::run;

// Section 9 of the specification, by hand: what it names, the table has.
constexpr std::string_view kSpecified[] = {
    "LISTEN_ADDR",
    "IDLE_TIMEOUT",
    "FRAME_TIMEOUT",
    "WRITE_TIMEOUT",
    "CONNECT_TIMEOUT",
    "MAX_FRAME_SIZE",
    "MAX_GARBAGE",
    "MAX_CONNECTIONS",
    "MAX_CONNECTIONS_PER_IP",
    "MAX_HANDSHAKES",
    "MAX_IN_FLIGHT",
    "MAX_BUFFERED_BYTES",
    "RATE_LIMIT",
    "KEEP_ALIVE_PERIOD",
    "FRAME_RESYNC",
    "FRAME_END",
    "MLLP_RELEASE",
    "PROXY_PROTOCOL",
    "PROXY_FROM",
    "BATCH",
    "BATCH_ANSWER",
    "NO_CONTROL_ID",
    "SEVERAL_MESSAGES",
    "ACK_MODE",
    "ANSWER_ACKS",
    "ACK_TEXT",
    "ACK_TIME",
    "UNAVAILABLE_WAIT",
    "UNROUTED",
    "DEFAULT_CHARACTER_SET",
    "DEFAULT_VERSION",
    "CEL_COST_LIMIT",
    "CEL_MESSAGE_COST_LIMIT",
    "TLS_CERT_FILE",
    "TLS_KEY_FILE",
    "TLS_KEY_PASSWORD_FILE",
    "TLS_CLIENT_CA",
    "TLS_CLIENT_NAMES",
    "TLS_CRL_FILE",
    "TLS_MIN_VERSION",
    "ALLOW_FROM",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "DATA_DIR",
    "STORE",
    "ALLOW_LOSS",
    "DEDUP",
    "DEDUP_WINDOW",
    "DEDUP_CONFLICT",
    "RETAIN",
    "RETAIN_REJECTED",
    "MAX_REJECTED_SIZE",
    "RETAIN_AUDIT",
    "MAX_STORE_SIZE",
    "MIN_FREE",
    "ENCRYPTION_KEY_FILE",
    "ENCRYPTION_KEY",
    "AUDIT_KEY_FILE",
    "ADMIN_ADDR",
    "ADMIN_TOKEN_FILE",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "OTEL_TRACES_EXPORTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_SDK_DISABLED",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_LOGS_EXPORTER",
    "PRE_SHUTDOWN_DELAY",
    "SHUTDOWN_TIMEOUT",
    "THREADS",
    "RUN_AS",
    "CONFIG_FILE",
    "ENV_FILE",
    "MLLP_ADDR",
    "MLLP_MAX_CONNECTIONS",
};

TEST(SettingsTable, HasAllThatIsSpecified) {
  for (const std::string_view name : kSpecified) EXPECT_NE(find_setting(name), nullptr) << name;
  EXPECT_EQ(all_settings().size() + 2, std::size(kSpecified)) << "two of them are other names";
}

TEST(SettingsTable, NamesEachSettingOnce) {
  std::set<std::string_view> names;
  for (const std::string_view name : setting_names())
    EXPECT_TRUE(names.insert(name).second) << name;
}

TEST(SettingsTable, EveryDefaultIsWrittenAsItIsRead) {
  for (const Setting& setting : all_settings()) {
    if (setting.presence != Presence::kHere || setting.default_text.empty()) continue;
    const auto value = parse_value(setting.shape, setting.default_text);
    ASSERT_TRUE(value.has_value()) << setting.name << ": " << value.error();
    const auto again = parse_value(setting.shape, render_value(setting.shape, *value));
    ASSERT_TRUE(again.has_value()) << setting.name;
    EXPECT_EQ(*again, *value) << setting.name;
  }
}

// What is here has a place to go, what is not here has a sentence that says so.
TEST(SettingsTable, EveryRowIsWhole) {
  for (const Setting& setting : all_settings()) {
    const bool file = setting.name == "CONFIG_FILE" || setting.name == "ENV_FILE";
    const bool here = setting.presence == Presence::kHere;
    const bool server = setting.set_server != nullptr;
    const bool listener = setting.set_listener != nullptr;
    const bool decides = setting.shape.choices.size() != 1;  // one word: nothing to keep
    EXPECT_EQ(server, here && !file && decides && setting.scope == Scope::kServer) << setting.name;
    EXPECT_EQ(listener, here && setting.scope == Scope::kListener) << setting.name;
    EXPECT_EQ(setting.lacking.empty(), here) << setting.name;
    EXPECT_TRUE(setting.help.ends_with(".")) << setting.name;
  }
}

// Each word of a choice ends in the enumerator of that name.
struct ChoiceCase {
  const char* name;
  const char* word;
  bool (*holds)(const Configuration&);
};

const ListenerSettings& first(const Configuration& configuration) {
  return configuration.listeners.front();
}

using C = Configuration;

const ChoiceCase kChoices[] = {
    {"FRAME_RESYNC", "header", [](const C& c) { return first(c).frame_resync == Resync::kHeader; }},
    {"FRAME_RESYNC", "any", [](const C& c) { return first(c).frame_resync == Resync::kAny; }},
    {"FRAME_RESYNC", "close", [](const C& c) { return first(c).frame_resync == Resync::kClose; }},
    {"FRAME_END", "fscr", [](const C& c) { return first(c).frame_end == FrameEnd::kFsCr; }},
    {"FRAME_END", "fs", [](const C& c) { return first(c).frame_end == FrameEnd::kFs; }},
    {"BATCH", "split", [](const C& c) { return first(c).batch == BatchMode::kSplit; }},
    {"BATCH", "reject", [](const C& c) { return first(c).batch == BatchMode::kReject; }},
    {"BATCH_ANSWER", "all", [](const C& c) { return first(c).batch_answer == BatchAnswer::kAll; }},
    {"BATCH_ANSWER", "errors",
     [](const C& c) { return first(c).batch_answer == BatchAnswer::kErrors; }},
    {"BATCH_ANSWER", "one", [](const C& c) { return first(c).batch_answer == BatchAnswer::kOne; }},
    {"NO_CONTROL_ID", "reject",
     [](const C& c) { return first(c).no_control_id == NoControlId::kReject; }},
    {"NO_CONTROL_ID", "accept",
     [](const C& c) { return first(c).no_control_id == NoControlId::kAccept; }},
    {"SEVERAL_MESSAGES", "reject",
     [](const C& c) { return first(c).several_messages == SeveralMessages::kReject; }},
    {"SEVERAL_MESSAGES", "split",
     [](const C& c) { return first(c).several_messages == SeveralMessages::kSplit; }},
    {"ACK_MODE", "original", [](const C& c) { return first(c).ack_mode == AckMode::kOriginal; }},
    {"ACK_MODE", "enhanced", [](const C& c) { return first(c).ack_mode == AckMode::kEnhanced; }},
    {"ACK_TEXT", "auto", [](const C& c) { return first(c).ack_text == AckText::kAuto; }},
    {"ACK_TEXT", "never", [](const C& c) { return first(c).ack_text == AckText::kNever; }},
    {"ACK_TIME", "offset", [](const C& c) { return first(c).ack_time == AckTime::kOffset; }},
    {"ACK_TIME", "plain", [](const C& c) { return first(c).ack_time == AckTime::kPlain; }},
    {"UNROUTED", "accept", [](const C& c) { return first(c).unrouted == Unrouted::kAccept; }},
    {"UNROUTED", "reject", [](const C& c) { return first(c).unrouted == Unrouted::kReject; }},
    {"STORE", "sqlite", [](const C& c) { return c.server.store == StoreKind::kSqlite; }},
    {"STORE", "memory", [](const C& c) { return c.server.store == StoreKind::kMemory; }},
    {"LOG_FORMAT", "text",
     [](const C& c) { return c.server.log_format == telemetry::LogFormat::kText; }},
    {"LOG_FORMAT", "json",
     [](const C& c) { return c.server.log_format == telemetry::LogFormat::kJson; }},
    {"LOG_LEVEL", "trace",
     [](const C& c) { return c.server.log_level == telemetry::Level::kTrace; }},
    {"LOG_LEVEL", "debug",
     [](const C& c) { return c.server.log_level == telemetry::Level::kDebug; }},
    {"LOG_LEVEL", "info", [](const C& c) { return c.server.log_level == telemetry::Level::kInfo; }},
    {"LOG_LEVEL", "warning",
     [](const C& c) { return c.server.log_level == telemetry::Level::kWarning; }},
    {"LOG_LEVEL", "error",
     [](const C& c) { return c.server.log_level == telemetry::Level::kError; }},
    {"LOG_LEVEL", "critical",
     [](const C& c) { return c.server.log_level == telemetry::Level::kCritical; }},
    {"LOG_LEVEL", "off", [](const C& c) { return c.server.log_level == telemetry::Level::kOff; }},
    {"DEFAULT_VERSION", "2.3.1", [](const C& c) { return first(c).default_version == "2.3.1"; }},
    {"DEFAULT_VERSION", "2.8.2", [](const C& c) { return first(c).default_version == "2.8.2"; }},
};

TEST(SettingsTable, EachWordOfAChoiceIsItsEnumerator) {
  for (const auto& [name, word, holds] : kChoices) {
    const auto result = run({.environment = {{name, word}, {"ALLOW_LOSS", "true"}}});
    ASSERT_TRUE(result.has_value()) << name << "=" << word;
    EXPECT_TRUE(holds(*result)) << name << "=" << word;
  }
}

}  // namespace
}  // namespace config
