#include "cli/send_run.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "scratch_folder.hpp"
#include "scripted_server.hpp"

namespace cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Keeps what a person would be shown.
class Notes final : public SendObserver {
 public:
  void on_settled(const OutgoingMessage& message, const SendOutcome& outcome) override {
    settled[message.control_ids.front()] = outcome.settlement;
    reasons.emplace_back(outcome.reason);
  }

  void on_retry(const OutgoingMessage&, const SendOutcome&, base::Duration wait) override {
    waits.push_back(wait);
  }

  void on_trouble(const PeerLoss& loss, bool given_up) override {
    troubles.push_back(to_string(loss) + (given_up ? ", given up" : ""));
  }

  bool on_tick(const SendTally& tally) override {
    return stop_after_ && tally.accepted >= *stop_after_;
  }

  std::map<std::string, Settlement> settled;
  std::vector<std::string> reasons;
  std::vector<base::Duration> waits;
  std::vector<std::string> troubles;
  std::optional<std::uint64_t> stop_after_;
};

// M1, M2, ... each with a segment of its own.
std::string messages(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) {
    text += fmt::format("MSH|^~\\&|W|H|L|H|2026||ADT^A01|M{}|P|2.3\rPID|{}\r", i, i);
  }
  return text;
}

class SendRunTest : public testing::Test {
 protected:
  SendPlan plan(const Destination& destination) const {
    SendPlan made;
    made.destination = destination;
    made.answer_timeout = seconds(30);
    made.retries = 2;
    made.retry_wait = milliseconds(1);
    return made;
  }

  SendTally run(const SendPlan& plan, const std::string& text, std::uint64_t rounds = 1) {
    InputStream stream({{folder_.write("messages.hl7", text), text.size()}}, {}, rounds);
    return SendRun(plan, stream, notes_, base::Clock::system()).run();
  }

  ScratchFolder folder_;
  Notes notes_;
};

std::vector<std::string> ids_of(const std::vector<Arrival>& arrivals) {
  std::vector<std::string> ids;
  for (const Arrival& arrival : arrivals) ids.push_back(arrival.control_id);
  return ids;
}

TEST_F(SendRunTest, EveryMessageArrivesOnceInOrderAndIsCounted) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  const SendTally tally = run(plan(server.destination()), messages(3));

  EXPECT_THAT(ids_of(server.arrivals()), ElementsAre("M1", "M2", "M3"));
  EXPECT_EQ(server.arrivals()[1].payload, "MSH|^~\\&|W|H|L|H|2026||ADT^A01|M2|P|2.3\rPID|2\r");
  EXPECT_EQ(tally.accepted, 3U);
  EXPECT_EQ(tally.settled(), 3U);
  EXPECT_TRUE(tally.complete);
}

TEST_F(SendRunTest, SendsAheadAsFarAsAllowedAndNoFurther) {
  // Nothing is answered until three are there: more than three never come.
  std::string held;
  ScriptedServer server([&held](const Arrival& each) {
    held += answer(each).octets;
    return each.ordinal % 3 == 0 ? raw_octets(std::exchange(held, {})) : silence();
  });
  SendPlan ahead = plan(server.destination());
  ahead.in_flight_max = 3;
  EXPECT_EQ(run(ahead, messages(9)).accepted, 9U);

  SendPlan too_short = plan(server.destination());
  too_short.in_flight_max = 2;
  too_short.answer_timeout = milliseconds(50);
  too_short.retries = 0;
  EXPECT_EQ(run(too_short, messages(2)).unanswered, 2U);
}

TEST_F(SendRunTest, UsesAllConnections) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  SendPlan wide = plan(server.destination());
  wide.connection_count = 4;
  EXPECT_EQ(run(wide, messages(400)).accepted, 400U);
  std::vector<std::size_t> connections;
  for (const Arrival& arrival : server.arrivals()) connections.push_back(arrival.connection);
  for (const std::size_t connection : {0U, 1U, 2U, 3U}) {
    EXPECT_THAT(connections, Contains(connection));
  }
}

TEST_F(SendRunTest, SendsEverythingAgainWhenToldTo) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  EXPECT_EQ(run(plan(server.destination()), messages(2), 3).accepted, 6U);
  EXPECT_THAT(ids_of(server.arrivals()), ElementsAre("M1", "M2", "M1", "M2", "M1", "M2"));
}

TEST_F(SendRunTest, ARefusalIsFinal) {
  ScriptedServer server(
      [](const Arrival& each) { return answer(each, each.control_id == "M2" ? "AR" : "CA"); });
  const SendTally tally = run(plan(server.destination()), messages(3));
  EXPECT_EQ(tally.by_code[static_cast<std::size_t>(hl7::AckCode::kAR)], 1U);
  EXPECT_EQ(tally.by_code[static_cast<std::size_t>(hl7::AckCode::kCA)], 2U);
  EXPECT_EQ(tally.accepted, 2U);
  EXPECT_EQ(tally.retries, 0U);
  EXPECT_EQ(notes_.settled["M2"], Settlement::kRefused);
  EXPECT_THAT(notes_.reasons, Contains("said so"));
}

TEST_F(SendRunTest, AnErrorIsTriedAgainAndNothingOvertakesIt) {
  ScriptedServer server([](const Arrival& each) {
    return answer(each, each.control_id == "M2" && each.attempt < 3 ? "AE" : "AA");
  });
  const SendTally tally = run(plan(server.destination()), messages(3));
  EXPECT_EQ(tally.accepted, 3U);
  EXPECT_EQ(tally.retries, 2U);
  EXPECT_THAT(ids_of(server.arrivals()), ElementsAre("M1", "M2", "M2", "M2", "M3"));
  EXPECT_THAT(notes_.waits, ElementsAre(milliseconds(1), milliseconds(2)));
}

TEST_F(SendRunTest, ErrorsOfSeveralInFlightAreTriedAgainInTheirOrder) {
  ScriptedServer server(
      [](const Arrival& each) { return answer(each, each.attempt == 1 ? "AE" : "AA"); });
  SendPlan ahead = plan(server.destination());
  ahead.in_flight_max = 3;
  EXPECT_EQ(run(ahead, messages(4)).accepted, 4U);
  const auto ids = ids_of(server.arrivals());
  EXPECT_THAT(std::vector(ids.begin(), ids.begin() + 6),
              ElementsAre("M1", "M2", "M3", "M1", "M2", "M3"));
}

TEST_F(SendRunTest, AnErrorIsFinalWhenTheRetriesAreUsedUp) {
  ScriptedServer server([](const Arrival& each) { return answer(each, "AE"); });
  const SendTally tally = run(plan(server.destination()), messages(1));
  EXPECT_THAT(server.arrivals(), SizeIs(3)) << "once, and two retries";
  EXPECT_EQ(tally.by_code[static_cast<std::size_t>(hl7::AckCode::kAE)], 1U);
  EXPECT_EQ(tally.accepted, 0U);
}

TEST_F(SendRunTest, AnAnswerToAnotherMessageIsNoAnswer) {
  ScriptedServer server(
      [](const Arrival& each) { return each.control_id == "M1" ? answer_to("M9") : answer(each); });
  const SendTally tally = run(plan(server.destination()), messages(2));
  EXPECT_EQ(tally.mismatched, 1U);
  EXPECT_EQ(tally.accepted, 1U);
  EXPECT_EQ(notes_.settled["M1"], Settlement::kMismatched);
}

TEST_F(SendRunTest, AFrameThatIsNoAnswerIsUnreadable) {
  ScriptedServer server([](const Arrival&) { return raw_octets("\x0bhello\x1c\r"); });
  const SendTally tally = run(plan(server.destination()), messages(1));
  EXPECT_EQ(tally.unreadable, 1U);
  EXPECT_EQ(tally.settled(), 1U);
}

TEST_F(SendRunTest, FramesNobodyWaitsForAreCounted) {
  ScriptedServer server([](const Arrival& each) {
    const std::string once = answer(each).octets;
    return raw_octets(once + once);
  });
  const SendTally tally = run(plan(server.destination()), messages(1));
  EXPECT_EQ(tally.accepted, 1U);
  EXPECT_EQ(tally.unexpected, 1U);
}

TEST_F(SendRunTest, ALostConnectionIsMadeAnewAndTheMessageSentAgain) {
  ScriptedServer server([](const Arrival& each) {
    return each.control_id == "M2" && each.attempt == 1 ? hang_up() : answer(each);
  });
  const SendTally tally = run(plan(server.destination()), messages(3));
  EXPECT_EQ(tally.accepted, 3U);
  EXPECT_THAT(ids_of(server.arrivals()), ElementsAre("M1", "M2", "M2", "M3"));
  EXPECT_THAT(notes_.troubles, ElementsAre("the peer closed the connection"));
}

TEST_F(SendRunTest, AnIdleConnectionMayBeClosedByTheServer) {
  ScriptedServer server([](const Arrival& each) {
    Reply reply = answer(each);
    reply.close = true;
    return reply;
  });
  SendPlan slow = plan(server.destination());
  slow.messages_per_second = 20.0;
  slow.retries = 0;
  EXPECT_EQ(run(slow, messages(3)).accepted, 3U);
  EXPECT_THAT(notes_.troubles, IsEmpty());
}

TEST_F(SendRunTest, ASilentServerIsLeftAfterTheTimeout) {
  ScriptedServer server([](const Arrival&) { return silence(); });
  SendPlan hasty = plan(server.destination());
  hasty.answer_timeout = milliseconds(30);
  const SendTally tally = run(hasty, messages(1));
  EXPECT_EQ(tally.unanswered, 1U);
  EXPECT_EQ(tally.retries, 2U);
  EXPECT_THAT(server.arrivals(), SizeIs(3));
  EXPECT_THAT(notes_.reasons, ElementsAre("no answer in time"));
}

TEST_F(SendRunTest, SomethingOtherThanMllpIsToldAsSuch) {
  ScriptedServer server([](const Arrival&) { return raw_octets(std::string(70'000, 'x')); });
  SendPlan once = plan(server.destination());
  once.retries = 0;
  EXPECT_EQ(run(once, messages(1)).unanswered, 1U);
  EXPECT_THAT(notes_.reasons, ElementsAre(HasSubstr("other than MLLP")));
}

TEST_F(SendRunTest, NobodyThereIsTriedAgainThenGivenUp) {
  const auto nobody = resolve(dead_address());
  ASSERT_TRUE(nobody);
  const SendTally tally = run(plan(*nobody), messages(2));
  EXPECT_FALSE(tally.complete);
  EXPECT_EQ(tally.settled(), 0U) << "nothing was ever sent";
  EXPECT_THAT(notes_.troubles, ElementsAre("Connection refused", "Connection refused",
                                           "Connection refused, given up"));
}

TEST_F(SendRunTest, KeepsToTheRate) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  SendPlan paced = plan(server.destination());
  paced.messages_per_second = 100.0;
  const SendTally tally = run(paced, messages(21));
  EXPECT_EQ(tally.accepted, 21U);
  EXPECT_GE(tally.time, milliseconds(200)) << "20 gaps of 10 ms";
}

TEST_F(SendRunTest, StopsWhenToldToAndSettlesWhatIsOnTheWay) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  notes_.stop_after_ = 1;
  const SendTally tally = run(plan(server.destination()), messages(1000));
  EXPECT_LT(tally.settled(), 1000U);
  EXPECT_EQ(tally.settled(), server.arrivals().size());
  EXPECT_FALSE(tally.complete);
}

TEST_F(SendRunTest, ABatchIsOneFrameAndItsAnswersAreCheckedTogether) {
  const std::string batch = "BHS|^~\\&|W\r" + messages(2) + "BTS|2\r";
  ScriptedServer server([](const Arrival&) {
    return raw_octets(
        "\x0b"
        "BHS|^~\\&|L\rMSH|^~\\&|\rMSA|AA|M1\rMSH|^~\\&|\rMSA|AR|M2\rBTS|2\r\x1c\r");
  });
  const SendTally tally = run(plan(server.destination()), batch);
  EXPECT_THAT(server.arrivals(), SizeIs(1));
  EXPECT_EQ(tally.by_code[static_cast<std::size_t>(hl7::AckCode::kAR)], 1U) << "the worst counts";
  EXPECT_EQ(tally.settled(), 1U);
}

TEST_F(SendRunTest, ALargeMessageGoesThroughInPieces) {
  ScriptedServer server([](const Arrival& each) { return answer(each); });
  const std::string text = messages(1) + "OBX|1|ED|||" + std::string(2 * 1024 * 1024, 'x') + "\r";
  EXPECT_EQ(run(plan(server.destination()), text).accepted, 1U);
  EXPECT_EQ(server.arrivals().front().payload, text);
}

}  // namespace
}  // namespace cli
