// Whatever fails under retention, a damaged segment or a backup, and whenever: what is owed is
// there after the restart, whole, in its place, and once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
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
using store::test_support::text_of;

struct Disturbance {
  std::optional<Fault> fault;
  std::optional<std::uint64_t> cut_at;
  std::optional<Survival> survival;  // none: the process alone ends
  std::uint32_t seed = 1;
};

constexpr int kMessages = 24;

// One life of a store in which most segments go and a backup is taken, and its restart: of
// every fifth message something is owed, to a dead target or to a person, in the first segment
// as in the others.
class Life {
 public:
  explicit Life(const Disturbance& disturbance) : disturbance_(disturbance) {
    telemetry::start_log(telemetry::Level::kOff, telemetry::LogFormat::kText);
  }

  std::string live_and_restart() {
    if (!fill()) return "cannot be filled";
    begin_count_ = disk_.steps().size();
    disturb();
    live();
    shut();
    step_count = disk_.steps().size() - begin_count_;
    if (disturbance_.survival) {
      disk_.cut_power(*disturbance_.survival, disturbance_.seed);
    } else {
      disk_.repair();
    }
    std::string problem = verify("/data");
    if (problem.empty() && has_backup_) problem = verify("/backup");
    return problem;
  }

  std::size_t step_count = 0;  // of what may be disturbed
  std::uint64_t gone_count = 0;

 private:
  // Faults come only when all is there that may be lost.
  void disturb() {
    if (disturbance_.fault) {
      Fault fault = *disturbance_.fault;
      fault.step += begin_count_;
      disk_.plan(fault);
    }
    if (disturbance_.cut_at) disk_.plan_power_cut(*disturbance_.cut_at + begin_count_);
  }

  bool open(const std::string& folder, base::Duration retain) {
    SqliteOptions options;
    options.data_dir = folder;
    options.clock = &clock_;
    options.disk = &disk_;
    options.vfs_name = disk_.vfs_name();
    options.segment_bytes = 12 * base::kKiB;
    options.checkpoint_pages = 12;
    options.settle_within = 0ms;
    options.retry_every = 1ms;
    ArchiveOptions archive;
    archive.retain = retain;
    archive.look_every = 1ms;
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
    const std::size_t size = number == 5 ? 300'000 : 3000;
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
    if (!open("/data", 1h)) return;
    await([this] { return store_.archive->care().stats()->gone_count >= 2; });
    append("new", {});
    if (store_.archive->care().begin_backup("/backup")) {
      await([this] { return phase() != BackupPhase::kRunning; });
      has_backup_ = phase() == BackupPhase::kDone;
    }
    await([this] { return store_.archive->care().stats()->gone_count >= 4; });
    const auto stats = store_.archive->care().stats();
    if (stats) gone_count = stats->gone_count;
  }

  BackupPhase phase() { return store_.archive->care().backup_state().phase; }

  template <class Holds>
  void await(Holds holds) {
    for (int round = 0; round < 2000 && !disk_.is_failing(); ++round) {
      if (!store_.archive->care().stats() || holds()) return;
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
  bool has_backup_ = false;
};

// Every place takes many minutes; these take some seconds, in each mode at others.
std::size_t stride() {
  const char* const given = std::getenv("MLLP_RETENTION_FAULT_STRIDE");
  return given == nullptr ? 151 : std::max<std::size_t>(std::strtoul(given, nullptr, 10), 1);
}

struct Mode {
  const char* name;
  std::optional<FaultKind> kind;  // none: the power is cut
  bool for_good;
  Survival survival;
};

class RetentionFaultSweep : public testing::TestWithParam<Mode> {};

TEST_P(RetentionFaultSweep, NothingOwedIsLost) {
  const Mode mode = GetParam();
  Life undisturbed({});
  ASSERT_EQ(undisturbed.live_and_restart(), "");
  ASSERT_GE(undisturbed.gone_count, 4u);
  const std::size_t step_count = undisturbed.step_count;
  ASSERT_GT(step_count, 100u);
  const std::size_t begin = (static_cast<std::size_t>(mode.survival) * 37 + 11) % stride();
  for (std::size_t step = begin; step < step_count; step += stride()) {
    Disturbance disturbance;
    disturbance.seed = static_cast<std::uint32_t>(step) * 31 + 1;
    if (mode.kind) disturbance.fault = Fault{step, *mode.kind, mode.for_good};
    if (!mode.kind) disturbance.cut_at = step;
    if (!mode.kind || step % 2 == 0) disturbance.survival = mode.survival;
    ASSERT_EQ(Life(disturbance).live_and_restart(), "") << "at step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Every, RetentionFaultSweep,
    testing::Values(Mode{"io_error_once", FaultKind::kIoError, false, Survival::kHalf},
                    Mode{"full_for_good", FaultKind::kFull, true, Survival::kSome},
                    Mode{"torn_once", FaultKind::kTorn, false, Survival::kHalf},
                    Mode{"sync_error_once", FaultKind::kSyncError, false, Survival::kHalf},
                    Mode{"cut_nothing_survives", std::nullopt, false, Survival::kNothing},
                    Mode{"cut_everything_survives", std::nullopt, false, Survival::kEverything},
                    Mode{"cut_half_survives", std::nullopt, false, Survival::kHalf}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace store
