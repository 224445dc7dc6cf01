#include "deliver/dispatcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "connect/file_connector.hpp"
#include "connect/mllp_connector.hpp"
#include "connect/test_support/scripted_peer.hpp"
#include "connect/test_support/targets.hpp"
#include "deliver/test_support/mail.hpp"
#include "deliver/test_support/paper_target.hpp"
#include "telemetry/log.hpp"

namespace deliver {
namespace {

using namespace std::chrono_literals;
using connectors::test_support::answer_all;
using connectors::test_support::answer_to;
using connectors::test_support::in_frame;
using connectors::test_support::PeerSocket;
using connectors::test_support::ScriptedPeer;
using connectors::test_support::TemporaryFolder;
using test_support::control_id_of;
using test_support::Mail;
using test_support::PaperTarget;
using testing::ElementsAre;
using testing::HasSubstr;

// A plan that opens what a test says.
class Plan final : public connectors::ConnectorPlan {
 public:
  using Open = std::function<std::unique_ptr<connectors::Connector>()>;

  explicit Plan(Open open) : open_(std::move(open)) {}

  [[nodiscard]] std::unique_ptr<connectors::Connector> open() const override { return open_(); }

  [[nodiscard]] std::string describe() const override { return "a plan"; }

 private:
  const Open open_;
};

std::unique_ptr<const connectors::ConnectorPlan> plan_for(const PaperTarget& target) {
  return std::make_unique<Plan>([&target] { return target.open(); });
}

std::unique_ptr<const connectors::ConnectorPlan> plan_for(const ScriptedPeer& peer,
                                                          base::Duration answer_timeout = 20s) {
  connectors::MllpSettings settings;
  settings.name = "lab";
  settings.link.address = {"127.0.0.1", peer.port()};
  settings.answer_timeout = answer_timeout;
  return std::make_unique<Plan>([settings] {
    return std::make_unique<connectors::MllpConnector>(settings, base::Clock::system());
  });
}

std::unique_ptr<const connectors::ConnectorPlan> plan_for(const TemporaryFolder& folder) {
  connectors::FileSettings settings{
      .directory = folder.path(),
      .file_name = connectors::FileNameTemplate::parse("messages.mllp").value(),
      .batch_max = 16};
  return std::make_unique<Plan>(
      [settings] { return std::make_unique<connectors::AppendConnector>(settings); });
}

// Waits for what other threads bring about; false if it does not come.
bool comes_within(base::Duration longest, const std::function<bool()>& condition) {
  const base::Clock& clock = base::Clock::system();
  const auto until = clock.steady_now() + longest;
  while (!condition()) {
    if (clock.steady_now() > until) return false;
    static_cast<void>(::poll(nullptr, 0, 2));
  }
  return true;
}

bool eventually(const std::function<bool()>& condition) { return comes_within(30s, condition); }

std::vector<std::string> control_ids_of(const std::vector<std::string>& messages) {
  std::vector<std::string> ids;
  for (const std::string& message : messages) ids.push_back(control_id_of(message));
  return ids;
}

std::vector<std::string> control_ids_in(const TemporaryFolder& folder) {
  using namespace connectors::test_support;
  return control_ids_of(frames_of(read_file(folder.path() + "/messages.mllp")));
}

// "1", "2", … as Mail::put_many calls them.
std::vector<std::string> numbers(int count) {
  std::vector<std::string> all;
  for (int number = 1; number <= count; ++number) all.push_back(std::to_string(number));
  return all;
}

class DispatcherTest : public testing::Test {
 protected:
  void SetUp() override { telemetry::start_log(telemetry::Level::kOff, {}); }

  Destination to(std::string name, std::unique_ptr<const connectors::ConnectorPlan> plan,
                 base::Duration initial_wait = 20ms) {
    Destination destination;
    destination.name = name;
    destination.id = mail_.connector(name);
    destination.plan = std::move(plan);
    destination.retry.initial = initial_wait;
    destination.retry.max = std::max<base::Duration>(initial_wait, 100ms);
    return destination;
  }

  void start(std::vector<Destination> destinations) {
    dispatcher_.reset();
    dispatcher_ = std::make_unique<Dispatcher>(std::move(destinations), mail_.outbox(),
                                               base::Clock::system());
    dispatcher_->start();
  }

  template <class... Each>
  void start(Destination first, Each... others) {
    std::vector<Destination> all;
    all.push_back(std::move(first));
    (all.push_back(std::move(others)), ...);
    start(std::move(all));
  }

  // For the connectors of these names, each of them in order.
  void put_many(const std::vector<std::string>& names, int first, int count) {
    for (int number = first; number < first + count; ++number) {
      std::vector<store::LaneKey> lanes;
      for (const std::string& name : names) lanes.push_back({.connector = mail_.connector(name)});
      mail_.put(std::to_string(number), lanes);
    }
  }

  std::uint64_t waiting_count(std::string_view name) {
    return mail_.outbox().status(mail_.connector(name)).waiting_count;
  }

  LaneReport report_of(std::string_view name) {
    for (const ConnectorStatus& status : dispatcher_->status()) {
      if (status.name == name) return status.lanes;
    }
    ADD_FAILURE() << "no connector " << name;
    return {};
  }

  Mail mail_{base::Clock::system()};
  std::unique_ptr<Dispatcher> dispatcher_;  // ends before the outbox
};

TEST_F(DispatcherTest, ADeadTargetDelaysNobodyElseAndGetsAllInOrderWhenItIsBack) {
  const TemporaryFolder folder;
  ScriptedPeer peer({answer_all});
  peer.stop();
  start(to("lab", plan_for(peer)), to("archive", plan_for(folder)));
  put_many({"lab", "archive"}, 1, 500);

  ASSERT_TRUE(eventually([&] { return waiting_count("archive") == 0; }));
  EXPECT_EQ(control_ids_in(folder), numbers(500));
  EXPECT_EQ(waiting_count("lab"), 500u);
  ASSERT_TRUE(eventually([&] { return report_of("lab").state == LaneState::kWaiting; }));
  EXPECT_EQ(report_of("lab").last_failure->what, connectors::FailureClass::kConnect);
  EXPECT_EQ(report_of("archive").state, LaneState::kRunning);

  peer.start();
  ASSERT_TRUE(eventually([&] { return waiting_count("lab") == 0; }));
  EXPECT_EQ(control_ids_of(peer.received()), numbers(500));
  EXPECT_TRUE(dispatcher_->stop(10s));
  EXPECT_EQ(report_of("lab").state, LaneState::kRunning);
  EXPECT_EQ(report_of("lab").delivered_count, 500u);
}

TEST_F(DispatcherTest, ASilentTargetGetsItsMessageAgainAndInOrder) {
  ScriptedPeer peer({[](PeerSocket& socket) {
                       static_cast<void>(socket.read_frame());
                       static_cast<void>(socket.is_closed_by_peer());
                     },
                     answer_all});
  start(to("lab", plan_for(peer, 500ms)));
  put_many({"lab"}, 1, 20);
  ASSERT_TRUE(eventually([&] { return waiting_count("lab") == 0; }));
  auto received = control_ids_of(peer.received());
  ASSERT_GT(received.size(), 20u) << "what was not answered comes again";
  received.erase(std::unique(received.begin(), received.end()), received.end());
  EXPECT_EQ(received, numbers(20));
}

// Stopped and started at whatever moment, nothing is lost, nothing is doubled: a
// stop waits for the boundary of a message.
TEST_F(DispatcherTest, AStopAtAnyMomentLosesNothingAndDoublesNothing) {
  const TemporaryFolder folder;
  ScriptedPeer peer({answer_all});
  constexpr int kRounds = 40;
  constexpr int kEachRound = 25;
  for (int round = 0; round < kRounds; ++round) {
    start(to("lab", plan_for(peer)), to("archive", plan_for(folder)));
    put_many({"lab", "archive"}, round * kEachRound + 1, kEachRound);
    const auto enough = static_cast<std::size_t>(round * 17);
    ASSERT_TRUE(eventually([&] { return peer.received().size() >= enough; }));
    ASSERT_TRUE(dispatcher_->stop(10s)) << "round " << round;
  }
  start(to("lab", plan_for(peer)), to("archive", plan_for(folder)));
  ASSERT_TRUE(eventually([&] { return waiting_count("lab") + waiting_count("archive") == 0; }));
  EXPECT_EQ(control_ids_of(peer.received()), numbers(kRounds * kEachRound));
  EXPECT_EQ(control_ids_in(folder), numbers(kRounds * kEachRound));
}

TEST_F(DispatcherTest, ALaneThatDiesIsBegunAnewAndSaysSo) {
  PaperTarget target(1);
  std::atomic<bool> died{false};
  target.behave([&died](const connectors::Delivery& delivery) -> connectors::Outcome {
    if (delivery.control_id == "3" && !died.exchange(true)) throw std::runtime_error("boom");
    return connectors::Delivered{};
  });
  telemetry::start_log(telemetry::Level::kInfo, telemetry::LogFormat::kText);
  testing::internal::CaptureStderr();
  start(to("paper", plan_for(target)));
  put_many({"paper"}, 1, 5);
  ASSERT_TRUE(eventually([&] { return waiting_count("paper") == 0; }));
  EXPECT_TRUE(dispatcher_->stop(10s));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("lane_died"));
  EXPECT_THAT(log, HasSubstr("boom"));
  EXPECT_EQ(target.delivered(), numbers(5));
  EXPECT_EQ(target.open_count(), 2) << "with a new connector";
  EXPECT_EQ(report_of("paper").restart_count, 1u);
}

TEST_F(DispatcherTest, SaysWhenALaneDoesNotStopInTime) {
  PaperTarget target(1);
  std::promise<void> let_go;
  std::promise<void> called;
  target.behave([&](const connectors::Delivery&) -> connectors::Outcome {
    called.set_value();
    let_go.get_future().wait();
    return connectors::Delivered{};
  });
  start(to("paper", plan_for(target)));
  put_many({"paper"}, 1, 1);
  called.get_future().wait();
  EXPECT_FALSE(dispatcher_->stop(20ms));
  let_go.set_value();
  EXPECT_TRUE(dispatcher_->stop(10s));
  EXPECT_EQ(waiting_count("paper"), 0u) << "what was in hand is settled";
}

TEST_F(DispatcherTest, ResumesByHandAtOnce) {
  PaperTarget target(1);
  target.always(test_support::refused());
  start(to("paper", plan_for(target), 1h));
  put_many({"paper"}, 1, 2);
  ASSERT_TRUE(eventually([&] { return report_of("paper").state == LaneState::kWaiting; }));
  target.always(connectors::Delivered{});
  EXPECT_FALSE(dispatcher_->resume("nobody"));
  EXPECT_TRUE(dispatcher_->resume("paper"));
  EXPECT_TRUE(eventually([&] { return waiting_count("paper") == 0; }));
  EXPECT_EQ(target.delivered(), numbers(2));
}

TEST_F(DispatcherTest, SeveralLanesKeepTheOrderOfEachKey) {
  PaperTarget target(3);
  Destination destination = to("paper", plan_for(target));
  destination.lane_count = 4;
  start(std::move(destination));
  constexpr int kKeys = 10;
  constexpr int kOfEach = 50;
  for (int number = 0; number < kOfEach; ++number) {
    for (std::uint64_t key = 0; key < kKeys; ++key) {
      mail_.put(std::to_string(key) + "/" + std::to_string(number),
                {{.connector = mail_.connector("paper"), .key_hash = key}});
    }
  }
  ASSERT_TRUE(eventually([&] { return waiting_count("paper") == 0; }));
  EXPECT_EQ(target.open_count(), 4);
  const auto delivered = target.delivered();
  EXPECT_EQ(delivered.size(), static_cast<std::size_t>(kKeys * kOfEach));
  for (int key = 0; key < kKeys; ++key) {
    int next = 0;
    for (const std::string& id : delivered) {
      if (id.starts_with(std::to_string(key) + "/")) {
        EXPECT_EQ(id, std::to_string(key) + "/" + std::to_string(next++));
      }
    }
    EXPECT_EQ(next, kOfEach);
  }
  EXPECT_EQ(report_of("paper").delivered_count, static_cast<std::uint64_t>(kKeys * kOfEach));
}

std::vector<Destination> list_of(Destination first) {
  std::vector<Destination> list;
  list.push_back(std::move(first));
  return list;
}

TEST_F(DispatcherTest, WhatIsReplacedLosesNothingAndDoublesNothing) {
  const TemporaryFolder archive;
  ScriptedPeer first({answer_all});
  ScriptedPeer second({answer_all});
  start(to("lab", plan_for(first)), to("archive", plan_for(archive)));
  constexpr int kRounds = 40;
  constexpr int kEachRound = 25;
  for (int round = 1; round <= kRounds; ++round) {
    put_many({"lab", "archive"}, (round - 1) * kEachRound + 1, kEachRound);
    std::vector<Destination> next;
    next.push_back(to("lab", plan_for(round % 2 == 0 ? first : second)));
    next.back().settings = std::to_string(round % 2);
    if (round % 3 != 0) next.push_back(to("archive", plan_for(archive)));
    const auto replaced = dispatcher_->replace(std::move(next));
    EXPECT_EQ(replaced.changed, 1u) << round;
    EXPECT_EQ(replaced.removed, round % 3 == 0 ? 1u : 0u) << round;
    EXPECT_EQ(replaced.added, round > 1 && round % 3 == 1 ? 1u : 0u) << round;
  }
  ASSERT_TRUE(eventually([&] { return waiting_count("lab") + waiting_count("archive") == 0; }));
  auto received = control_ids_of(first.received());
  const auto rest = control_ids_of(second.received());
  received.insert(received.end(), rest.begin(), rest.end());
  std::ranges::sort(received, {}, [](const std::string& id) { return std::stoi(id); });
  EXPECT_EQ(received, numbers(kRounds * kEachRound));
  EXPECT_EQ(control_ids_in(archive), numbers(kRounds * kEachRound));
  EXPECT_TRUE(dispatcher_->stop(10s));
}

TEST_F(DispatcherTest, TheQueueOfWhatWasRemovedStaysVisibleAndIsServedWhenItIsBack) {
  PaperTarget target(1);
  start(to("paper", plan_for(target)));
  const auto gone = dispatcher_->replace({});
  EXPECT_EQ(gone.removed, 1u);
  put_many({"paper"}, 1, 3);
  auto status = dispatcher_->status();
  ASSERT_EQ(status.size(), 1u);
  EXPECT_EQ(status[0].name, "paper");
  EXPECT_EQ(status[0].target, "removed");
  EXPECT_EQ(status[0].queue.waiting_count, 3u);
  EXPECT_EQ(dispatcher_->replace(list_of(to("paper", plan_for(target)))).added, 1u);
  ASSERT_TRUE(eventually([&] { return waiting_count("paper") == 0; }));
  EXPECT_EQ(target.delivered(), numbers(3));
  status = dispatcher_->status();
  ASSERT_EQ(status.size(), 1u);
  EXPECT_EQ(status[0].target, "a plan");
}

TEST_F(DispatcherTest, WhatIsAsItWasGoesOnAndWhatHasChangedWaitsForWhatIsInHand) {
  PaperTarget before(1);
  PaperTarget after(1);
  std::promise<void> let_go;
  std::promise<void> called;
  before.behave([&](const connectors::Delivery&) -> connectors::Outcome {
    called.set_value();
    let_go.get_future().wait();
    return connectors::Delivered{};
  });
  start(to("paper", plan_for(before)));
  put_many({"paper"}, 1, 3);
  called.get_future().wait();
  EXPECT_EQ(dispatcher_->replace(list_of(to("paper", plan_for(after)))).changed, 0u);
  Destination changed = to("paper", plan_for(after));
  changed.settings = "new";
  EXPECT_EQ(dispatcher_->replace(list_of(std::move(changed))).changed, 1u);
  EXPECT_FALSE(comes_within(50ms, [&] { return after.open_count() > 0; }))
      << "two at one target would disturb each other";
  let_go.set_value();
  ASSERT_TRUE(eventually([&] { return waiting_count("paper") == 0; }));
  EXPECT_EQ(before.delivered(), numbers(1));
  EXPECT_EQ(after.delivered(), (std::vector<std::string>{"2", "3"}));
}

TEST_F(DispatcherTest, AStopWaitsAlsoForWhatWasReplaced) {
  PaperTarget target(1);
  std::promise<void> let_go;
  std::promise<void> called;
  target.behave([&](const connectors::Delivery&) -> connectors::Outcome {
    called.set_value();
    let_go.get_future().wait();
    return connectors::Delivered{};
  });
  start(to("paper", plan_for(target)));
  put_many({"paper"}, 1, 1);
  called.get_future().wait();
  EXPECT_EQ(dispatcher_->replace({}).removed, 1u);
  EXPECT_FALSE(dispatcher_->stop(20ms));
  let_go.set_value();
  EXPECT_TRUE(dispatcher_->stop(10s));
  EXPECT_EQ(waiting_count("paper"), 0u);
}

TEST_F(DispatcherTest, SeveralLanesProbeADeadTargetOneAtATime) {
  PaperTarget target(1);
  std::atomic<int> under_way{0};
  std::atomic<int> most{0};
  std::atomic<int> tries{0};
  // Those that began before the circuit opened may overlap, one for each lane: on a busy
  // machine some of them only come to run after others have tried again.
  target.behave([&](const connectors::Delivery&) -> connectors::Outcome {
    if (++tries > 24) most = std::max<int>(most, under_way + 1);
    ++under_way;
    static_cast<void>(::poll(nullptr, 0, 2));
    --under_way;
    return test_support::refused();
  });
  Destination destination = to("paper", plan_for(target));
  destination.lane_count = 8;
  destination.retry = {.initial = 5ms, .max = 20ms, .jitter = 0};
  start(std::move(destination));
  for (std::uint64_t key = 1; key <= 64; ++key) {
    mail_.put(std::to_string(key), {{.connector = mail_.connector("paper"), .key_hash = key}});
  }
  ASSERT_TRUE(eventually([&] { return tries > 60; }));
  EXPECT_EQ(most, 1);
  EXPECT_EQ(report_of("paper").state, LaneState::kWaiting);
  target.always(connectors::Delivered{});
  EXPECT_TRUE(eventually([&] { return waiting_count("paper") == 0; }));
  EXPECT_EQ(report_of("paper").state, LaneState::kRunning);
}

TEST_F(DispatcherTest, CanBeStoppedBeforeItWasStarted) {
  PaperTarget target;
  Dispatcher idle({}, mail_.outbox(), base::Clock::system());
  EXPECT_TRUE(idle.stop(0ms));
  std::vector<Destination> one;
  one.push_back(to("paper", plan_for(target)));
  Dispatcher never_started(std::move(one), mail_.outbox(), base::Clock::system());
  EXPECT_TRUE(never_started.stop(0ms));
}

}  // namespace
}  // namespace deliver
