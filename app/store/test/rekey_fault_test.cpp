// Whatever fails while all is sealed with another key, and whenever: what is owed is there after
// the restart with both keys, and a rekey that is done needs the new one only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/sqlite_outbox.hpp"
#include "store/test_support/fault_sweep.hpp"
#include "store/test_support/keys.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "store/test_support/simulated_disk.hpp"
#include "telemetry/log.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using store::test_support::cipher_of;
using store::test_support::Collector;
using store::test_support::Disturbance;
using store::test_support::FaultMode;
using store::test_support::FaultSteps;
using store::test_support::keys_of;
using store::test_support::kFaultModes;
using store::test_support::kKeyOne;
using store::test_support::kKeyTwo;
using store::test_support::make_append;
using store::test_support::SimulatedDisk;
using store::test_support::Survival;
using store::test_support::text_of;

constexpr int kMessages = 16;

// One life of a store whose segments, kept messages, dead letters, refused messages and large
// payloads are sealed anew, and its restart.
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
    std::string problem = verify(cipher_of({kKeyTwo, kKeyOne}));
    if (!problem.empty()) return problem;
    // What was cut short is ended by the next run, and then the old key is not needed.
    problem = rekey_again();
    return problem.empty() ? verify(cipher_of({kKeyTwo})) : problem;
  }

  std::size_t step_count = 0;  // of what may be disturbed
  RekeyState state;            // at its end

 private:
  bool open(std::shared_ptr<PayloadCipher> cipher, base::Duration retain) {
    SqliteOptions options;
    options.data_dir = "/data";
    options.clock = &clock_;
    options.disk = &disk_;
    options.cipher = std::move(cipher);
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
    archive.load_keys = [] {
      return base::Result<EncryptionKeys, std::string>(keys_of({kKeyTwo, kKeyOne}));
    };
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
    const std::size_t size = number % 8 == 5 ? 300'000 : 6000;
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

  // With the first key, undisturbed: segments, of which some are gone and something is kept.
  bool fill() {
    if (!open(cipher_of({kKeyOne}), 0s)) return false;
    for (int number = 0; number < kMessages; ++number) {
      std::vector<LaneKey> lanes = {{lab_}};
      if (is_owed(number)) lanes.push_back({dead_});
      if (!append(text(number), std::move(lanes))) return false;
      if (number == kMessages / 2) clock_.advance(2h);
    }
    std::vector<Outbox::Settlement> settlements;
    for (;;) {
      const auto claims = store_.outbox->claim({lab_, 0, 1}, 100);
      if (!claims) return false;
      if (claims->empty()) break;
      for (const Claim& claim : *claims) {
        if (claim.id.value == 2) settlements.push_back({claim.id, Parked{"no", "words"}});
        if (claim.id.value != 2) settlements.push_back({claim.id, Delivered{}});
      }
      store_.outbox->settle(lab_, std::exchange(settlements, {}));
    }
    Rejected rejected;
    rejected.control_id = "BAD";
    rejected.message.resize(2000);
    store_.archive->keep(std::move(rejected));
    shut();
    // The older half goes but for what is owed of it.
    if (!open(cipher_of({kKeyOne}), 1h)) return false;
    const bool is_filled = await([this] {
      const auto stats = store_.archive->care().stats();
      return stats->gone_count > 0 && stats->kept_count > 0;
    });
    shut();
    return is_filled;
  }

  static bool is_owed(int number) { return number % 5 == 0; }

  void live() {
    if (!open(cipher_of({kKeyOne}), 0s)) return;
    rekey();
    append("new", {});
    state = store_.archive->care().rekey_state();
  }

  void rekey() {
    if (!store_.archive->care().begin_rekey()) return;
    static_cast<void>(await(
        [this] { return store_.archive->care().rekey_state().phase != RekeyPhase::kRunning; }));
  }

  std::string rekey_again() {
    if (!open(cipher_of({kKeyTwo, kKeyOne}), 0s)) return "cannot be opened to end it";
    rekey();
    const RekeyState ended = store_.archive->care().rekey_state();
    shut();
    return ended.phase == RekeyPhase::kDone ? "" : "cannot be ended: " + ended.error;
  }

  // False: it does not hold, as the disk fails or time is up.
  template <class Holds>
  [[nodiscard]] bool await(Holds holds) {
    const base::Clock& clock = base::Clock::system();
    const base::SteadyTime until = clock.steady_now() + 60s;
    while (!holds() && !disk_.is_failing() && clock.steady_now() < until) {
      static_cast<void>(::poll(nullptr, 0, 1));
    }
    return holds();
  }

  std::string verify(std::shared_ptr<PayloadCipher> cipher) {
    const std::string with = " with " + cipher->names();
    if (!open(std::move(cipher), 0s)) return "cannot be opened" + with;
    std::string problem = verify_owed();
    if (problem.empty()) problem = verify_letter();
    if (problem.empty() && !append("again", {})) problem = "nothing more can be kept";
    shut();
    return problem.empty() ? "" : problem + with;
  }

  std::string verify_owed() {
    std::vector<std::string> want;
    for (int number = 0; number < kMessages; ++number) {
      if (is_owed(number)) want.push_back(text(number));
    }
    const auto claims = store_.outbox->claim({dead_, 0, 1}, 100);
    if (!claims) return "cannot be claimed";
    std::vector<std::string> found;
    std::vector<EntryId> ids;
    for (const Claim& claim : *claims) {
      found.push_back(text_of(claim));
      ids.push_back(claim.id);
    }
    store_.outbox->return_claims(dead_, ids);
    return found == want ? "" : "not what was owed: " + std::to_string(found.size());
  }

  std::string verify_letter() {
    const auto parked = store_.outbox->parked(lab_, {}, 100);
    if (!parked || parked->size() != 1) return "the letter is missing";
    if (parked->front().words != "words") return "the letter has other words";
    const auto message = store_.outbox->message({2});
    if (!message || !*message) return "the letter has no message";
    return base::as_text((*message)->message) == text(1) ? "" : "the letter is another";
  }

  Disturbance disturbance_;
  ::test_support::ManualClock clock_;
  SimulatedDisk disk_;
  Collector sink_;
  SqliteStore store_;
  ConnectorId lab_;
  ConnectorId dead_;
  std::size_t begin_count_ = 0;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kUsualStride = 499;
#else
constexpr std::size_t kUsualStride = 97;
#endif

// What is disturbed below.
TEST(RekeyFault, AllIsSealedAnew) {
  Life life({});
  EXPECT_EQ(life.live_and_restart(), "");
  EXPECT_EQ(life.state.phase, RekeyPhase::kDone) << life.state.error;
  EXPECT_GE(life.state.copied_count, 3u);
}

TEST(RekeyFault, WhatIsDoneOutlivesThePower) {
  Disturbance disturbance;
  disturbance.survival = Survival::kNothing;
  Life life(disturbance);
  EXPECT_EQ(life.live_and_restart(), "");
  EXPECT_EQ(life.state.phase, RekeyPhase::kDone) << life.state.error;
}

class RekeyFaultSweep : public testing::TestWithParam<FaultMode> {};

TEST_P(RekeyFaultSweep, NothingOwedIsLost) {
  const FaultSteps steps("REKEY", kUsualStride);
  Life undisturbed({});
  ASSERT_EQ(undisturbed.live_and_restart(), "");
  const std::size_t step_count = undisturbed.step_count;
  ASSERT_GT(step_count, 100u);
  for (std::size_t step = steps.first(GetParam()); step < step_count; step += steps.stride()) {
    EXPECT_EQ(Life(GetParam().at(step)).live_and_restart(), "") << "at step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, RekeyFaultSweep, testing::ValuesIn(kFaultModes),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace store
