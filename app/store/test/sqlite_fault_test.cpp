// Whatever fails, whenever, and however much of what was not synced the disk keeps:
// what was promised is there after the restart, whole, in order, and once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
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
using store::test_support::Letter;
using store::test_support::make_append;
using store::test_support::SimulatedDisk;
using store::test_support::StepKind;
using store::test_support::Survival;
using store::test_support::text_of;

// What may become of a debt: where it may be found after a restart.
enum class Place : std::uint8_t { kOwed, kGone, kParked };

using Problems = std::vector<std::string>;

// What was promised, and to what it was changed since.
class Ledger {
 public:
  struct Debt {
    std::string text;
    std::set<Place> places;
    std::uint32_t attempt_min = 1;
  };

  using Debts = std::map<EntryId, Debt>;

  void promise(const std::string& lane, EntryId id, const std::string& text) {
    debts_[lane][id] = {text, {Place::kOwed}, 1};
  }

  // A change that was asked for; it holds for sure once it is confirmed.
  void ask(const std::string& lane, EntryId id, Place place) {
    debts_[lane][id].places.insert(place);
  }

  void confirm(const std::string& lane, EntryId id, Place place) {
    debts_[lane][id].places = {place};
  }

  void confirm_attempt(const std::string& lane, EntryId id, std::uint32_t attempt) {
    debts_[lane][id].attempt_min = attempt;
  }

  // Texts that were appended, but did not come back committed.
  void doubt(const std::string& text) { doubted_.insert(text); }

  [[nodiscard]] bool is_doubted(const std::string& text) const { return doubted_.count(text) > 0; }

  [[nodiscard]] Debts& of(const std::string& lane) { return debts_[lane]; }

  [[nodiscard]] std::string text_of(const std::string& lane, EntryId id) {
    const auto debt = debts_[lane].find(id);
    return debt == debts_[lane].end() ? "unknown" : debt->second.text;
  }

  [[nodiscard]] std::uint32_t attempt_min(const std::string& lane, EntryId id) {
    const auto debt = debts_[lane].find(id);
    return debt == debts_[lane].end() ? 1 : debt->second.attempt_min;
  }

  [[nodiscard]] EntryId highest() const {
    EntryId highest;
    for (const auto& [lane, debts] : debts_) {
      if (!debts.empty()) highest = std::max(highest, debts.rbegin()->first);
    }
    return highest;
  }

 private:
  std::map<std::string, Debts> debts_;
  std::set<std::string> doubted_;
};

const std::vector<std::string> kLanes = {"ehr", "lab"};

// How one run is disturbed, and what is left of its disk.
struct Disturbance {
  std::optional<Fault> fault;
  std::optional<std::uint64_t> cut_at;
  std::optional<Survival> survival;  // none: the process alone ends
  std::uint32_t seed = 1;
  std::vector<std::string> forgotten_syncs;
};

// One life of a store with all it can do, and its restart.
class Life {
 public:
  explicit Life(const Disturbance& disturbance);

  Problems live_and_restart();

  std::vector<StepKind> steps;  // of the life

 private:
  [[nodiscard]] SqliteOptions options();
  void live();
  void verify();

  [[nodiscard]] std::optional<ConnectorId> connector(const std::string& name);
  void append(const std::vector<std::string>& texts, std::uint64_t key);
  [[nodiscard]] std::vector<Claim> claim(const std::string& lane, std::size_t count);
  void settle(const std::string& lane, const Claim& claim, Verdict verdict);
  void release(const std::string& lane, EntryId id);
  [[nodiscard]] bool await_settling();

  void verify_lane(Outbox& outbox, const std::string& lane);
  void verify_found(const std::string& lane, EntryId id, Place place, const std::string& text);
  void verify_whole(const std::string& lane, const std::set<std::string>& texts);

  void problem(const std::string& text) { problems_.push_back(text); }

  Disturbance disturbance_;
  ::test_support::ManualClock clock_;
  SimulatedDisk disk_;
  Collector sink_;
  Ledger ledger_;
  Problems problems_;
  std::unique_ptr<Outbox> outbox_;
  std::map<std::string, ConnectorId> connectors_;
  std::map<std::string, std::set<std::string>> found_;  // texts by lane

  std::mutex mutex_;
  std::condition_variable settled_;
  int settling_count_ = 0;
};

Life::Life(const Disturbance& disturbance) : disturbance_(disturbance) {
  telemetry::start_log(telemetry::Level::kOff, telemetry::LogFormat::kText);  // it is all faults
  if (disturbance.fault) disk_.plan(*disturbance.fault);
  if (disturbance.cut_at) disk_.plan_power_cut(*disturbance.cut_at);
  for (const std::string& path_end : disturbance.forgotten_syncs) disk_.forget_syncs_of(path_end);
}

SqliteOptions Life::options() {
  SqliteOptions options;
  options.data_dir = "/data";
  options.clock = &clock_;
  options.disk = &disk_;
  options.vfs_name = disk_.vfs_name();
  options.segment_bytes = 700 * 1024;  // begins anew behind the second large payload
  options.checkpoint_pages = 12;
  options.settle_within = 0ms;
  options.retry_every = 1ms;
  options.after_settling_for_test = [this] {
    const std::lock_guard lock(mutex_);
    ++settling_count_;
    settled_.notify_all();
  };
  return options;
}

Problems Life::live_and_restart() {
  live();
  outbox_.reset();
  steps = disk_.steps();
  if (disturbance_.survival) {
    disk_.cut_power(*disturbance_.survival, disturbance_.seed);
  } else {
    disk_.repair();
  }
  verify();
  return problems_;
}

// ── The life ────────────────────────────────────────────────────────────────

void Life::live() {
  auto opened = open_sqlite_outbox(options());
  if (!opened) return;
  outbox_ = std::move(opened).value();
  for (const std::string& name : kLanes) {
    if (!connector(name)) return;
  }
  append({"one"}, 1);
  append({"two", "three"}, 2);
  append({"four"}, 3);
  const auto first = claim("ehr", 4);
  if (first.size() == 4) {
    settle("ehr", first[0], Delivered{});
    settle("ehr", first[1], Parked{"answer_code AR", "words"});
    settle("ehr", first[2], Retry{clock_.wall_now() + 10s, "connect"});
  }
  append({std::string(300'000, 'L')}, 4);
  if (first.size() == 4) release("ehr", first[1].id);
  append({std::string(400'000, 'M')}, 5);  // fills the segment
  append({"five"}, 1);
  for (const Claim& claimed : claim("lab", 3)) settle("lab", claimed, Delivered{});
  for (int number = 0; number < 8; ++number) {
    append({"six " + std::to_string(number) + std::string(3000, '.')}, 6);
  }
  for (const Claim& claimed : claim("ehr", 3)) settle("ehr", claimed, Delivered{});
  for (const Claim& claimed : claim("lab", 2)) settle("lab", claimed, Parked{"r", "w"});
  static_cast<void>(claim("lab", 1));  // in flight when it ends
  outbox_->close();
}

std::optional<ConnectorId> Life::connector(const std::string& name) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto id = outbox_->connector_id(name);
    if (!id) continue;
    connectors_[name] = *id;
    return *id;
  }
  return std::nullopt;
}

void Life::append(const std::vector<std::string>& texts, std::uint64_t key) {
  const auto lanes = [&] {
    return std::vector<LaneKey>{{connectors_["ehr"], key}, {connectors_["lab"], 0}};
  };
  std::vector<Letter> letters;
  for (const std::string& text : texts) letters.push_back({text, lanes()});
  std::vector<std::unique_ptr<Append>> batch;
  batch.push_back(make_append(letters, sink_));
  const bool may_pass = disturbance_.fault && !disturbance_.fault->for_good;
  if (!may_pass) batch.back()->give_up_at = clock_.steady_now();
  outbox_->append(std::move(batch));

  const auto back = sink_.take(1);
  if (back.empty()) return problem("an append did not come back");
  const auto& outcome = back.front()->outcome;
  for (std::size_t index = 0; index < texts.size(); ++index) {
    if (!outcome) ledger_.doubt(texts[index]);
    for (const std::string& lane : kLanes) {
      if (outcome) ledger_.promise(lane, {outcome->value + index}, texts[index]);
    }
  }
  const bool is_waited_out = may_pass && disturbance_.fault->kind != FaultKind::kSyncError;
  if (!outcome && is_waited_out) problem("a fault that passed was not waited out");
}

std::vector<Claim> Life::claim(const std::string& lane, std::size_t count) {
  auto claims = outbox_->claim({connectors_[lane], 0, 1}, count);
  return claims ? std::move(claims).value() : std::vector<Claim>();
}

void Life::settle(const std::string& lane, const Claim& claim, Verdict verdict) {
  const Place place = std::holds_alternative<Delivered>(verdict) ? Place::kGone
                      : std::holds_alternative<Parked>(verdict)  ? Place::kParked
                                                                 : Place::kOwed;
  ledger_.ask(lane, claim.id, place);
  std::vector<Outbox::Settlement> settlements;
  settlements.push_back({claim.id, std::move(verdict)});
  outbox_->settle(connectors_[lane], std::move(settlements));
  if (!await_settling()) return;
  ledger_.confirm(lane, claim.id, place);
  if (place == Place::kOwed) ledger_.confirm_attempt(lane, claim.id, claim.attempt + 1);
}

void Life::release(const std::string& lane, EntryId id) {
  ledger_.ask(lane, id, Place::kOwed);
  const auto released = outbox_->release(connectors_[lane], id);
  if (!released) return;
  if (!*released) problem("a parked entry could not be released");
  if (await_settling()) ledger_.confirm(lane, id, Place::kOwed);
}

// True once all that was settled is durable; false if that cannot be any more.
bool Life::await_settling() {
  std::unique_lock lock(mutex_);
  for (int round = 0; round < 5000; ++round) {
    const bool done = settled_.wait_for(lock, 1ms, [this] { return settling_count_ > 0; });
    if (done) {
      settling_count_ = 0;
      return true;
    }
    if (disk_.is_failing()) return false;
  }
  problem("a settlement was never written down");
  return false;
}

// ── After the restart ───────────────────────────────────────────────────────

void Life::verify() {
  auto opened = open_sqlite_outbox(options());
  if (!opened) return problem("does not open: " + to_string(opened.error()));
  Outbox& outbox = **opened;
  clock_.advance(1h);  // all retries are due
  for (const std::string& lane : kLanes) {
    const auto id = outbox.connector_id(lane);
    if (!id) return problem("no connector " + lane);
    const auto before = connectors_.find(lane);
    if (before != connectors_.end() && before->second != *id) problem("another id for " + lane);
    connectors_[lane] = *id;
    verify_lane(outbox, lane);
  }
  if (found_["ehr doubted"] != found_["lab doubted"]) problem("a doubted message is there by half");

  std::vector<std::unique_ptr<Append>> batch;
  batch.push_back(make_append({{"afterwards", {}}}, sink_));
  outbox.append(std::move(batch));
  const auto back = sink_.take(1);
  if (back.empty() || !back.front()->outcome) return problem("nothing can be appended");
  if (*back.front()->outcome <= ledger_.highest()) problem("an id is used twice");
}

void Life::verify_lane(Outbox& outbox, const std::string& lane) {
  const LaneSlice slice{connectors_[lane], 0, 1};
  const auto parked = outbox.parked(slice.connector, {}, 1000);
  if (!parked) return problem("parked entries cannot be read");
  for (const ParkedEntry& entry : *parked) {
    verify_found(lane, entry.id, Place::kParked, ledger_.text_of(lane, entry.id));
  }
  EntryId before;
  for (int round = 0; round < 20; ++round) {
    const auto claims = outbox.claim(slice, 3);
    if (!claims) return problem("cannot claim: " + std::string(to_string(claims.error().fault)));
    std::vector<Outbox::Settlement> settlements;
    for (const Claim& claim : *claims) {
      if (claim.id <= before) problem("out of order or twice");
      before = claim.id;
      verify_found(lane, claim.id, Place::kOwed, text_of(claim));
      if (claim.attempt < ledger_.attempt_min(lane, claim.id)) problem("an attempt was forgotten");
      settlements.push_back({claim.id, Delivered{}});
    }
    outbox.settle(slice.connector, std::move(settlements));
  }
  if (outbox.status(slice.connector).waiting_count != 0) problem("counts what is not there");
  if (outbox.status(slice.connector).parked_count != parked->size()) problem("miscounts parked");
  for (const auto& [id, debt] : ledger_.of(lane)) {
    if (debt.places.count(Place::kGone) > 0 || found_[lane].count(debt.text) > 0) continue;
    problem("LOST: " + debt.text.substr(0, 20) + " for " + lane);
  }
}

void Life::verify_found(const std::string& lane, EntryId id, Place place, const std::string& text) {
  const std::string shown = text.substr(0, 20) + " for " + lane;
  const auto debt = ledger_.of(lane).find(id);
  if (debt == ledger_.of(lane).end()) {
    if (!ledger_.is_doubted(text)) problem("never appended: " + shown);
    found_[lane + " doubted"].insert(text);
  } else {
    if (debt->second.text != text) problem("not as it was sent: " + shown);
    if (debt->second.places.count(place) == 0) problem("found in the wrong place: " + shown);
  }
  if (!found_[lane].insert(text).second) problem("twice: " + shown);
}

// ── The sweeps ──────────────────────────────────────────────────────────────

// Under a sanitizer each run costs ten times as much: then some places must do, others
// in every mode.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStride = 13;
#else
constexpr std::size_t kStride = 1;
#endif

std::vector<StepKind> undisturbed_steps() {
  Life life({});
  EXPECT_THAT(life.live_and_restart(), testing::IsEmpty());
  return life.steps;
}

std::string to_string(const Problems& problems) {
  std::string text;
  for (const std::string& problem : problems) text += problem + "; ";
  return text;
}

struct FaultMode {
  const char* name;
  FaultKind kind;
  bool for_good;
};

class FaultSweep : public testing::TestWithParam<FaultMode> {};

// Each write or sync in turn fails; the process ends, or the machine.
TEST_P(FaultSweep, NothingPromisedIsLost) {
  const FaultMode mode = GetParam();
  const StepKind wanted = mode.kind == FaultKind::kSyncError ? StepKind::kSync : StepKind::kWrite;
  const std::vector<StepKind> steps = undisturbed_steps();
  std::size_t run_count = 0;
  std::size_t place_count = 0;
  for (std::size_t step = 0; step < steps.size(); ++step) {
    if (steps[step] != wanted || place_count++ % kStride != 0) continue;
    Disturbance disturbance;
    disturbance.fault = Fault{step, mode.kind, mode.for_good};
    disturbance.seed = static_cast<std::uint32_t>(step);
    if (step % 2 == 0) disturbance.survival = Survival::kHalf;
    const Problems problems = Life(disturbance).live_and_restart();
    ASSERT_THAT(problems, testing::IsEmpty()) << "at step " << step;
    ++run_count;
  }
  EXPECT_GT(run_count * kStride, wanted == StepKind::kSync ? 50u : 100u);
}

INSTANTIATE_TEST_SUITE_P(Every, FaultSweep,
                         testing::Values(FaultMode{"io_error_once", FaultKind::kIoError, false},
                                         FaultMode{"io_error_for_good", FaultKind::kIoError, true},
                                         FaultMode{"full_once", FaultKind::kFull, false},
                                         FaultMode{"full_for_good", FaultKind::kFull, true},
                                         FaultMode{"torn_once", FaultKind::kTorn, false},
                                         FaultMode{"torn_for_good", FaultKind::kTorn, true},
                                         FaultMode{"sync_error_once", FaultKind::kSyncError, false},
                                         FaultMode{"sync_error_for_good", FaultKind::kSyncError,
                                                   true}),
                         [](const auto& each) { return std::string(each.param.name); });

// Power is cut at every step; of what was not synced, all sorts of subsets survive.
struct PowerCut {
  const char* name;
  Survival survival;
  std::uint32_t seed;
};

class PowerCutSweep : public testing::TestWithParam<PowerCut> {};

TEST_P(PowerCutSweep, NothingPromisedIsLost) {
  const std::size_t step_count = undisturbed_steps().size();
  for (std::size_t step = GetParam().seed % kStride; step < step_count; step += kStride) {
    Disturbance disturbance;
    disturbance.cut_at = step;
    disturbance.survival = GetParam().survival;
    disturbance.seed = static_cast<std::uint32_t>(step) * 31 + GetParam().seed;
    const Problems problems = Life(disturbance).live_and_restart();
    ASSERT_THAT(problems, testing::IsEmpty()) << "at step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, PowerCutSweep,
                         testing::Values(PowerCut{"nothing_survives", Survival::kNothing, 1},
                                         PowerCut{"everything_survives", Survival::kEverything, 2},
                                         PowerCut{"half_survives", Survival::kHalf, 3},
                                         PowerCut{"another_half_survives", Survival::kHalf, 4},
                                         PowerCut{"little_survives", Survival::kSome, 5}),
                         [](const auto& each) { return std::string(each.param.name); });

// How the path of the first large payload ends.
std::string payload_file_end() {
  return "/5_" + base::to_string(test_support::message_id_of(std::string(300'000, 'L')));
}

// The sweep is worth something only if it sees a sync that is forgotten.
struct Forgotten {
  const char* name;
  std::string path_end;
};

class ForgottenSync : public testing::TestWithParam<Forgotten> {};

TEST_P(ForgottenSync, IsFoundOut) {
  const std::size_t step_count = undisturbed_steps().size();
  Problems found;
  for (std::size_t step = 0; step < step_count && found.empty(); ++step) {
    Disturbance disturbance;
    disturbance.cut_at = step;
    disturbance.survival = Survival::kNothing;
    disturbance.forgotten_syncs = {GetParam().path_end};
    found = Life(disturbance).live_and_restart();
  }
  EXPECT_THAT(found, testing::Not(testing::IsEmpty()));
  RecordProperty("found", to_string(found));
}

INSTANTIATE_TEST_SUITE_P(Planted, ForgottenSync,
                         testing::Values(Forgotten{"log_wal", "/log/00000001.db-wal"},
                                         Forgotten{"log_database", "/log/00000001.db"},
                                         Forgotten{"log_folder", "/log"},
                                         Forgotten{"lanes_wal", "/lanes.db-wal"},
                                         Forgotten{"lanes_database", "/lanes.db"},
                                         Forgotten{"payload_file", payload_file_end()},
                                         Forgotten{"segments_payload_folder", "/payload/00000001"},
                                         Forgotten{"payload_folder", "/payload"},
                                         Forgotten{"data_folder", "/data"}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace store
