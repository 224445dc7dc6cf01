// Whatever fails under retention, a damaged segment or a backup, and whenever: what is owed is
// there after the restart, whole, in its place, and once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/sqlite_outbox.hpp"
#include "store/test_support/fault_sweep.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "store/test_support/simulated_disk.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using store::test_support::Collector;
using store::test_support::Disturbance;
using store::test_support::FaultMode;
using store::test_support::FaultSteps;
using store::test_support::kFaultModes;
using store::test_support::make_append;
using store::test_support::SimulatedDisk;
using store::test_support::Survival;
using store::test_support::text_of;

constexpr int kMessages = 24;
constexpr std::uint64_t kGoing = 6;  // segments

// One life of a store in which segments go and backups are taken, and its restart. Of every
// fifth message something is owed to a dead target, and every sixth is a letter: so of eight
// segments two stay, as most of them is owed, the first one too, and of most of the six that go
// something is kept, a large payload among it.
class Life {
 public:
  explicit Life(const Disturbance& disturbance) : disturbance_(disturbance) {
    telemetry::start_log(telemetry::Level::kOff, telemetry::LogFormat::kText);
  }

  std::string live_and_restart() {
    if (!fill()) return "cannot be filled";
    begin_count_ = disk_.steps().size();
    test_support::disturb(disk_, disturbance_, begin_count_);
    live();
    shut();
    step_count = disk_.steps().size() - begin_count_;
    test_support::end_life(disk_, disturbance_);
    std::string problem = verify("/data");
    if (problem.empty() && backup_count > 0) problem = verify("/backup");
    return problem;
  }

  std::size_t step_count = 0;  // of what may be disturbed
  StoreStats stats;            // at its end
  int backup_count = 0;        // those that were done, of two

 private:
  bool open(const std::string& folder, base::Duration retain) {
    SqliteOptions options;
    options.data_dir = folder;
    options.clock = &clock_;
    options.disk = &disk_;
    options.vfs_name = disk_.vfs_name();
    options.segment_bytes = 48 * base::kKiB;
    options.checkpoint_pages = 12;
    options.settle_within = 0ms;
    options.retry_every = 1ms;
    ArchiveOptions archive;
    archive.retain = retain;
    archive.look_every = 1ms;
    archive.retry_every = 1ms;
    archive.search_wait = 10ms;
    auto opened = open_sqlite_store(std::move(options), archive);
    if (!opened) return false;
    store_ = std::move(opened).value();
    const auto lab = store_.outbox->connector_id("lab");
    const auto dead = store_.outbox->connector_id("dead");
    if (!lab || !dead) return false;
    lab_ = *lab;
    dead_ = *dead;
    return true;
  }

  void shut() {
    store_.archive.reset();
    store_.outbox.reset();
  }

  static std::string text(int number) {
    const std::size_t size = number == 5 ? 300'000 : 6000;
    return std::to_string(number) + std::string(size, 'x');
  }

  bool append(const std::string& text, std::vector<LaneKey> lanes) {
    std::vector<std::unique_ptr<Append>> batch;
    batch.push_back(make_append({{text, std::move(lanes)}}, sink_));
    batch.front()->give_up_at = clock_.steady_now();
    store_.outbox->append(std::move(batch));
    const auto back = sink_.take(1);
    return back.size() == 1 && back.front()->outcome;
  }

  // Undisturbed, and in a life of its own: all is durable.
  bool fill() {
    if (!open("/data", 0s)) return false;
    for (int number = 0; number < kMessages; ++number) {
      std::vector<LaneKey> lanes = {{lab_}};
      if (number % 5 == 0) lanes.push_back({dead_});
      if (!append(text(number), std::move(lanes))) return false;
    }
    std::vector<Outbox::Settlement> settlements;
    for (;;) {
      const auto claims = store_.outbox->claim({lab_, 0, 1}, 100);
      if (!claims) return false;
      if (claims->empty()) break;
      for (const Claim& claim : *claims) {
        const bool is_letter = (claim.id.value - 1) % 6 == 1;
        if (is_letter) settlements.push_back({claim.id, Parked{"no", "no"}});
        if (!is_letter) settlements.push_back({claim.id, Delivered{}});
      }
      store_.outbox->settle(lab_, std::exchange(settlements, {}));
    }
    shut();
    return true;
  }

  void live() {
    clock_.advance(2h);
    gone_before_ = telemetry::counted(telemetry::Counter::kSegmentsGoneAge);
    if (!open("/data", 1h)) return;
    await([this] { return gone_count() >= 2; });
    append("new", {});
    back_up();
    await([this] { return gone_count() >= kGoing; });
    append("newer", {});
    back_up();
    if (const auto told = store_.archive->care().stats()) stats = *told;
  }

  // One that fails leaves the one before as it was.
  void back_up() {
    if (!store_.archive->care().begin_backup("/backup")) return;
    await([this] { return phase() != BackupPhase::kRunning; });
    if (phase() == BackupPhase::kDone) ++backup_count;
  }

  // Asked without a step on the disk, so that the same step is the same in every life, or nearly.
  [[nodiscard]] std::uint64_t gone_count() const {
    return telemetry::counted(telemetry::Counter::kSegmentsGoneAge) - gone_before_;
  }

  BackupPhase phase() { return store_.archive->care().backup_state().phase; }

  template <class Holds>
  void await(Holds holds) {
    const base::Clock& clock = base::Clock::system();
    const base::SteadyTime until = clock.steady_now() + 2s;
    while (!holds() && !disk_.is_failing() && clock.steady_now() < until) {
      static_cast<void>(::poll(nullptr, 0, 1));
    }
  }

  std::string verify(const std::string& folder) {
    if (!open(folder, 0s)) return folder + " cannot be opened";
    std::string problem = verify_dead();
    if (problem.empty()) problem = verify_letters();
    if (problem.empty() && !append("again", {})) problem = "nothing more can be kept";
    shut();
    return problem.empty() ? "" : folder + ": " + problem;
  }

  std::string verify_dead() {
    std::vector<std::string> want;
    for (int number = 0; number < kMessages; number += 5) want.push_back(text(number));
    std::vector<std::string> found;
    for (;;) {
      const auto claims = store_.outbox->claim({dead_, 0, 1}, 100);
      if (!claims) return "cannot be claimed";
      if (claims->empty()) break;
      std::vector<Outbox::Settlement> settlements;
      for (const Claim& claim : *claims) {
        found.push_back(text_of(claim));
        settlements.push_back({claim.id, Delivered{}});
      }
      store_.outbox->settle(dead_, std::move(settlements));
    }
    if (store_.outbox->status(dead_).waiting_count != 0) return "counts what is not there";
    return found == want ? "" : "not what was owed: " + std::to_string(found.size());
  }

  std::string verify_letters() {
    const auto parked = store_.outbox->parked(lab_, {}, 100);
    if (!parked || parked->size() != kMessages / 6) return "letters are missing";
    for (const ParkedEntry& entry : *parked) {
      const auto message = store_.outbox->message(entry.id);
      if (!message || !*message) return "a letter has no message";
      const std::string want = text(static_cast<int>(entry.id.value) - 1);
      if (base::as_text((*message)->message) != want) return "a letter is another";
    }
    return "";
  }

  Disturbance disturbance_;
  ::test_support::ManualClock clock_;
  SimulatedDisk disk_;
  Collector sink_;
  SqliteStore store_;
  ConnectorId lab_;
  ConnectorId dead_;
  std::size_t begin_count_ = 0;
  std::uint64_t gone_before_ = 0;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kUsualStride = 149;
#else
constexpr std::size_t kUsualStride = 41;
#endif

// What is disturbed below.
TEST(RetentionFault, SegmentsGoSomethingOfThemIsKeptAndABackupIsTaken) {
  Life life({});
  EXPECT_EQ(life.live_and_restart(), "");
  EXPECT_GE(life.stats.gone_count, kGoing);
  EXPECT_EQ(life.stats.kept_count, 5u);
  EXPECT_EQ(std::ranges::count(life.stats.segments, SegmentState::kHeld, &SegmentStats::state), 2);
  EXPECT_EQ(life.backup_count, 2);
}

// The folder's own name too, which is durable only when its parent is synced.
TEST(RetentionFault, ABackupThatIsDoneOutlivesThePower) {
  Disturbance disturbance;
  disturbance.survival = Survival::kNothing;
  Life life(disturbance);
  EXPECT_EQ(life.live_and_restart(), "");
  EXPECT_EQ(life.backup_count, 2);
}

TEST(RetentionFault, WhatAFailedBackupHasBroughtIsDurableWhenTheNextIsDone) {
  Disturbance disturbance;
  disturbance.failing_sync = "/backup/payload/kept";
  disturbance.survival = Survival::kNothing;
  Life life(disturbance);
  EXPECT_EQ(life.live_and_restart(), "");
  EXPECT_EQ(life.backup_count, 1);
}

class RetentionFaultSweep : public testing::TestWithParam<FaultMode> {};

TEST_P(RetentionFaultSweep, NothingOwedIsLost) {
  const FaultSteps steps("RETENTION", kUsualStride);
  Life undisturbed({});
  ASSERT_EQ(undisturbed.live_and_restart(), "");
  const std::size_t step_count = undisturbed.step_count;
  ASSERT_GT(step_count, 100u);
  for (std::size_t step = steps.first(GetParam()); step < step_count; step += steps.stride()) {
    EXPECT_EQ(Life(GetParam().at(step)).live_and_restart(), "") << "at step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, RetentionFaultSweep, testing::ValuesIn(kFaultModes),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace store
