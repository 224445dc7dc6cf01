// Whatever fails, whenever: a message that was promised is a duplicate after the restart, and
// one that is not in the log is new, so that a sender who tries again loses nothing and
// nothing is stored twice.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/sqlite_outbox.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "store/test_support/simulated_disk.hpp"
#include "telemetry/log.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using store::test_support::Collector;
using store::test_support::Fault;
using store::test_support::FaultKind;
using store::test_support::make_append;
using store::test_support::SimulatedDisk;
using store::test_support::Survival;

constexpr int kMessages = 10;
constexpr std::uint64_t kPiece = 2;  // so that files are written and merged all the time

struct Disturbance {
  std::optional<Fault> fault;
  std::optional<std::uint64_t> cut_at;
  std::optional<Survival> survival;  // none: the process alone ends
  std::uint32_t seed = 1;
};

class Life {
 public:
  explicit Life(const Disturbance& disturbance) : disturbance_(disturbance) {
    telemetry::start_log(telemetry::Level::kOff, telemetry::LogFormat::kText);
    if (disturbance.fault) disk_.plan(*disturbance.fault);
    if (disturbance.cut_at) disk_.plan_power_cut(*disturbance.cut_at);
  }

  // What is wrong afterwards, or nothing.
  std::string live_and_restart() {
    if (open()) {
      for (int number = 0; number < kMessages; ++number) {
        const auto sighting = put(number);
        if (sighting) promised_[number] = true;
      }
    }
    shut();
    step_count = disk_.steps().size();
    if (disturbance_.survival) {
      disk_.cut_power(*disturbance_.survival, disturbance_.seed);
    } else {
      disk_.repair();
    }
    return verify();
  }

  std::size_t step_count = 0;

 private:
  bool open() {
    SqliteOptions options;
    options.data_dir = "/data";
    options.clock = &clock_;
    options.disk = &disk_;
    options.vfs_name = disk_.vfs_name();
    options.segment_bytes = 16 * base::kKiB;
    options.checkpoint_pages = 12;
    options.settle_within = 0ms;
    options.retry_every = 1ms;
    options.dedup = DedupOptions{};
    options.dedup_piece_ids_for_test = kPiece;
    ArchiveOptions archive;
    archive.retain_rejected = base::Duration::zero();
    auto opened = open_sqlite_store(std::move(options), archive);
    if (!opened) return false;
    store_ = std::move(opened).value();
    return true;
  }

  // None: it was not committed.
  std::optional<Sighting> put(int number) {
    const std::string body = "m" + std::to_string(number);
    FingerprintSource source;
    source.control_id = body;
    auto append = make_append({{body, {}}}, sink_);
    append->drafts.front().dedup = DedupQuery{fingerprint_of(*store_.dedup_secret, source)};
    append->give_up_at = clock_.steady_now();
    std::vector<std::unique_ptr<Append>> batch;
    batch.push_back(std::move(append));
    store_.outbox->append(std::move(batch));
    const auto back = sink_.take(1);
    if (back.empty() || !back.front()->outcome) return std::nullopt;
    return back.front()->drafts.front().recognition.sighting;
  }

  std::string verify() {
    if (!open()) return "cannot be opened";
    std::string problems;
    std::map<std::string, int> stored;
    const auto newest = store_.outbox->newest({}, 1000);
    if (!newest) return "cannot be read";
    for (const StoredMessage& each : *newest) ++stored[each.control_id];
    for (int number = 0; number < kMessages; ++number) {
      const std::string body = "m" + std::to_string(number);
      const bool was_stored = stored.contains(test_support::control_id_of(body));
      if (promised_[number] && !was_stored) problems += " lost " + body;
      const auto sighting = put(number);
      const Sighting due = was_stored ? Sighting::kDuplicate : Sighting::kNew;
      if (sighting != due) problems += (was_stored ? " not known " : " not new ") + body;
    }
    shut();
    return problems;
  }

  void shut() {
    store_.archive.reset();  // before the outbox
    store_.outbox.reset();
  }

  const Disturbance disturbance_;
  ::test_support::ManualClock clock_;
  SimulatedDisk disk_;
  Collector sink_;
  SqliteStore store_;
  std::map<int, bool> promised_;
};

std::size_t steps_of_a_life() {
  Life life({});
  EXPECT_EQ(life.live_and_restart(), "");
  return life.step_count;
}

// The thread makes steps of its own between the writer's, so each sweep meets another order;
// every third step of one is enough for a run.
TEST(DedupFaultTest, AfterAPowerCutAnywhere) {
  const std::size_t steps = steps_of_a_life();
  ASSERT_GT(steps, 30U);
  for (std::size_t step = 0; step < steps + 10; step += 3) {
    const auto survival = static_cast<Survival>(step % 4);
    Life life({.fault = {},
               .cut_at = step,
               .survival = survival,
               .seed = static_cast<std::uint32_t>(step)});
    EXPECT_EQ(life.live_and_restart(), "") << "cut at step " << step;
  }
}

TEST(DedupFaultTest, AfterAFailureAnywhere) {
  const std::size_t steps = steps_of_a_life();
  for (const FaultKind kind :
       {FaultKind::kIoError, FaultKind::kFull, FaultKind::kTorn, FaultKind::kSyncError}) {
    for (std::size_t step = 3 * static_cast<std::size_t>(kind); step < steps; step += 12) {
      Life life({.fault = Fault{step, kind, step % 24 < 12}, .cut_at = {}, .survival = {}});
      EXPECT_EQ(life.live_and_restart(), "") << "step " << step;
    }
  }
}

}  // namespace
}  // namespace store
