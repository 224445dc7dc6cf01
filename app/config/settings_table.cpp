#include "config/settings_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "base/bytes.hpp"
#include "config/setting_words.hpp"

namespace config {
namespace {

using Words = std::string_view;

constexpr Shape kText{.kind = Kind::kText};
constexpr Shape kFlag{.kind = Kind::kFlag};
constexpr Shape kDuration{.kind = Kind::kDuration};
constexpr Shape kAddress{.kind = Kind::kAddress};
constexpr Shape kList{.kind = Kind::kList};
constexpr Shape kNetworks{.kind = Kind::kNetworks};
constexpr Shape kAnySize{.kind = Kind::kSize};

constexpr Shape number(std::uint64_t least, std::uint64_t most = kNoMost) {
  return Shape{.kind = Kind::kNumber, .least = least, .most = most};
}

constexpr Shape size(std::uint64_t least, std::uint64_t most = kNoMost) {
  return Shape{.kind = Kind::kSize, .least = least, .most = most};
}

constexpr Shape choice(std::span<const Words> words) {
  return Shape{.kind = Kind::kChoice, .choices = words};
}

template <class Field>
void assign(Field& field, const Value& value) {
  if constexpr (std::is_enum_v<Field>) {
    field = static_cast<Field>(std::get<Choice>(value).index);
  } else if constexpr (std::is_same_v<Field, std::uint8_t>) {
    field = static_cast<std::uint8_t>(std::get<std::uint64_t>(value));
  } else if constexpr (std::is_same_v<Field, std::optional<std::uint64_t>>) {
    field = std::get<std::uint64_t>(value);
  } else {
    field = std::get<Field>(value);
  }
}

template <auto kField>
void set_server(ServerSettings& settings, const Value& value) {
  assign(settings.*kField, value);
}

template <auto kField>
void set_listener(ListenerSettings& settings, const Value& value) {
  assign(settings.*kField, value);
}

void set_default_version(ListenerSettings& settings, const Value& value) {
  settings.default_version = kVersionWords[std::get<Choice>(value).index];
}

void set_default_character_set(ListenerSettings& settings, const Value& value) {
  settings.default_character_set = kCharsetWords[std::get<Choice>(value).index];
}

// A setting of the server.
template <auto kField>
constexpr Setting server(Words name, Words default_text, Shape shape, Words help) {
  return Setting{.name = name,
                 .default_text = default_text,
                 .shape = shape,
                 .help = help,
                 .set_server = set_server<kField>};
}

// A setting of each listener.
template <auto kField>
constexpr Setting listener(Words name, Words default_text, Shape shape, Words help) {
  return Setting{.name = name,
                 .default_text = default_text,
                 .shape = shape,
                 .scope = Scope::kListener,
                 .help = help,
                 .set_listener = set_listener<kField>};
}

// Settings that this version does not have.
constexpr Setting ignored(Scope scope, Words name, Words lacking, Words help) {
  return Setting{.name = name,
                 .scope = scope,
                 .presence = Presence::kIgnored,
                 .help = help,
                 .lacking = lacking};
}

constexpr Setting known_as(Setting setting, Words alias) {
  setting.alias = alias;
  return setting;
}

constexpr Setting found_at_start(Setting setting, Words words) {
  setting.default_words = words;
  return setting;
}

constexpr Setting on_sighup(Setting setting) {
  setting.reload = Reload::kOnSighup;
  return setting;
}

template <auto kField>
void set_otel(ServerSettings& settings, const Value& value) {
  assign(settings.otel.*kField, value);
}

// Of an exporter: its name, or none.
template <auto kField>
void set_otel_exporter(ServerSettings& settings, const Value& value) {
  settings.otel.*kField = std::get<Choice>(value).index == 0;
}

// A setting of OpenTelemetry; its name and meaning are the specification's.
template <auto kField>
constexpr Setting otel(Words name, Words default_text, Shape shape, Words help) {
  return Setting{.name = name,
                 .default_text = default_text,
                 .shape = shape,
                 .help = help,
                 .set_server = set_otel<kField>};
}

constexpr Setting otel_exporter(Setting setting, void (*set)(ServerSettings&, const Value&)) {
  setting.set_server = set;
  return setting;
}

constexpr Setting secret(Setting setting) {
  setting.is_secret = true;
  return setting;
}

using L = ListenerSettings;
using O = OtelSettings;
using S = ServerSettings;

constexpr Scope kOfServer = Scope::kServer;

constexpr auto kSettings = std::to_array<Setting>({
    // Listening and framing.
    known_as(listener<&L::address>("LISTEN_ADDR", ":2575", kAddress,
                                   "Where to listen; without a host on all addresses of both "
                                   "families."),
             "MLLP_ADDR"),
    listener<&L::idle_timeout>("IDLE_TIMEOUT", "10m", kDuration,
                               "Closes a connection on which nothing happened between frames; 0 "
                               "never."),
    listener<&L::frame_timeout>("FRAME_TIMEOUT", "60s", kDuration,
                                "Longest time from the start of a frame to its end; 0 for ever."),
    listener<&L::write_timeout>("WRITE_TIMEOUT", "5s", kDuration,
                                "Longest time for the peer to take an answer; 0 for ever."),
    listener<&L::connect_timeout>("CONNECT_TIMEOUT", "10s", kDuration,
                                  "Longest time for the TLS handshake and the PROXY header; 0 "
                                  "for ever."),
    listener<&L::max_frame_size>("MAX_FRAME_SIZE", "32MiB", size(base::kKiB, 2048 * base::kMiB),
                                 "Largest payload of a frame."),
    listener<&L::max_garbage>("MAX_GARBAGE", "64KiB", size(1),
                              "Octets between frames after which the connection is closed."),
    known_as(listener<&L::max_connections>("MAX_CONNECTIONS", "0", number(0, 1'000'000),
                                           "Connections at a time; 0 without limit."),
             "MLLP_MAX_CONNECTIONS"),
    listener<&L::max_connections_per_ip>("MAX_CONNECTIONS_PER_IP", "0", number(0, 1'000'000),
                                         "Connections at a time from one address; 0 without "
                                         "limit."),
    listener<&L::max_handshakes>("MAX_HANDSHAKES", "1000", number(0, 1'000'000),
                                 "TLS handshakes and PROXY headers under way; for one more the "
                                 "oldest makes way; 0 without limit."),
    listener<&L::max_in_flight>("MAX_IN_FLIGHT", "64", number(1, 10'000),
                                "Frames of a connection read ahead of their answers."),
    found_at_start(server<&S::max_buffered_bytes>("MAX_BUFFERED_BYTES", "", size(64 * base::kKiB),
                                                  "Frames in memory over all connections; then "
                                                  "sockets are not read."),
                   "a quarter of memory, 32MiB to 1GiB"),
    listener<&L::rate_limit>("RATE_LIMIT", "0", number(0, 1'000'000),
                             "Messages a second from one address: beyond it its connections are "
                             "read more slowly, then answered AE; 0 without limit."),
    listener<&L::keep_alive_period>("KEEP_ALIVE_PERIOD", "60s", kDuration,
                                    "Between TCP keep-alive probes; 0 sends none."),
    listener<&L::frame_resync>("FRAME_RESYNC", "header", choice(kResyncWords),
                               "A start octet inside a frame begins a new one before a header, "
                               "always, or closes the connection."),
    listener<&L::frame_end>("FRAME_END", "fscr", choice(kFrameEndWords),
                            "What ends a frame: 1C 0D, or a bare 1C for senders that forget the "
                            "0D."),
    listener<&L::mllp_release>("MLLP_RELEASE", "1", number(1, 2),
                               "Release of MLLP; 2 has commit blocks."),
    listener<&L::proxy_protocol>("PROXY_PROTOCOL", "false", kFlag,
                                 "Reads the header of a load balancer with the real peer's "
                                 "address, version 1 or 2; needs PROXY_FROM."),
    listener<&L::proxy_from>("PROXY_FROM", "", kNetworks,
                             "Balancers whose PROXY header is believed; nobody else may connect."),
    listener<&L::batch>("BATCH", "split", choice(kBatchWords),
                        "FHS/BHS batches: take their messages one by one, or refuse them."),
    listener<&L::batch_answer>("BATCH_ANSWER", "all", choice(kBatchAnswerWords),
                               "A batch's answer holds all answers, those that are not AA, or the "
                               "worst code once."),
    listener<&L::no_control_id>("NO_CONTROL_ID", "reject", choice(kNoControlIdWords),
                                "What a message with an empty MSH-10 gets."),
    listener<&L::several_messages>("SEVERAL_MESSAGES", "reject", choice(kSeveralMessagesWords),
                                   "Several MSH in a frame without a batch: refuse, or take them "
                                   "one by one."),

    // Answers.
    listener<&L::ack_mode>("ACK_MODE", "original", choice(kAckModeWords),
                           "original answers every message; enhanced obeys MSH-15 and MSH-16."),
    listener<&L::answer_acks>("ANSWER_ACKS", "false", kFlag,
                              "Answers messages that are acknowledgements themselves."),
    listener<&L::ack_text>("ACK_TEXT", "auto", choice(kAckTextWords),
                           "Whether MSA-3 tells the reason of a refusal."),
    listener<&L::ack_time>("ACK_TIME", "offset", choice(kAckTimeWords),
                           "MSH-7 of answers with or without the offset from UTC."),
    listener<&L::unavailable_wait>("UNAVAILABLE_WAIT", "5s", kDuration,
                                   "How long a store that is not available is waited for before "
                                   "the sender is told; 0 not at all."),
    listener<&L::unrouted>("UNROUTED", "accept", choice(kUnroutedWords),
                           "What a message gets that no connector takes."),
    Setting{.name = "DEFAULT_CHARACTER_SET",
            .default_text = "auto",
            .shape = choice(kCharsetWords),
            .scope = Scope::kListener,
            .help = "Character set of messages without MSH-18; auto: UTF-8 when the message is, "
                    "else windows-1252.",
            .set_listener = set_default_character_set},
    Setting{.name = "DEFAULT_VERSION",
            .default_text = "2.5.1",
            .shape = choice(kVersionWords),
            .scope = Scope::kListener,
            .help = "Version of HL7 where MSH-12 is empty.",
            .set_listener = set_default_version},
    on_sighup(server<&S::cel_cost_limit>(
        "CEL_COST_LIMIT", "100000", number(1'000, 1'000'000'000),
        "Budget of one evaluation of a rule or filter, in units of CEL's "
        "cost model; each stands for ten nanoseconds of work at most.")),
    on_sighup(server<&S::cel_message_cost_limit>(
        "CEL_MESSAGE_COST_LIMIT", "100000", number(1'000, 1'000'000'000),
        "Budget of all rules and filters of one message together; the default is less than a "
        "millisecond.")),

    // TLS and who may connect.
    on_sighup(listener<&L::tls_cert_files>("TLS_CERT_FILE", "", kList,
                                           "Certificate and chain, PEM; set: TLS. Several: the "
                                           "client's server name chooses, else the first "
                                           "answers.")),
    on_sighup(listener<&L::tls_key_files>("TLS_KEY_FILE", "", kList,
                                          "Private key of each certificate; without it the key "
                                          "stands in the certificate's file.")),
    on_sighup(listener<&L::tls_key_password_files>("TLS_KEY_PASSWORD_FILE", "", kList,
                                                   "File with the password of the keys, or one "
                                                   "for each.")),
    on_sighup(listener<&L::tls_client_ca>("TLS_CLIENT_CA", "", kText,
                                          "Authorities of client certificates, which are then "
                                          "required.")),
    on_sighup(listener<&L::tls_client_names>("TLS_CLIENT_NAMES", "", kList,
                                             "Clients that may connect, by a name of their "
                                             "certificate or sha256: of its public key; without "
                                             "it all of TLS_CLIENT_CA.")),
    on_sighup(listener<&L::tls_crl_file>("TLS_CRL_FILE", "", kText,
                                         "Revocation lists of TLS_CLIENT_CA, PEM.")),
    listener<&L::tls_min_version>("TLS_MIN_VERSION", "1.2", choice(kTlsVersionWords),
                                  "Least version of TLS."),
    listener<&L::allow_from>("ALLOW_FROM", "", kNetworks,
                             "Networks that may connect; without it all."),

    // Logging.
    server<&S::log_level>("LOG_LEVEL", "info", choice(kLogLevelWords),
                          "Least level of a line in the log."),
    server<&S::log_format>("LOG_FORMAT", "text", choice(kLogFormatWords),
                           "Lines for people, or a JSON object on each line."),

    // The store.
    server<&S::data_dir>("DATA_DIR", "./data", kText, "Folder of the store."),
    server<&S::store>("STORE", "sqlite", choice(kStoreWords),
                      "Where messages are kept until they are delivered; memory needs "
                      "ALLOW_LOSS=true."),
    server<&S::allow_loss>("ALLOW_LOSS", "false", kFlag,
                           "Says that accepted messages may be lost when the process ends."),
    listener<&L::dedup>("DEDUP", "off", choice(kDedupWords),
                        "A message that came before is stored anew, answered as then, or refused."),
    server<&S::dedup_window>("DEDUP_WINDOW", "7d", kDuration,
                             "How long DEDUP remembers, within a quarter of memory."),
    listener<&L::dedup_conflict>("DEDUP_CONFLICT", "accept", choice(kDedupConflictWords),
                                 "What another message with a control id seen before gets."),
    server<&S::retain>("RETAIN", "30d", kDuration,
                       "How long accepted messages are kept, then only what is owed; 0 for ever."),
    server<&S::retain_rejected>("RETAIN_REJECTED", "7d", kDuration,
                                "How long refused messages are kept; 0 keeps none."),
    server<&S::max_rejected_size>("MAX_REJECTED_SIZE", "256MiB", kAnySize,
                                  "Refused messages kept at most, the oldest go first."),
    server<&S::retain_audit>("RETAIN_AUDIT", "0", kDuration,
                             "How long the audit trail is kept, by whole files; 0 for ever."),
    server<&S::max_store_size>("MAX_STORE_SIZE", "0", kAnySize,
                               "At three quarters of this size the oldest that is settled goes, "
                               "at all of it senders are told unavailable; 0 without limit."),
    found_at_start(server<&S::min_free>("MIN_FREE", "", kAnySize,
                                        "Room on the disk below which senders are told "
                                        "unavailable."),
                   "512MiB or 5 % of the disk, the smaller"),
    server<&S::encryption_key_file>("ENCRYPTION_KEY_FILE", "", kText,
                                    "File with the key that what is kept is encrypted with, as "
                                    "`openssl rand -base64 32` makes one; older keys on further "
                                    "lines. Without it what is kept is in clear."),
    secret(server<&S::encryption_key>("ENCRYPTION_KEY", "", kText,
                                      "The key itself, or several with line ends between them, "
                                      "instead of ENCRYPTION_KEY_FILE.")),
    server<&S::audit_key_file>("AUDIT_KEY_FILE", "", kText,
                               "File with the key that chains the audit trail, in hexadecimal "
                               "digits; older keys on further lines. Without it the trail shows "
                               "damage, not forgery."),

    // Operation.
    server<&S::admin_addr>("ADMIN_ADDR", "127.0.0.1:8575", kAddress,
                           "Where health, metrics and the API are served by HTTP."),
    server<&S::admin_token_file>("ADMIN_TOKEN_FILE", "", kText,
                                 "File with the bearer token that all but /healthz and /readyz "
                                 "ask for; without it they are refused."),
    otel<&O::endpoint>("OTEL_EXPORTER_OTLP_ENDPOINT", "", kText,
                       "Collector of OpenTelemetry, http:// or https://; set: traces and metrics "
                       "are sent to it by OTLP over HTTP. Times of all OTEL_ settings are "
                       "milliseconds."),
    otel<&O::traces_endpoint>("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "", kText,
                              "Whole URL for traces, instead of the endpoint's with /v1/traces."),
    otel<&O::metrics_endpoint>("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "", kText,
                               "Whole URL for metrics, instead of the endpoint's with "
                               "/v1/metrics."),
    secret(otel<&O::headers>("OTEL_EXPORTER_OTLP_HEADERS", "", kText,
                             "Headers of each request, name=value and commas; percent-encoded.")),
    secret(otel<&O::traces_headers>("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "", kText,
                                    "The same, for traces alone.")),
    secret(otel<&O::metrics_headers>("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "", kText,
                                     "The same, for metrics alone.")),
    Setting{.name = "OTEL_EXPORTER_OTLP_PROTOCOL",
            .default_text = "http/protobuf",
            .shape = choice(kOtlpProtocolWords),
            .help = "How it is sent."},
    Setting{.name = "OTEL_EXPORTER_OTLP_COMPRESSION",
            .default_text = "none",
            .shape = choice(kOtlpCompressionWords),
            .help = "Compression of what is sent."},
    otel<&O::timeout>("OTEL_EXPORTER_OTLP_TIMEOUT", "10000", number(1, 600'000),
                      "Longest time for one request to the collector."),
    otel<&O::certificate>("OTEL_EXPORTER_OTLP_CERTIFICATE", "", kText,
                          "Authorities of the collector's certificate, PEM; without it the "
                          "system's."),
    otel<&O::client_certificate>("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "", kText,
                                 "Own certificate for the collector, PEM."),
    otel<&O::client_key>("OTEL_EXPORTER_OTLP_CLIENT_KEY", "", kText, "Its private key, PEM."),
    otel_exporter(Setting{.name = "OTEL_TRACES_EXPORTER",
                          .default_text = "otlp",
                          .shape = choice(kOtelExporterWords),
                          .help = "none: no traces are sent."},
                  set_otel_exporter<&O::exports_traces>),
    otel_exporter(Setting{.name = "OTEL_METRICS_EXPORTER",
                          .default_text = "otlp",
                          .shape = choice(kOtelExporterWords),
                          .help = "none: no metrics are sent."},
                  set_otel_exporter<&O::exports_metrics>),
    otel<&O::sdk_disabled>("OTEL_SDK_DISABLED", "false", kFlag, "true: nothing is sent."),
    otel<&O::service_name>("OTEL_SERVICE_NAME", "", kText,
                           "service.name of all that is sent; without it mllp-server."),
    otel<&O::resource_attributes>("OTEL_RESOURCE_ATTRIBUTES", "", kText,
                                  "More attributes of the resource, name=value and commas; "
                                  "percent-encoded."),
    otel<&O::sampler>("OTEL_TRACES_SAMPLER", "parentbased_always_on", choice(kOtelSamplerWords),
                      "Which messages are traced. A message by MLLP has no parent."),
    otel<&O::sampler_ratio>("OTEL_TRACES_SAMPLER_ARG", "1", Shape{.kind = Kind::kDecimal},
                            "Share of the messages that traceidratio traces, 0 to 1."),
    otel<&O::span_delay>("OTEL_BSP_SCHEDULE_DELAY", "5000", number(1, 600'000),
                         "Longest time between two requests with spans."),
    otel<&O::span_queue_max>("OTEL_BSP_MAX_QUEUE_SIZE", "2048", number(1, 1'000'000),
                             "Spans that wait for the collector; one more is dropped and "
                             "counted."),
    otel<&O::span_batch_max>("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512", number(1, 10'000),
                             "Spans of one request."),
    otel<&O::metric_interval>("OTEL_METRIC_EXPORT_INTERVAL", "60000", number(1, 86'400'000),
                              "Time between two requests with metrics."),
    ignored(kOfServer, "OTEL_*", "such setting of OpenTelemetry",
            "All others of OpenTelemetry: told and ignored."),
    server<&S::pre_shutdown_delay>("PRE_SHUTDOWN_DELAY", "0s", kDuration,
                                   "Between SIGTERM and the end of accepting."),
    server<&S::shutdown_timeout>("SHUTDOWN_TIMEOUT", "30s", kDuration,
                                 "Longest time from SIGTERM to the end of the process; 0 for "
                                 "ever."),
    found_at_start(server<&S::threads>("THREADS", "", number(1, 1024), "Network threads."),
                   "cores of the cgroup"),
    server<&S::run_as>("RUN_AS", "", kText,
                       "User to become when started as root, before the store and the addresses "
                       "are opened."),
    Setting{.name = "CONFIG_FILE",
            .default_words = "config.yaml if it is there",
            .help = "YAML document of listeners and connectors."},
    Setting{.name = "ENV_FILE", .help = "File of KEY=VALUE lines; the environment wins over it."},
});

}  // namespace

std::span<const Setting> all_settings() noexcept { return kSettings; }

const Setting* find_setting(std::string_view name) noexcept {
  if (name.empty()) return nullptr;
  for (const Setting& setting : kSettings) {
    const bool prefix = setting.name.ends_with('*');
    if (prefix && name.starts_with(setting.name.substr(0, setting.name.size() - 1))) {
      return &setting;
    }
    if (setting.name == name || setting.alias == name) return &setting;
  }
  return nullptr;
}

const std::vector<std::string_view>& setting_names() {
  static const auto* const names = [] {
    auto* const all = new std::vector<std::string_view>;
    for (const Setting& setting : kSettings) {
      if (!setting.name.ends_with('*')) all->push_back(setting.name);
      if (!setting.alias.empty()) all->push_back(setting.alias);
    }
    return all;
  }();
  return *names;
}

std::string yaml_key(const Setting& setting) {
  if (setting.name == "LISTEN_ADDR") return "address";
  std::string key(setting.name);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return key;
}

std::string refusal(const Setting& setting, std::string_view text) {
  if (setting.name == "STORE" && text.starts_with("nats://")) {
    return "this version has no store in NATS JetStream yet; expected sqlite or memory";
  }
  return {};
}

}  // namespace config
