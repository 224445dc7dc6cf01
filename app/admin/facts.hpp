// admin/facts.hpp: what the admin server asks of the rest of the house.
//
// A seam: app/server answers, and a test answers in its place. Thread-safe: the admin
// server's thread asks, and that of an exporter of metrics. Every method must come back soon
// (a second at most): it takes copies and waits for no network, no target and no disk beyond
// a read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "telemetry/distribution.hpp"

namespace admin {

// Why the server should get no traffic. The codes are stable: monitoring relies on them.
struct Unready {
  std::string code;  // "starting", "draining", "store_failing", "disk_full", "lane_stopped"
  std::string text;  // for a person
};

// The head of the audit trail that was published last. Empty: there is no trail.
struct AuditHeadFacts {
  std::string sequence;
  std::string mac;  // in hexadecimal digits
};

struct StatusFacts {
  std::string version;
  std::string phase;  // "starting", "serving", "draining"
  std::string store;  // "sqlite" or "memory"
  base::WallTime started_at;
  std::uint64_t config_revision = 0;
  std::size_t connection_count = 0;
  std::vector<std::string> listeners;  // "default 127.0.0.1:2575"
  AuditHeadFacts audit_head;
};

struct FailureFacts {
  std::string what;    // a connectors::FailureClass
  std::string reason;  // no patient data
  base::WallTime at;
};

struct ConnectorFacts {
  std::string name;
  std::string target;
  std::string state;  // "running", "waiting", "stopped"
  std::uint64_t waiting_count = 0;
  std::uint64_t waiting_bytes = 0;
  std::uint64_t parked_count = 0;
  std::optional<base::WallTime> oldest_at;  // when the oldest that waits was received
  std::uint64_t attempt_count = 0;          // counts: since the start of the process
  std::uint64_t delivered_count = 0;
  std::uint64_t restart_count = 0;
  std::uint64_t backlog_refused_count = 0;  // because of max_backlog
  std::uint64_t backlog_parked_count = 0;
  std::optional<FailureFacts> last_failure;
  telemetry::Distribution latencies;  // by telemetry::kDeliveryBounds
};

struct ConnectionFacts {
  std::uint64_t id = 0;
  std::string listener;
  std::string peer;
  std::string tls_identity;
  base::WallTime since;
  std::uint64_t frame_count = 0;
  std::uint64_t received_bytes = 0;
  std::size_t in_flight_count = 0;
};

// Of a rule, by its listener; counts begin again with each reload.
struct RuleFacts {
  std::string listener;
  std::string rule;
  std::uint64_t failed_count = 0;
  std::uint64_t error_count = 0;
};

inline constexpr std::size_t kConnectionsShownMax = 1000;

class Facts {
 public:
  virtual ~Facts() = default;

  // Empty: ready. A stopped lane counts only where `lanes_too`.
  [[nodiscard]] virtual std::vector<Unready> unready(bool lanes_too) = 0;
  [[nodiscard]] virtual StatusFacts status() = 0;
  [[nodiscard]] virtual std::vector<ConnectorFacts> connectors() = 0;

  // At most kConnectionsShownMax, in no order.
  [[nodiscard]] virtual std::vector<ConnectionFacts> connections() = 0;
  [[nodiscard]] virtual std::vector<RuleFacts> rules() = 0;
};

}  // namespace admin
