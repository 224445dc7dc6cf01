#include "connect/mllp_connector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>

#include "connect/test_support/deliveries.hpp"
#include "connect/test_support/scripted_peer.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace connectors {
namespace {

using namespace std::chrono_literals;
using test_support::answer_all;
using test_support::answer_to;
using test_support::answer_with;
using test_support::DeadPort;
using test_support::failure_of;
using test_support::in_frame;
using test_support::Letters;
using test_support::PeerSocket;
using test_support::Scene;
using test_support::ScriptedPeer;
using test_support::summaries;
using test_support::summary;
using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

using SteadyClock = std::chrono::steady_clock;

std::uint64_t late_count() { return telemetry::counted(telemetry::Counter::kLateAnswers); }

// Long enough for a busy machine where an answer is expected, short where silence is.
constexpr base::Duration kPatient = 20s;
constexpr base::Duration kImpatient = 200ms;

class MllpConnectorTest : public testing::Test {
 protected:
  void SetUp() override {
    telemetry::start_log(telemetry::Level::kOff, {});
    settings_.name = "lab";
    settings_.answer_timeout = kPatient;
  }

  void connect_to(std::uint16_t port) {
    settings_.link.address = {"127.0.0.1", port};
    connector_ = std::make_unique<MllpConnector>(settings_, base::Clock::system());
  }

  // A peer with these scenes, and a connector to it.
  ScriptedPeer& play(std::vector<Scene> scenes) {
    peer_ = std::make_unique<ScriptedPeer>(std::move(scenes));
    connect_to(peer_->port());
    return *peer_;
  }

  Outcome deliver(std::string_view control_id) {
    Letters letters;
    letters.add(control_id);
    return connector_->deliver(letters.all(), {}).front();
  }

  std::vector<std::string> deliver_all(const std::vector<std::string>& control_ids) {
    Letters letters;
    for (const std::string& id : control_ids) letters.add(id);
    return summaries(connector_->deliver(letters.all(), {}));
  }

  MllpSettings settings_;
  std::unique_ptr<ScriptedPeer> peer_;
  std::unique_ptr<MllpConnector> connector_;
};

// A scene that answers the first message of its connection with these octets.
Scene first_answer(std::string octets) {
  return [octets](PeerSocket& socket) {
    static_cast<void>(socket.read_frame());
    socket.write(octets);
    static_cast<void>(socket.is_closed_by_peer());
  };
}

// A scene that reads a message and says nothing.
void stay_silent(PeerSocket& socket) {
  static_cast<void>(socket.read_frame());
  static_cast<void>(socket.is_closed_by_peer());
}

TEST_F(MllpConnectorTest, KeepsItsConnection) {
  const auto& peer = play({answer_all});
  EXPECT_THAT(deliver_all({"1", "2", "3"}), Each("delivered"));
  EXPECT_EQ(summary(deliver("4")), "delivered");
  EXPECT_EQ(peer.connection_count(), 1);
}

TEST_F(MllpConnectorTest, HasOneMessageInFlight) {
  bool second_came_early = false;
  play({[&](PeerSocket& socket) {
    const auto first = socket.read_frame();
    second_came_early = socket.read_some_within(1, 100ms);
    socket.write(in_frame(answer_to(*first, "AA")));
    answer_all(socket);
  }});
  EXPECT_THAT(deliver_all({"1", "2"}), Each("delivered"));
  EXPECT_FALSE(second_came_early);
}

TEST_F(MllpConnectorTest, TellsARefusedConnectionWithEndpointAndReason) {
  const DeadPort dead(DeadPort::Kind::kRefuses);
  connect_to(dead.port());
  const Outcome outcome = deliver("1");
  EXPECT_EQ(summary(outcome), "connect/target");
  EXPECT_EQ(failure_of(outcome).reason,
            "connect to 127.0.0.1:" + std::to_string(dead.port()) + ": Connection refused");
}

TEST_F(MllpConnectorTest, GivesUpConnectingAfterItsTimeout) {
  const DeadPort dead(DeadPort::Kind::kSwallows);
  settings_.link.connect_timeout = kImpatient;
  connect_to(dead.port());
  const auto begin = SteadyClock::now();
  const Outcome outcome = deliver("1");
  EXPECT_EQ(summary(outcome), "connect/target");
  EXPECT_THAT(failure_of(outcome).reason, HasSubstr("timed out"));
  EXPECT_LT(SteadyClock::now() - begin, 5s);
}

TEST_F(MllpConnectorTest, UsesTheBackupOnlyWhileTheFirstCannotBeReached) {
  ScriptedPeer backup({[](PeerSocket& socket) {
    const auto message = socket.read_frame();
    socket.write(in_frame(answer_to(*message, "AA")));
  }});  // closes after one answer
  ScriptedPeer first({answer_all});
  settings_.link.backup_address = config::Address{"127.0.0.1", backup.port()};
  first.stop();
  connect_to(first.port());

  EXPECT_EQ(summary(deliver("1")), "delivered");
  EXPECT_EQ(backup.received().size(), 1u);
  first.start();
  EXPECT_THAT(deliver_all({"2", "3"}), Each("delivered"));
  EXPECT_EQ(first.received().size(), 2u);
  EXPECT_EQ(backup.received().size(), 1u);
}

TEST_F(MllpConnectorTest, NamesBothAddressesWhenNeitherCanBeReached) {
  const DeadPort first(DeadPort::Kind::kRefuses);
  const DeadPort second(DeadPort::Kind::kRefuses);
  settings_.link.backup_address = config::Address{"127.0.0.1", second.port()};
  connect_to(first.port());
  const Outcome outcome = deliver("1");
  EXPECT_EQ(summary(outcome), "connect/target");
  EXPECT_THAT(failure_of(outcome).reason, HasSubstr(std::to_string(first.port())));
  EXPECT_THAT(failure_of(outcome).reason, HasSubstr(std::to_string(second.port())));
}

TEST_F(MllpConnectorTest, FindsHostsByName) {
  ScriptedPeer peer({answer_all});
  settings_.link.address = {"localhost", peer.port()};
  connector_ = std::make_unique<MllpConnector>(settings_, base::Clock::system());
  EXPECT_EQ(summary(deliver("1")), "delivered");
}

TEST_F(MllpConnectorTest, BlamesTheTargetForAHostThatIsNotThere) {
  settings_.link.connect_timeout = kImpatient;
  settings_.link.address = {"no-such-host.invalid", 2575};
  connector_ = std::make_unique<MllpConnector>(settings_, base::Clock::system());
  const auto begin = SteadyClock::now();
  EXPECT_EQ(summary(deliver("1")), "connect/target");
  EXPECT_EQ(summary(deliver("1")), "connect/target");
  EXPECT_LT(SteadyClock::now() - begin, 5s);
}

TEST_F(MllpConnectorTest, TellsTlsFromTheConnectionItself) {
  settings_.link.tls = TlsSettings{};
  play({[](PeerSocket& socket) {
    if (socket.read_some(1)) socket.write("no TLS is spoken here");
    socket.await_stop();
  }});
  const Outcome outcome = deliver("M1");
  EXPECT_EQ(summary(outcome), "tls/target");
  EXPECT_THAT(failure_of(outcome).reason, HasSubstr("TLS to 127.0.0.1:"));
}

TEST_F(MllpConnectorTest, TellsAResetInTheRequest) {
  play({[](PeerSocket& socket) {
    static_cast<void>(socket.read_some(1000));
    socket.reset();
  }});
  Letters letters;
  letters.add("1", test_support::message_of("1") + std::string(16 * base::kMiB, 'A'));
  const Outcome outcome = connector_->deliver(letters.all(), {}).front();
  EXPECT_EQ(summary(outcome), "reset/target");
  EXPECT_THAT(failure_of(outcome).reason, AnyOf(HasSubstr("reset"), HasSubstr("Broken pipe")));
}

TEST_F(MllpConnectorTest, TellsAResetInTheAnswer) {
  play({[](PeerSocket& socket) {
    static_cast<void>(socket.read_frame());
    socket.write("\x0bMSH|^~\\&|LAB");
    socket.reset();
  }});
  EXPECT_EQ(summary(deliver("1")), "reset/target");
}

TEST_F(MllpConnectorTest, TellsAnAnswerThatWasCutShort) {
  play({[](PeerSocket& socket) {
    const auto message = socket.read_frame();
    std::string answer = in_frame(answer_to(*message, "AA"));
    answer.pop_back();  // all but the last CR
    socket.write(answer);
  }});
  const Outcome outcome = deliver("1");
  EXPECT_EQ(summary(outcome), "reset/target");
  EXPECT_THAT(failure_of(outcome).reason, HasSubstr("closed by the peer"));
}

TEST_F(MllpConnectorTest, ClosesTheConnectionAfterATimeout) {
  settings_.answer_timeout = kImpatient;
  std::promise<bool> closed;
  play({[&closed](PeerSocket& socket) {
    static_cast<void>(socket.read_frame());
    closed.set_value(socket.is_closed_by_peer());
  }});
  const Outcome outcome = deliver("1");
  EXPECT_EQ(summary(outcome), "timeout/unclear");
  EXPECT_TRUE(closed.get_future().get());
}

TEST_F(MllpConnectorTest, GivesUpOnATargetThatDoesNotRead) {
  settings_.answer_timeout = kImpatient;
  play({[](PeerSocket& socket) { socket.await_stop(); }});
  Letters letters;
  letters.add("1", test_support::message_of("1") + std::string(32 * base::kMiB, 'A'));
  EXPECT_EQ(summary(connector_->deliver(letters.all(), {}).front()), "write/target");
}

TEST_F(MllpConnectorTest, IsNotHeldUpByAnAnswerThatDrips) {
  settings_.answer_timeout = kImpatient;
  play({[](PeerSocket& socket) {
    static_cast<void>(socket.read_frame());
    socket.write("\x0b");
    socket.drip('M');
  }});
  const auto begin = SteadyClock::now();
  EXPECT_EQ(summary(deliver("1")), "timeout/unclear");
  EXPECT_LT(SteadyClock::now() - begin, 5s);
}

TEST_F(MllpConnectorTest, TakesAnAnswerOctetByOctet) {
  play({[](PeerSocket& socket) {
    const auto message = socket.read_frame();
    socket.write_octet_by_octet(in_frame(answer_to(*message, "AA")));
    answer_all(socket);
  }});
  EXPECT_THAT(deliver_all({"1", "2"}), Each("delivered"));
}

// The pain of the field: the answer to a message that was given up comes when the
// next one waits. It must not be taken for that one's.
TEST_F(MllpConnectorTest, ALateAnswerDoesNotSettleTheNextMessage) {
  settings_.answer_timeout = kImpatient;
  play({stay_silent, first_answer(in_frame(answer_with("AA", "first")))});
  EXPECT_EQ(summary(deliver("first")), "timeout/unclear");
  const std::uint64_t late_before = late_count();
  EXPECT_EQ(summary(deliver("second")), "timeout/unclear");
  EXPECT_EQ(late_count(), late_before + 1);
}

TEST_F(MllpConnectorTest, ALateAnswerDisturbsNothing) {
  settings_.answer_timeout = 2s;
  play({stay_silent, [](PeerSocket& socket) {
          const auto second = socket.read_frame();
          socket.write(in_frame(answer_with("AE", "first")));
          socket.write(in_frame(answer_to(*second, "AA")));
          answer_all(socket);
        }});
  EXPECT_EQ(summary(deliver("first")), "timeout/unclear");
  telemetry::start_log(telemetry::Level::kInfo, telemetry::LogFormat::kText);
  testing::internal::CaptureStderr();
  EXPECT_THAT(deliver_all({"second", "third"}), Each("delivered"));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("mllp_late_answer"));
  EXPECT_THAT(log, HasSubstr("unanswered"));
  EXPECT_EQ(peer_->connection_count(), 2);
}

struct CodeCase {
  const char* code;
  const char* by_default;
  const char* the_other_way_round;  // on_answer: {AE: park, AR: retry, CE: park, CR: retry}
};

const CodeCase kCodes[] = {
    {"AA", "delivered", "delivered"},
    {"CA", "delivered", "delivered"},
    {"AE", "answer_code/unclear", "answer_code/message"},
    {"AR", "answer_code/message", "answer_code/unclear"},
    {"CE", "answer_code/unclear", "answer_code/message"},
    {"CR", "answer_code/message", "answer_code/unclear"},
};

TEST_F(MllpConnectorTest, TakesEachCodeAsItIsToldTo) {
  for (const CodeCase& each : kCodes) {
    SCOPED_TRACE(each.code);
    const Scene scene = [&each](PeerSocket& socket) {
      while (const auto message = socket.read_frame()) {
        socket.write(in_frame(answer_to(*message, each.code)));
      }
    };
    settings_.on_answer = {};
    play({scene});
    const Outcome outcome = deliver("1");
    EXPECT_EQ(summary(outcome), each.by_default);
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      EXPECT_THAT(failure->words, HasSubstr(std::string("MSA|") + each.code + "|1"));
      EXPECT_THAT(failure->reason, HasSubstr(each.code));
    }
    EXPECT_EQ(summary(deliver("2")), each.by_default) << "the connection is in step";
    EXPECT_EQ(peer_->connection_count(), 1);

    settings_.on_answer = {.application_error = OnAnswer::kPark,
                           .application_reject = OnAnswer::kRetry,
                           .commit_error = OnAnswer::kPark,
                           .commit_reject = OnAnswer::kRetry};
    play({scene});
    EXPECT_EQ(summary(deliver("1")), each.the_other_way_round);
  }
}

TEST_F(MllpConnectorTest, KeepsAtMost64KiBOfTheTargetsWords) {
  play({first_answer(in_frame(answer_with("AR", "1") + "NTE|" + std::string(100'000, 'x')))});
  EXPECT_EQ(failure_of(deliver("1")).words.size(), 64 * base::kKiB);
}

TEST_F(MllpConnectorTest, StopsAtTheFirstThatIsNotDelivered) {
  play({[](PeerSocket& socket) {
    while (const auto message = socket.read_frame()) {
      const bool bad = message->find("|bad|") != std::string::npos;
      socket.write(in_frame(answer_to(*message, bad ? "AR" : "AA")));
    }
  }});
  EXPECT_THAT(deliver_all({"1", "bad", "3"}),
              ElementsAre("delivered", "answer_code/message", "not tried"));
}

// Enhanced mode: CA settles; the AA that follows is nobody's news.
TEST_F(MllpConnectorTest, AnAnswerAfterACommitAnswerDisturbsNothing) {
  play({[](PeerSocket& socket) {
    while (const auto message = socket.read_frame()) {
      socket.write(in_frame(answer_to(*message, "CA")) + in_frame(answer_to(*message, "AE")));
    }
  }});
  const std::uint64_t late_before = late_count();
  EXPECT_THAT(deliver_all({"1", "2", "3", "4"}), Each("delivered"));
  EXPECT_EQ(peer_->connection_count(), 1) << "it is expected, so the connection is kept";
  EXPECT_EQ(late_count(), late_before + 3);
}

TEST_F(MllpConnectorTest, AnAnswerAfterACommitAnswerMayComeWhileTheNextWaits) {
  play({[](PeerSocket& socket) {
    const auto first = socket.read_frame();
    socket.write(in_frame(answer_to(*first, "CA")));
    const auto second = socket.read_frame();
    socket.write(in_frame(answer_to(*first, "AA")) + in_frame(answer_to(*second, "CA")));
    answer_all(socket);
  }});
  EXPECT_THAT(deliver_all({"1", "2", "3"}), Each("delivered"));
}

struct WrongCase {
  const char* name;
  std::string octets;
};

TEST_F(MllpConnectorTest, ClosesAfterAnAnswerToNothingItKnows) {
  const WrongCase cases[] = {
      {"another_message", in_frame(answer_with("AA", "elsewhere"))},
      {"no_message_named", in_frame(answer_with("AA", ""))},
      {"no_acknowledgement", in_frame("MSH|^~\\&|A\rPID|1\r")},
      {"no_hl7", in_frame("hello")},
      {"unknown_code", in_frame(answer_with("OK", "1"))},
      {"no_mllp", "HTTP/1.1 400 Bad Request\r\n\r\n" + std::string(70'000, '.')},
      {"too_large", in_frame(answer_with("AA", "1") + std::string(2 * base::kMiB, 'x'))},
  };
  for (const WrongCase& each : cases) {
    SCOPED_TRACE(each.name);
    play({first_answer(each.octets), answer_all});
    EXPECT_EQ(summary(deliver("1")), "mismatch/unclear");
    EXPECT_EQ(summary(deliver("1")), "delivered");
    EXPECT_EQ(peer_->connection_count(), 2);
  }
}

TEST_F(MllpConnectorTest, ReplacesAConnectionThatTheTargetClosesAfterEachAnswer) {
  play({[](PeerSocket& socket) {
    const auto message = socket.read_frame();
    if (message) socket.write(in_frame(answer_to(*message, "AA")));
  }});
  EXPECT_THAT(deliver_all({"1", "2", "3", "4", "5", "6", "7", "8"}), Each("delivered"));
}

TEST_F(MllpConnectorTest, SendsAgainAtOnceWhatAnOldConnectionSwallowed) {
  play({[](PeerSocket& socket) {
          const auto first = socket.read_frame();
          socket.write(in_frame(answer_to(*first, "AA")));
          static_cast<void>(socket.read_frame());
          socket.reset();
        },
        answer_all});
  EXPECT_THAT(deliver_all({"1", "2", "3"}), Each("delivered"));
  EXPECT_EQ(peer_->received(),
            (std::vector{test_support::message_of("1"), test_support::message_of("2"),
                         test_support::message_of("2"), test_support::message_of("3")}));
}

TEST_F(MllpConnectorTest, DoesNotSendAgainAtOnceOnANewConnection) {
  play({[](PeerSocket& socket) {
    static_cast<void>(socket.read_frame());
    socket.reset();
  }});
  EXPECT_EQ(summary(deliver("1")), "reset/target");
  EXPECT_EQ(peer_->connection_count(), 1);
}

TEST_F(MllpConnectorTest, GoesOnWhereItWasWhenTheTargetRestartsInMidBatch) {
  ScriptedPeer& peer = play({[](PeerSocket& socket) {
                               for (int count = 0; count < 2; ++count) {
                                 const auto message = socket.read_frame();
                                 socket.write(in_frame(answer_to(*message, "AA")));
                               }
                             },
                             [](PeerSocket& socket) { socket.reset(); }, answer_all});
  EXPECT_THAT(deliver_all({"1", "2", "3", "4"}),
              ElementsAre("delivered", "delivered", EndsWith("/target"), "not tried"));
  EXPECT_THAT(deliver_all({"3", "4"}), Each("delivered"));
  EXPECT_EQ(peer.received().size(), 4u);
}

TEST_F(MllpConnectorTest, ClosesAConnectionOnWhichItWasSpokenToUnasked) {
  const WrongCase cases[] = {
      {"twice_the_same_answer", in_frame(answer_with("AA", "1"))},
      {"an_answer_to_nothing", in_frame(answer_with("AA", "2"))},
      {"half_an_answer", "\x0bMSH|^~\\&|A\rMSA|AA|"},
      {"no_hl7", in_frame("hello")},
  };
  for (const WrongCase& each : cases) {
    SCOPED_TRACE(each.name);
    play({first_answer(in_frame(answer_with("AA", "1")) + each.octets), answer_all});
    EXPECT_EQ(summary(deliver("1")), "delivered");
    EXPECT_EQ(summary(deliver("2")), "delivered");
    EXPECT_EQ(peer_->received().size(), 2u);
    EXPECT_EQ(peer_->connection_count(), 2);
  }
}

struct MatchCase {
  const char* name;
  Match match;
  const char* control_id;
  const char* answered;
  const char* want;
};

const char* const kLong = "20260403-120000-0000000001";
const char* const kLong20 = "20260403-120000-0000";

const MatchCase kMatches[] = {
    {"strict_whole", Match::kStrict, kLong, kLong, "delivered"},
    {"strict_cut", Match::kStrict, kLong, kLong20, "mismatch/unclear"},
    {"strict_nothing", Match::kStrict, "M1", "", "mismatch/unclear"},
    {"prefix20_cut", Match::kPrefix20, kLong, kLong20, "delivered"},
    {"prefix20_nothing", Match::kPrefix20, "M1", "", "mismatch/unclear"},
    {"order_whole", Match::kOrder, "M1", "M1", "delivered"},
    {"order_nothing", Match::kOrder, "M1", "", "delivered"},
    {"order_another_never_settles", Match::kOrder, "M1", "M2", "mismatch/unclear"},
    {"no_control_id_and_none_echoed", Match::kStrict, "", "", "delivered"},
    {"no_control_id_and_an_invented_one", Match::kStrict, "", "1", "delivered"},
};

TEST_F(MllpConnectorTest, MatchesAnswersAsItIsToldTo) {
  for (const MatchCase& each : kMatches) {
    SCOPED_TRACE(each.name);
    settings_.match = each.match;
    play({first_answer(in_frame(answer_with("AA", each.answered)))});
    EXPECT_EQ(summary(deliver(each.control_id)), each.want);
  }
}

TEST_F(MllpConnectorTest, AMessageWithoutAControlIdIsNotSettledByALateAnswer) {
  settings_.answer_timeout = kImpatient;
  play({stay_silent, first_answer(in_frame(answer_with("AA", "first")))});
  EXPECT_EQ(summary(deliver("first")), "timeout/unclear");
  EXPECT_EQ(summary(deliver("")), "timeout/unclear");
}

TEST_F(MllpConnectorTest, DoesNotSendWhatNoFrameCanCarry) {
  play({answer_all});
  Letters letters;
  letters.add("1", test_support::message_of("1") + "NTE|1||\x1c\x0d and more\r");
  letters.add("2");
  EXPECT_THAT(summaries(connector_->deliver(letters.all(), {})),
              ElementsAre("write/message", "not tried"));
  EXPECT_TRUE(peer_->received().empty());
}

TEST_F(MllpConnectorTest, AStopEndsConnectingAtOnce) {
  const DeadPort dead(DeadPort::Kind::kSwallows);
  connect_to(dead.port());
  Letters letters;
  letters.add("1");
  std::stop_source stopping;
  auto outcomes = std::async(
      std::launch::async, [&] { return connector_->deliver(letters.all(), stopping.get_token()); });
  ASSERT_EQ(outcomes.wait_for(100ms), std::future_status::timeout) << "it is connecting";
  const auto begin = SteadyClock::now();
  stopping.request_stop();
  EXPECT_EQ(summary(outcomes.get().front()), "stopped/target");
  EXPECT_LT(SteadyClock::now() - begin, 2s);
}

TEST_F(MllpConnectorTest, AStopLeavesTheMessageInHandItsAnswer) {
  std::stop_source stopping;
  play({[&stopping](PeerSocket& socket) {
    const auto message = socket.read_frame();
    stopping.request_stop();
    static_cast<void>(socket.read_some_within(1, 200ms));  // an answer that takes its time
    socket.write(in_frame(answer_to(*message, "AA")));
    answer_all(socket);
  }});
  Letters letters;
  letters.add("1");
  letters.add("2");
  EXPECT_THAT(summaries(connector_->deliver(letters.all(), stopping.get_token())),
              ElementsAre("delivered", "not tried"));
}

// ── asking ──────────────────────────────────────────────────────────────────

class MllpAskTest : public MllpConnectorTest {
 protected:
  base::Result<Connector::Answered, Failure> ask(std::string_view control_id,
                                                 base::Duration within = kPatient) {
    Letters letters;
    letters.add(control_id);
    return connector_->ask(letters.all().front(), SteadyClock::now() + within, {});
  }
};

TEST_F(MllpAskTest, TheAnswerComesAsItIsWithItsOwnSegments) {
  const std::string answer =
      "MSH|^~\\&|REG||||20260403||RSP^K22|77|P|2.5\rMSA|AA|Q1\rQAK|1|OK\rPID|1||4711\r";
  play({first_answer(in_frame(answer))});
  const auto answered = ask("Q1");
  ASSERT_TRUE(answered) << answered.error().reason;
  EXPECT_EQ(answered->octets, answer);
  EXPECT_TRUE(answered->accepts);
}

TEST_F(MllpAskTest, ARefusalIsAnAnswerToo) {
  play({first_answer(in_frame("MSH|^~\\&|R||||1||ACK|1|P|2.5\rMSA|AE|Q1|down\r"))});
  const auto answered = ask("Q1");
  ASSERT_TRUE(answered);
  EXPECT_THAT(answered->octets, HasSubstr("MSA|AE|Q1|down"));
  EXPECT_FALSE(answered->accepts);
}

TEST_F(MllpAskTest, AnAnswerToAnotherIsNone) {
  play({first_answer(in_frame("MSH|^~\\&|R||||1||ACK|1|P|2.5\rMSA|AA|Q2\r"))});
  const auto answered = ask("Q1");
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().what, FailureClass::kMismatch);
}

// What `match` lets pass for a delivery, a sender that waits could not tell.
TEST_F(MllpAskTest, MsaTwoNamesTheMessageInFullWhateverMatchSays) {
  settings_.match = Match::kOrder;
  play({first_answer(in_frame("MSH|^~\\&|R||||1||ACK|1|P|2.5\rMSA|AA\r")), answer_all});
  const auto answered = ask("Q1");
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().what, FailureClass::kMismatch);
  EXPECT_EQ(summary(deliver("D1")), "delivered") << "and a delivery is as ever";
}

TEST_F(MllpAskTest, ItWaitsNoLongerThanItsSender) {
  play({stay_silent, answer_all});
  const auto answered = ask("Q1", kImpatient);
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().what, FailureClass::kTimeout);
  EXPECT_TRUE(ask("Q2")) << "on a connection of its own: a late answer cannot meet it";
}

TEST_F(MllpAskTest, AConnectionThatBreaksIsNotTriedAgain) {
  const auto& peer = play({[](PeerSocket& socket) {
                             socket.write(in_frame(answer_to(*socket.read_frame(), "AA")));
                             static_cast<void>(socket.read_frame());
                           },
                           answer_all});
  EXPECT_TRUE(ask("Q1"));
  const auto answered = ask("Q2");
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().what, FailureClass::kReset);
  EXPECT_EQ(peer.connection_count(), 1);
}

}  // namespace
}  // namespace connectors
