// intake/inspection.hpp: a message judged as the server would, with all reasons.
//
// For `mllp-server check`: no store, no connector is touched. Reasons show values of
// the message.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "intake/explanation.hpp"
#include "intake/index_fields.hpp"
#include "intake/live_rules.hpp"
#include "intake/peer.hpp"
#include "intake/router.hpp"
#include "intake/validator.hpp"

namespace intake {

struct RuleReport {
  std::string name;
  RuleResult result = RuleResult::kHolds;
  bool is_warning = false;
  bool decides = false;           // it is what the message is refused for
  std::vector<Finding> findings;  // what the sender is told of it; none where a rule before decided
  std::vector<SeenValue> because;
};

struct RouteReport {
  std::string connector;
  RouteResult result = RouteResult::kTaken;
  std::vector<SeenValue> because;
};

struct Inspection {
  std::string outcome;      // "accepted", "rule_failed", …: of the first message of a frame
  std::string answer_code;  // MSA-1 of the answer, "close" or "none"
  std::vector<std::string> answers;
  std::vector<RuleReport> rules;    // of a single message that can be read
  std::vector<RouteReport> routes;  // of an accepted one
  std::vector<FieldReport> fields;  // likewise: by what it will be found besides

  // The rule that decided; empty without one.
  [[nodiscard]] std::string_view deciding_rule() const noexcept;
  // Rules that are told, and do not decide.
  [[nodiscard]] std::vector<std::string> warned() const;
  // Of all that is told, in the answer's order: "PID-3.1".
  [[nodiscard]] std::vector<std::string> locations() const;
  [[nodiscard]] std::vector<std::string> taken() const;
};

struct Inspected {
  std::string_view octets;
  std::size_t listener = 0;  // its place in the configuration
  Peer peer;
  base::WallTime now;
};

// Keeps references; both outlive it.
class Inspector {
 public:
  Inspector(const config::Configuration& configuration, std::shared_ptr<const RuleSet> rules);

  [[nodiscard]] Inspection inspect(const Inspected& what) const;

 private:
  void report_rules(const Inspected& what, Inspection& inspection) const;
  void report_routes(Inspection& inspection) const;
  void report_fields(const hl7::Message& message, const Inspected& what,
                     Inspection& inspection) const;

  const config::Configuration& configuration_;
  std::shared_ptr<const RuleSet> rules_;
  LiveRules live_;
};

// "holds", "skipped", "false", "error"; "taken", "passed_by", "parked".
[[nodiscard]] std::string_view to_string(RuleResult result) noexcept;
[[nodiscard]] std::string_view to_string(RouteResult result) noexcept;

// One test of the document, run.
struct TestReport {
  std::string name;
  std::vector<std::string> faults;  // what is not as expected; none: passed
  Inspection inspection;
};

// A file that cannot be read and a listener that is not there are faults of the test.
[[nodiscard]] TestReport run_test(const config::RuleTest& test,
                                  const config::Configuration& configuration,
                                  const Inspector& inspector);

}  // namespace intake
