// connect/connector.hpp: one downstream system, as a lane sees it.
//
// A connector takes entries, in order, and says of each what became of it. It
// keeps no queue, decides no retry and settles nothing: that is deliver's. Two
// kinds of failure are never confused, because one stops the lane and the other
// sets one message aside:
//
//   the target's   it is down, refuses us, is full, does not answer: retried for ever
//   the message's  it was refused for what it is: a dead letter
//   unclear        a time-out, AE: the target's until others pass and it alone does not
//
// The room is `connect`, its namespace `connectors`: connect(2) has the shorter name.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/entry.hpp"

namespace connectors {

// One entry to deliver. Views: valid for the call.
struct Delivery {
  store::EntryId id;
  std::uint32_t attempt = 1;
  base::Uuid message_id;  // the key by which a target can tell a repeat
  base::WallTime received_at;
  std::string_view control_id;  // as received; may hold anything
  std::string_view type;
  std::string_view trigger;
  base::ByteView message;        // exactly as received
  std::string_view traceparent;  // W3C's header of that name; empty: not traced
};

// The values are logged, stored and exported: add at the end, never renumber.
enum class FailureClass : std::uint8_t {
  kConnect = 1,  // refused, unreachable, no such host
  kTls = 2,
  kWrite = 3,       // the octets could not be handed over
  kReset = 4,       // the target closed or reset before it answered
  kTimeout = 5,     // no answer in time
  kAnswerCode = 6,  // AE, AR, CE, CR
  kMismatch = 7,    // an answer, but not to this message, or not readable
  kHttpStatus = 8,
  kDisk = 9,       // full, read-only, I/O error
  kName = 10,      // a name or path that cannot be built from the message
  kConflict = 11,  // exists already with other octets
  kStopped = 12,   // we are shutting down
  kSqlState = 13,  // a database refused: its SQLSTATE stands in the reason
};

// A short lower-case name, e.g. "answer_code".
[[nodiscard]] std::string_view to_string(FailureClass what) noexcept;

enum class Blame : std::uint8_t { kTarget, kMessage, kUnclear };

struct Failure {
  FailureClass what = FailureClass::kConnect;
  Blame blame = Blame::kTarget;
  std::string reason{};  // for the operator: endpoint, code, errno's text; no patient data
  std::string words{};   // the target's own words; may hold patient data; at most 64 KiB
  std::optional<base::Duration> retry_after{};  // the target asked for it
};

struct Delivered {};

// Not sent: one before it in the batch failed, or a stop was asked for.
struct NotTried {};

using Outcome = std::variant<Delivered, Failure, NotTried>;

// Not thread-safe: belongs to one lane and is called on its thread. May block, but
// each wait has a deadline of the connector's own settings, and a stop request
// ends it within 100 ms or leaves it to finish the entry in hand.
class Connector {
 public:
  virtual ~Connector() = default;

  // Delivers in order. One outcome for each, in order; after the first that is not
  // Delivered the rest may be NotTried.
  [[nodiscard]] virtual std::vector<Outcome> deliver(std::span<const Delivery> deliveries,
                                                     std::stop_token stop) = 0;

  // The target's own answer to an entry, whatever it says.
  struct Answered {
    std::string octets;
    bool accepts = false;
  };

  // Makes one attempt, and no second one, at one entry whose sender waits until then. An
  // answer that does not name the entry in full is kMismatch.
  // REQUIRES: the plan can answer.
  [[nodiscard]] virtual base::Result<Answered, Failure> ask(const Delivery& delivery,
                                                            base::SteadyTime until,
                                                            std::stop_token stop);

  // How many entries one call should carry at most.
  [[nodiscard]] virtual std::size_t batch_max() const noexcept = 0;
};

// A configured connector: checked settings from which lanes open their own.
// Thread-safe.
class ConnectorPlan {
 public:
  virtual ~ConnectorPlan() = default;

  // Cheap, touches no network: the connector connects when it delivers.
  [[nodiscard]] virtual std::unique_ptr<Connector> open() const = 0;

  // Whether the target's answers can be passed on: Connector::ask.
  [[nodiscard]] virtual bool can_answer() const noexcept { return false; }

  // Where it goes, for people: "mllp to 10.1.2.3:2575", "file in /srv/hl7".
  [[nodiscard]] virtual std::string describe() const = 0;

  // The files that it trusts and shows itself by, empty where there is none; for people
  // as well: that they fit together was seen when the plan was made.
  struct Credentials {
    std::string certificate;
    std::string key;
    std::string authorities;
    bool verifies = true;
  };

  // None: it does not encrypt.
  [[nodiscard]] virtual std::optional<Credentials> credentials() const { return std::nullopt; }
};

}  // namespace connectors
