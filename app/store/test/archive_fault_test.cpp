// Whatever fails under the index and the refused messages: what was accepted is there, and a
// search finds all of it after the restart; what fails beside the log harms nothing in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/sqlite/sqlite_outbox.hpp"
#include "store/test_support/field_words.hpp"
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

struct Disturbance {
  std::optional<Fault> fault;
  std::optional<std::uint64_t> cut_at;
  std::optional<Survival> survival;  // none: the process alone ends
  std::uint32_t seed = 1;
};

// One life of a store with its archive, and its restart.
class Life {
 public:
  explicit Life(const Disturbance& disturbance) : disturbance_(disturbance) {
    telemetry::start_log(telemetry::Level::kOff, telemetry::LogFormat::kText);
    if (disturbance.fault) disk_.plan(*disturbance.fault);
    if (disturbance.cut_at) disk_.plan_power_cut(*disturbance.cut_at);
  }

  // What is wrong afterwards, or nothing.
  std::string live_and_restart() {
    live();
    shut();
    step_count = disk_.steps().size();
    if (disturbance_.survival) {
      disk_.cut_power(*disturbance_.survival, disturbance_.seed);
    } else {
      disk_.repair();
    }
    return verify();
  }

  std::size_t step_count = 0;  // of the life

 private:
  // "-7 +9": stored and not found, found and not stored.
  static std::string difference(const std::set<std::uint64_t>& found,
                                const std::set<std::uint64_t>& stored) {
    std::string text;
    for (const std::uint64_t id : stored) {
      if (!found.contains(id)) text += " -" + std::to_string(id);
    }
    for (const std::uint64_t id : found) {
      if (!stored.contains(id)) text += " +" + std::to_string(id);
    }
    return text;
  }

  bool open(base::Duration search_wait) {
    SqliteOptions options;
    options.data_dir = "/data";
    options.clock = &clock_;
    options.disk = &disk_;
    options.vfs_name = disk_.vfs_name();
    options.segment_bytes = 40 * base::kKiB;
    options.checkpoint_pages = 12;
    options.settle_within = 0ms;
    options.retry_every = 1ms;
    ArchiveOptions archive;
    archive.batch_rows = 3;
    archive.search_wait = search_wait;
    archive.fields = &fields_;
    auto opened = open_sqlite_store(std::move(options), archive);
    if (!opened) return false;
    store_ = std::move(opened).value();
    return true;
  }

  void shut() {
    store_.archive.reset();
    store_.outbox.reset();
  }

  void live() {
    if (!open(50ms)) return;
    for (int number = 0; number < 24; ++number) {
      append("round=" + std::to_string(number % 4) + " all=yes " + std::to_string(number) +
             std::string(4000, 'x'));
      if (number % 4 == 0) reject(std::to_string(number));
      if (number % 6 == 0) static_cast<void>(store_.archive->search({}, {}, 100));
    }
    static_cast<void>(store_.archive->search({}, {}, 100));
  }

  void append(const std::string& text) {
    std::vector<std::unique_ptr<Append>> batch;
    batch.push_back(make_append({{text, {}}}, sink_));
    batch.front()->give_up_at = clock_.steady_now();
    store_.outbox->append(std::move(batch));
    const auto back = sink_.take(1);
    if (back.size() == 1 && back.front()->outcome) promised_.insert(back.front()->outcome->value);
  }

  void reject(const std::string& control_id) {
    Rejected rejected;
    rejected.control_id = control_id;
    rejected.received_at = clock_.wall_now();
    store_.archive->keep(std::move(rejected));
  }

  // Accepted messages that a search finds; what is wrong with it besides.
  std::set<std::uint64_t> find(const Search& search, std::string& wrong) {
    std::set<std::uint64_t> found;
    const auto page = store_.archive->search(search, {}, 1000);
    if (!page) {
      wrong = "cannot be searched: " + std::string(to_string(page.error().fault));
      return found;
    }
    if (page->indexed_to != page->last) wrong = "the index stays behind";
    for (const Found& each : page->found) {
      if (!each.key.is_rejected) found.insert(each.key.value);
    }
    return found;
  }

  std::string verify() {
    if (!open(10s)) return "cannot be opened";
    std::set<std::uint64_t> stored;
    const auto newest = store_.outbox->newest({}, 1000).value();
    for (const StoredMessage& message : newest) stored.insert(message.id.value);
    std::string wrong;
    const std::set<std::uint64_t> found = find({}, wrong);
    if (!wrong.empty()) return wrong;
    if (found != stored) return "found is not stored: " + difference(found, stored);
    const std::set<std::uint64_t> by_field = find({.fields = {{"all", "yes"}}}, wrong);
    if (by_field != stored) return "by its field: " + difference(by_field, stored) + wrong;
    for (const std::uint64_t id : promised_) {
      if (!found.contains(id)) return "lost: " + std::to_string(id);
    }
    append("again");
    const std::string control_id(test_support::control_id_of("again"));
    reject(control_id);
    const auto again = store_.archive->search({.control_id = control_id}, {}, 10);
    shut();
    return again && again->found.size() == 2 ? "" : "nothing more can be kept";
  }

  Disturbance disturbance_;
  ::test_support::ManualClock clock_;
  SimulatedDisk disk_;
  Collector sink_;
  test_support::FieldWords fields_{{"round", "all"}};
  SqliteStore store_;
  std::set<std::uint64_t> promised_;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kUsualStride = 41;
#else
constexpr std::size_t kUsualStride = 19;
#endif

// Every place takes many minutes; a night has them: MLLP_ARCHIVE_FAULT_STRIDE.
std::size_t stride() {
  const char* const given = std::getenv("MLLP_ARCHIVE_FAULT_STRIDE");
  const std::size_t wanted = given == nullptr ? kUsualStride : std::strtoul(given, nullptr, 10);
  return std::max<std::size_t>(wanted, 1);
}

// Of an undisturbed life. Two threads write: it differs a little from life to life.
std::size_t usual_step_count() {
  Life life({});
  EXPECT_EQ(life.live_and_restart(), "");
  return life.step_count;
}

struct Mode {
  const char* name;
  std::optional<FaultKind> kind;  // none: the power is cut
  bool for_good;
  Survival survival;
};

class ArchiveFaultSweep : public testing::TestWithParam<Mode> {};

TEST_P(ArchiveFaultSweep, NothingAcceptedIsLostAndAllIsFound) {
  const Mode mode = GetParam();
  const std::size_t step_count = usual_step_count();
  ASSERT_GT(step_count, 100u);
  const std::size_t begin = static_cast<std::size_t>(mode.survival) % stride();
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
    Every, ArchiveFaultSweep,
    testing::Values(Mode{"io_error_once", FaultKind::kIoError, false, Survival::kHalf},
                    Mode{"io_error_for_good", FaultKind::kIoError, true, Survival::kHalf},
                    Mode{"full_once", FaultKind::kFull, false, Survival::kSome},
                    Mode{"full_for_good", FaultKind::kFull, true, Survival::kSome},
                    Mode{"torn_once", FaultKind::kTorn, false, Survival::kHalf},
                    Mode{"sync_error_once", FaultKind::kSyncError, false, Survival::kHalf},
                    Mode{"cut_nothing_survives", std::nullopt, false, Survival::kNothing},
                    Mode{"cut_everything_survives", std::nullopt, false, Survival::kEverything},
                    Mode{"cut_half_survives", std::nullopt, false, Survival::kHalf},
                    Mode{"cut_little_survives", std::nullopt, false, Survival::kSome}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace store
