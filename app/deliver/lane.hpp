// deliver/lane.hpp: takes entries of one slice from the outbox to its connector.
//
//     claim ──► deliver ──► settle ──► claim …
//
// One step is one such round. It holds no thread and sleeps nowhere: what to wait
// for is what step() returns, so that a test can take one step after the other.
// lane_thread.hpp runs it.
//
// A lane with questions delivers nothing: it makes one attempt at each entry whose sender
// waits for the answer, lets all others expire, and waits for no target (lane_ask.cpp).
//
// Waits are of two kinds. While the target fails, the lane as a whole waits and
// its entries stay due (so a resume by hand acts at once). While one message is
// refused with AE, that entry waits in the outbox, and with it those of its key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

#include "audit/journal.hpp"
#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"
#include "deliver/circuit.hpp"
#include "deliver/course.hpp"
#include "deliver/lane_report.hpp"
#include "deliver/questions.hpp"
#include "store/outbox.hpp"

namespace deliver {

struct LaneSettings {
  std::string name;  // the connector's
  store::LaneSlice slice;
  config::RetrySettings retry;
  Questions* questions = nullptr;      // set: its entries are asked, not delivered
  std::shared_ptr<Circuit> circuit{};  // all lanes of a connector have one; none: one of its own
  audit::Journal* journal = nullptr;   // is told of each attempt; none: nobody is
};

// Not thread-safe: belongs to one thread. What it is given outlives it.
class Lane {
 public:
  Lane(LaneSettings settings, const connectors::ConnectorPlan& plan, store::Outbox& outbox,
       const base::Clock& clock);

  enum class Next : std::uint8_t {
    kStep,   // at once
    kSleep,  // when the outbox has something: Outbox::wait
    kPause,  // at `until`
    kEnd,    // never: the outbox is closed
  };

  struct Step {
    Next next = Next::kStep;
    base::SteadyTime until = base::SteadyTime::max();
  };

  // One round. A stop request ends it at the boundary of a message; what was not
  // tried is given back.
  [[nodiscard]] Step step(const std::stop_token& stop);

  // By hand: an incident or a stop is forgotten, the next step tries.
  void resume();

  // After something in step() threw: gives back what was in hand and opens the
  // connector anew at the next step.
  void abandon();

  [[nodiscard]] const LaneReport& report() const noexcept { return report_; }

  [[nodiscard]] const LaneSettings& settings() const noexcept { return settings_; }

 private:
  // Of an entry that failed with nobody clearly to blame. Kept in memory: a
  // restart of the process begins to count anew.
  struct Trouble {
    std::uint64_t unclear_count = 0;
    std::uint64_t delivered_before = 0;  // by this lane, at the first failure
    bool held = false;                   // and that was told
  };

  // What a round has come to, before the outbox is told.
  struct Ledger {
    std::vector<store::Outbox::Settlement> settlements;
    std::vector<store::EntryId> given_back;
    std::vector<audit::AttemptMade> attempts;  // of what is in the settlements; views into claims
  };

  [[nodiscard]] static connectors::Delivery to_delivery(const store::Claim& claim);
  [[nodiscard]] static std::string reason_of(const connectors::Failure& failure);
  [[nodiscard]] Step ask_one(const std::stop_token& stop);
  [[nodiscard]] store::Verdict ask(const store::Claim& claim, Question& question,
                                   const std::stop_token& stop);
  [[nodiscard]] Step try_some(std::size_t count_max, const std::stop_token& stop);
  [[nodiscard]] std::vector<connectors::Outcome> deliver(const std::vector<store::Claim>& claims,
                                                         const std::stop_token& stop);
  void record_spans(const std::vector<store::Claim>& claims,
                    const std::vector<connectors::Outcome>& outcomes,
                    base::SteadyTime begun_at) const;
  static void put_aside(std::vector<store::Claim>& claims, Ledger& ledger);
  void conclude(const store::Claim& claim, connectors::Outcome& outcome, Ledger& ledger);
  void conclude_delivered(const store::Claim& claim, Ledger& ledger);
  [[nodiscard]] std::uint64_t millis_since(base::WallTime past) const;
  void conclude_failed(const store::Claim& claim, connectors::Failure& failure, Ledger& ledger);
  void note_attempt(const store::Claim& claim, std::string_view outcome, std::string_view reason,
                    Ledger& ledger) const;
  void note_attempt(const store::Claim& claim, const store::Verdict& verdict, Ledger& ledger) const;
  void tell_outbox(Ledger ledger);

  [[nodiscard]] Course judge(const store::Claim& claim, const connectors::Failure& failure);
  void try_again(const store::Claim& claim, const connectors::Failure& failure, Ledger& ledger);
  void try_later(const store::Claim& claim, const connectors::Failure& failure, Ledger& ledger);
  void hold(const store::Claim& claim, const connectors::Failure& failure, Ledger& ledger);
  void park(const store::Claim& claim, connectors::Failure& failure, Ledger& ledger);
  void keep(const store::Claim& claim, const connectors::Failure& failure, base::Duration wait,
            Ledger& ledger);
  base::Duration target_failed(const connectors::Failure& failure);
  void stop_lane(std::string_view cause);

  [[nodiscard]] Trouble& trouble_of(store::EntryId id);
  [[nodiscard]] base::Duration draw_wait(std::uint64_t failure_count,
                                         const connectors::Failure& failure);
  [[nodiscard]] Step claim_failed(const store::StoreError& error);
  void note_failure(const connectors::Failure& failure);

  const LaneSettings settings_;
  const connectors::ConnectorPlan& plan_;
  store::Outbox& outbox_;
  const base::Clock& clock_;
  const std::shared_ptr<Circuit> circuit_;
  std::unique_ptr<connectors::Connector> connector_;  // opened when first needed
  std::map<store::EntryId, Trouble> troubles_;
  std::vector<store::EntryId> in_hand_;  // claimed, and the outbox not yet told
  LaneReport report_;
  std::mt19937_64 dice_{std::random_device{}()};
};

}  // namespace deliver
