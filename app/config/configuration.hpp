// config/configuration.hpp: everything that was configured, read, checked and typed.
//
// Server settings come from the environment (and an env file), listeners and
// connectors from one YAML document; a listener's YAML wins over the
// environment's default for it. All faults of a run are reported together.
// Names, defaults and units: one table, config/settings_table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/networks.hpp"
#include "config/node.hpp"
#include "config/problem.hpp"
#include "config/rule_settings.hpp"
#include "config/values.hpp"
#include "telemetry/log.hpp"

namespace config {

enum class Resync : std::uint8_t { kHeader, kAny, kClose };         // FRAME_RESYNC
enum class FrameEnd : std::uint8_t { kFsCr, kFs };                  // FRAME_END
enum class BatchMode : std::uint8_t { kSplit, kReject };            // BATCH
enum class BatchAnswer : std::uint8_t { kAll, kErrors, kOne };      // BATCH_ANSWER
enum class NoControlId : std::uint8_t { kReject, kAccept };         // NO_CONTROL_ID
enum class SeveralMessages : std::uint8_t { kReject, kSplit };      // SEVERAL_MESSAGES
enum class AckWhen : std::uint8_t { kAfterStore, kAfterDelivery };  // ack
enum class AckMode : std::uint8_t { kOriginal, kEnhanced };         // ACK_MODE
enum class AckText : std::uint8_t { kAuto, kNever };                // ACK_TEXT
enum class AckTime : std::uint8_t { kOffset, kPlain };              // ACK_TIME
enum class Unrouted : std::uint8_t { kAccept, kReject };            // UNROUTED
enum class TlsVersion : std::uint8_t { k12, k13 };                  // TLS_MIN_VERSION
enum class StoreKind : std::uint8_t { kSqlite, kMemory };           // STORE
enum class Dedup : std::uint8_t { kOff, kAnswer, kReject };         // DEDUP
enum class DedupConflict : std::uint8_t { kAccept, kReject };       // DEDUP_CONFLICT

// `answers:` of a listener: a preset, then single entries by outcome's name. The
// names are checked by intake/ack_policy, which owns the table.
struct AnswersSetting {
  std::string preset = "ae_retries";
  std::map<std::string, std::string> entries;  // outcome -> AA AE AR close none
  Node node;                                   // for the place of a problem
};

struct ListenerSettings {
  std::string name = "default";
  Address address{"", 2575};
  base::Duration idle_timeout{};  // 0 = none, as with all of them
  base::Duration frame_timeout{};
  base::Duration write_timeout{};
  base::Duration connect_timeout{};  // of the TLS handshake and the PROXY header
  std::uint64_t max_frame_size = 0;
  std::uint64_t max_garbage = 0;
  std::uint64_t max_connections = 0;         // 0 = no limit
  std::uint64_t max_connections_per_ip = 0;  // 0 = no limit
  std::uint64_t max_handshakes = 0;          // 0 = no limit
  std::uint64_t max_in_flight = 0;
  std::uint64_t rate_limit = 0;  // messages a second of one address; 0 = no limit
  base::Duration keep_alive_period{};
  Resync frame_resync = Resync::kHeader;
  FrameEnd frame_end = FrameEnd::kFsCr;
  std::uint8_t mllp_release = 1;  // 1 or 2
  BatchMode batch = BatchMode::kSplit;
  BatchAnswer batch_answer = BatchAnswer::kAll;
  NoControlId no_control_id = NoControlId::kReject;
  SeveralMessages several_messages = SeveralMessages::kReject;
  AckMode ack_mode = AckMode::kOriginal;
  bool answer_acks = false;
  AckText ack_text = AckText::kAuto;
  AckTime ack_time = AckTime::kOffset;
  base::Duration unavailable_wait{};
  Unrouted unrouted = Unrouted::kAccept;
  Dedup dedup = Dedup::kOff;  // messages without control id, or with kAfterDelivery: always off
  DedupConflict dedup_conflict = DedupConflict::kAccept;
  std::string default_version = "2.5.1";
  std::string default_character_set = "auto";  // or a name that hl7::find_charset() knows
  AckWhen ack = AckWhen::kAfterStore;
  std::string answer_from;  // the connector whose target answers, with kAfterDelivery
  base::Duration answer_within = std::chrono::seconds(30);  // likewise, from the last octet read
  AnswersSetting answers;
  ValidationSettings validation;  // its own, else that of the whole document

  // Who may connect. None: everybody.
  Networks allow_from;
  bool proxy_protocol = false;
  Networks proxy_from;

  // TLS, if there is a certificate. Several, with their keys in the same order: which
  // of them answers follows from the name that the client asks for.
  std::vector<std::string> tls_cert_files;
  std::vector<std::string> tls_key_files;           // none: they stand with the certificates
  std::vector<std::string> tls_key_password_files;  // none, one for all, or one for each
  std::string tls_client_ca;                        // set: a client needs a certificate
  std::vector<std::string> tls_client_names;
  std::string tls_crl_file;
  TlsVersion tls_min_version = TlsVersion::k12;
};

struct RetrySettings {
  base::Duration initial = std::chrono::seconds(1);
  double multiplier = 2.0;
  base::Duration max = std::chrono::minutes(5);
  double jitter = 0.2;         // 0 to 1, share of the wait
  base::Duration max_age{};    // 0 = for ever
  std::uint64_t attempts = 5;  // of a message that fails by itself
  enum class OnExhausted : std::uint8_t {
    kDeadLetter,
    kStop,
    kHoldKey
  } on_exhausted = OnExhausted::kDeadLetter;
};

// What may wait for a connector, and what becomes of a message beyond it.
struct BacklogSettings {
  std::uint64_t messages = 0;  // 0: without limit
  std::uint64_t bytes = 0;     // likewise
  enum class OnFull : std::uint8_t { kRefuse, kPark } on_full = OnFull::kRefuse;
};

// What becomes of a message for a connector whose filter cannot be evaluated.
enum class OnFilterError : std::uint8_t { kPark, kSkip, kDeliver };

struct ConnectorSettings {
  std::string name;  // [a-z0-9][a-z0-9._-]*, at most 64, unique
  std::string type;  // checked by the register of connectors
  std::uint64_t batch = 1;
  RetrySettings retry;
  ExpressionSetting filter;    // none: every message
  ExpressionSetting order_by;  // none: one order for all
  ExpressionSetting barrier;   // which messages join two keys; none: merges of patients
  std::uint64_t lanes = 1;     // deliver side by side, an order key always by the same
  OnFilterError on_filter_error = OnFilterError::kPark;
  BacklogSettings max_backlog;
  Node node;  // the whole mapping: the type reads its own settings from it
};

// Keys of a connector's mapping that belong to every type; the type's own reader
// must not report them as unknown.
[[nodiscard]] const std::vector<std::string>& common_connector_keys();

// OTEL_*, as OpenTelemetry defines them; times are milliseconds there. Empty texts: not given.
struct OtelSettings {
  bool sdk_disabled = false;
  std::string endpoint;  // of all signals: /v1/traces and /v1/metrics are put behind it
  std::string traces_endpoint;
  std::string metrics_endpoint;
  std::string headers;  // "name=value,…", percent-encoded; secret, as are the next two
  std::string traces_headers;
  std::string metrics_headers;
  std::uint64_t timeout = 10'000;
  std::string certificate;
  std::string client_certificate;
  std::string client_key;
  bool exports_traces = true;
  bool exports_metrics = true;
  std::string service_name;
  std::string resource_attributes;
  enum class Sampler : std::uint8_t {
    kAlwaysOn,
    kAlwaysOff,
    kRatio,
    kParentAlwaysOn,  // a message over MLLP has no parent: as without it
    kParentAlwaysOff,
    kParentRatio
  } sampler = Sampler::kParentAlwaysOn;
  double sampler_ratio = 1;
  std::uint64_t span_delay = 5'000;
  std::uint64_t span_queue_max = 2048;
  std::uint64_t span_batch_max = 512;
  std::uint64_t metric_interval = 60'000;
};

struct ServerSettings {
  OtelSettings otel;
  telemetry::Level log_level = telemetry::Level::kInfo;
  telemetry::LogFormat log_format = telemetry::LogFormat::kText;
  std::string data_dir = "./data";
  StoreKind store = StoreKind::kSqlite;
  bool allow_loss = false;
  base::Duration dedup_window = std::chrono::hours(24 * 7);
  std::uint64_t dedup_entries_max = 0;    // resolved: messages, in a quarter of memory
  std::optional<std::uint64_t> min_free;  // bytes; none = 512 MiB or 5 % of the disk, the smaller
  base::Duration retain{};                // of accepted messages; 0 = for ever
  base::Duration retain_rejected{};       // of refused ones; 0 = none is kept
  std::uint64_t max_rejected_size = 0;    // bytes of refused ones; 0 = none is kept
  base::Duration retain_audit{};          // of the audit trail; 0 = for ever
  std::uint64_t max_store_size = 0;       // bytes; 0 = no limit
  std::uint64_t max_buffered_bytes = 0;   // resolved: a quarter of memory, at most 1 GiB
  base::Duration pre_shutdown_delay{};
  base::Duration shutdown_timeout{};
  std::uint64_t threads = 1;                       // resolved: cores of the cgroup
  std::string run_as;                              // empty: stay who started it
  Address admin_addr;                              // of health, metrics and API
  bool admin_addr_is_default = true;               // nobody asked for that address
  std::string encryption_key_file;                 // empty, and the next one: all is in clear
  std::string encryption_key;                      // the text of such a file
  std::string audit_key_file;                      // empty: the audit trail's chain has no key
  std::string admin_token_file;                    // empty: only health is served
  std::uint64_t cel_cost_limit = 100'000;          // units of one evaluation
  std::uint64_t cel_message_cost_limit = 100'000;  // of all rules and filters of a message
};

// One row of `mllp-server config`.
struct SettingOrigin {
  std::string name;    // LISTEN_ADDR, listeners[0].idle_timeout
  std::string value;   // as it would be written; secrets never
  std::string origin;  // "default", "environment", "site.env:3", "config.yaml:12"
};

struct Configuration {
  ServerSettings server;
  std::vector<ListenerSettings> listeners;    // at least one
  std::vector<ConnectorSettings> connectors;  // may be none
  std::vector<SetSettings> sets;              // may be none
  std::vector<RuleTest> tests;                // of the rules
  std::vector<IndexFieldSettings> index;      // may be none
  std::vector<SettingOrigin> origins;         // every setting, in the table's order
  Problems warnings;                          // near misses in the environment
  std::string config_file;                    // empty when there is none
};

struct ConfigurationSources {
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> command_line;  // by setting's name: wins over all
};

// Reads ENV_FILE and CONFIG_FILE as the sources name them (`config.yaml` in the
// working folder if it is there and none is named).
[[nodiscard]] base::Result<Configuration, Problems> load_configuration(
    const ConfigurationSources& sources);

}  // namespace config
