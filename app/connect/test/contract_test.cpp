// What every connector must do, whatever it delivers to: connector.hpp, sentence
// by sentence, against real targets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ostream>

#include "connect/connector.hpp"
#include "connect/test_support/deliveries.hpp"
#include "connect/test_support/server_targets.hpp"
#include "connect/test_support/targets.hpp"
#include "telemetry/log.hpp"

namespace connectors {

// How gtest tells which case it is.
void PrintTo(const test_support::TargetKind& kind, std::ostream* out) { *out << kind.name; }

namespace {

using namespace std::chrono_literals;
using test_support::Letters;
using test_support::summaries;
using test_support::summary;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class ConnectorContract : public testing::TestWithParam<test_support::TargetKind> {
 protected:
  void SetUp() override {
    telemetry::start_log(telemetry::Level::kOff, {});
    const std::string package = test_support::missing_for(GetParam().name);
    if (!package.empty()) GTEST_SKIP() << "not installed: Debian's package " << package;
    target_ = GetParam().make();
  }

  static std::vector<Outcome> deliver(Connector& connector, const Letters& letters) {
    return connector.deliver(letters.all(), {});
  }

  std::unique_ptr<test_support::Target> target_;
};

TEST_P(ConnectorContract, DeliversEveryOctetInOrder) {
  Letters letters;
  for (int number = 1; number <= 40; ++number) letters.add("M" + std::to_string(number));
  std::string odd = test_support::message_of("odd");
  odd += "OBX|1|ED|\x0b soft break \x1c and \xe4\xf6\xfc \x01\x7f\r";
  letters.add("odd", odd);

  const auto connector = target_->open();
  EXPECT_THAT(summaries(deliver(*connector, letters)), Each("delivered"));
  EXPECT_EQ(target_->arrived(), letters.texts());
}

TEST_P(ConnectorContract, SaysOneOutcomeForEachDelivery) {
  const auto connector = target_->open();
  EXPECT_THAT(connector->deliver({}, {}), IsEmpty());
  Letters letters;
  letters.add("one");
  letters.add("two");
  letters.add("three");
  EXPECT_THAT(deliver(*connector, letters), SizeIs(3));
  EXPECT_GE(connector->batch_max(), 1u);
}

TEST_P(ConnectorContract, DeliversALargeMessage) {
  Letters letters;
  letters.add("big", test_support::message_of("big") + "OBX|1|ED|" +
                         std::string(5 * base::kMiB, 'A') + "\r");
  letters.add("small");
  const auto connector = target_->open();
  EXPECT_THAT(summaries(deliver(*connector, letters)), Each("delivered"));
  EXPECT_TRUE(target_->arrived() == letters.texts());
}

TEST_P(ConnectorContract, TouchesNothingWhenOpened) {
  target_->take_away();
  const auto connector = target_->open();
  target_->bring_back();
  EXPECT_THAT(target_->arrived(), IsEmpty());
}

TEST_P(ConnectorContract, BlamesTheTargetThatIsAwayAndTriesNoFurther) {
  Letters letters;
  letters.add("one");
  letters.add("two");
  const auto connector = target_->open();
  target_->take_away();
  const auto outcomes = deliver(*connector, letters);
  target_->bring_back();

  ASSERT_THAT(outcomes, SizeIs(2));
  ASSERT_TRUE(std::holds_alternative<Failure>(outcomes[0]));
  EXPECT_EQ(test_support::failure_of(outcomes[0]).blame, Blame::kTarget);
  EXPECT_THAT(test_support::failure_of(outcomes[0]).reason, Not(IsEmpty()));
  EXPECT_EQ(summary(outcomes[1]), "not tried");
  EXPECT_THAT(target_->arrived(), IsEmpty());
}

TEST_P(ConnectorContract, DeliversWithTheSameConnectorWhenTheTargetIsBack) {
  const auto connector = target_->open();
  Letters first;
  first.add("first");
  ASSERT_THAT(summaries(deliver(*connector, first)), Each("delivered"));

  Letters second;
  second.add("first");  // entry 1 again would be the same file: these are 2 and 3
  second.add("second");
  second.add("third");
  const std::span<const Delivery> behind = std::span(second.all()).subspan(1);
  target_->take_away();
  EXPECT_FALSE(std::holds_alternative<Delivered>(connector->deliver(behind, {}).front()));
  EXPECT_FALSE(std::holds_alternative<Delivered>(connector->deliver(behind, {}).front()));
  target_->bring_back();
  EXPECT_THAT(summaries(connector->deliver(behind, {})), Each("delivered"));
  EXPECT_EQ(target_->arrived(), second.texts());
}

TEST_P(ConnectorContract, TriesNothingAfterAStopRequest) {
  Letters letters;
  letters.add("one");
  letters.add("two");
  std::stop_source stopping;
  stopping.request_stop();
  const auto connector = target_->open();
  EXPECT_THAT(summaries(connector->deliver(letters.all(), stopping.get_token())),
              ElementsAre("not tried", "not tried"));
  EXPECT_THAT(target_->arrived(), IsEmpty());
}

TEST_P(ConnectorContract, TwoConnectorsOfOneTargetDoNotDisturbEachOther) {
  Letters letters;
  letters.add("one");
  letters.add("two");
  const auto first = target_->open();
  ASSERT_THAT(summaries(first->deliver(std::span(letters.all()).first(1), {})), Each("delivered"));
  const auto second = target_->open();
  EXPECT_THAT(summaries(second->deliver(std::span(letters.all()).subspan(1), {})),
              Each("delivered"));
  EXPECT_EQ(target_->arrived(), letters.texts());
}

TEST_P(ConnectorContract, GivesReasonsWithoutPatientData) {
  Letters letters;
  letters.add("one");
  const auto connector = target_->open();
  target_->take_away();
  const auto outcomes = deliver(*connector, letters);
  target_->bring_back();
  EXPECT_THAT(test_support::failure_of(outcomes[0]).reason, Not(HasSubstr("DOE")));
}

INSTANTIATE_TEST_SUITE_P(Every, ConnectorContract,
                         testing::ValuesIn(test_support::all_target_kinds()),
                         [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(Module, ConnectorContract,
                         testing::ValuesIn(test_support::server_target_kinds()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace connectors
