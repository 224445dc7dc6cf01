#include "session/mllp_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "gated_outbox.hpp"
#include "net/listener.hpp"
#include "session/return_sink.hpp"

namespace session {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace asio = boost::asio;

std::string frame(std::string_view payload) { return "\v" + std::string(payload) + "\x1c\r"; }

std::string message(std::string_view control_id) {
  return "MSH|^~\\&|S|F|R|F|20260101||ADT^A01|" + std::string(control_id) + "|P|2.5\rPID|1||1\r";
}

// A peer over a real socket.
class Peer {
 public:
  explicit Peer(const net::Endpoint& server) : socket_(context_) { socket_.connect(server); }

  void send(std::string_view octets) { asio::write(socket_, asio::buffer(octets)); }

  // MSA-1 and MSA-2 of the next answer: "AA|M1". "closed" at the end of the stream.
  std::string answer() {
    boost::system::error_code error;
    asio::read_until(socket_, asio::dynamic_buffer(input_), "\x1c\r", error);
    if (error) return "closed";
    const std::size_t end = input_.find("\x1c\r");
    const std::string octets = input_.substr(0, end);
    input_.erase(0, end + 2);
    const std::size_t end_of_header = octets.find("\rMSA|");  // an id may end in MSA
    if (end_of_header == std::string::npos) return octets.substr(1);
    const std::size_t msa = end_of_header + 1;
    const std::string fields = octets.substr(msa + 4, octets.find('\r', msa) - msa - 4);
    return fields.substr(0, fields.find('|', fields.find('|') + 1));
  }

  // What has arrived and was not read, without waiting.
  std::size_t available() { return socket_.available() + input_.size(); }

  void end_sending() { socket_.shutdown(asio::ip::tcp::socket::shutdown_send); }

  void reset() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }

 private:
  asio::io_context context_;
  asio::ip::tcp::socket socket_;
  std::string input_;
};

class MllpSessionTest : public testing::Test {
 protected:
  MllpSessionTest() {
    settings_.idle_timeout = std::chrono::minutes(10);
    settings_.frame_timeout = std::chrono::minutes(1);
    settings_.write_timeout = std::chrono::seconds(5);
    settings_.max_frame_size = 1 << 20U;
    settings_.max_garbage = 1 << 16U;
    settings_.max_in_flight = 64;
    settings_.unavailable_wait = std::chrono::seconds(5);
  }

  void open() {
    loops_.push_back(std::make_unique<net::Loop>(pool_, base::Clock::system()));
    net::Loop& loop = *loops_.front();
    gate_ = std::make_unique<AppendGate>(loop, outbox_);
    sink_ = std::make_unique<ReturnSink>(loop);
    intake_ = std::make_unique<intake::Intake>(
        settings_, intake::AckPolicy(), intake::ListenerRules{rules_, 0}, base::Clock::system());
    auto listener = net::Listener::open(
        {.name = "test",
         .host = "127.0.0.1",
         .port = 0,
         .limits = {.messages_per_second = settings_.rate_limit},
         .allows = nullptr,
         .balancers = nullptr},
        loops_, [this](net::Loop& on, net::Socket socket, net::Admission::Ticket ticket) {
          const SessionContext context{settings_, *intake_, *gate_, *sink_, on, group_, exchanges_};
          net::Arrival arrival{net::Connection(std::move(socket), {}), std::move(ticket), {}, {}};
          std::make_shared<MllpSession>(context, std::move(arrival), 1)->start();
        });
    ASSERT_TRUE(listener) << listener.error();
    listener_ = std::move(*listener);
    loop.start(0);
    listener_->start();
  }

  ~MllpSessionTest() override {
    if (listener_) listener_->stop();
    for (const auto& loop : loops_) loop->stop();
    outbox_.close();
  }

  // Runs on the loop and waits: whatever was posted before has happened then.
  void on_loop(const std::function<void()>& act) {
    std::promise<void> done;
    asio::post(loops_.front()->executor(), [&] {
      act();
      done.set_value();
    });
    done.get_future().wait();
  }

  Peer connect() { return Peer(listener_->endpoint()); }

  config::ListenerSettings settings_;
  GatedOutbox outbox_;
  net::BufferPool pool_{1 << 30U};
  SessionGroup group_;
  ExchangePool exchanges_;
  net::Loops loops_;
  std::unique_ptr<AppendGate> gate_;
  std::unique_ptr<ReturnSink> sink_;
  const intake::LiveRules rules_{{nullptr, intake::Router({store::ConnectorId{1}})}};
  std::unique_ptr<intake::Intake> intake_;
  std::unique_ptr<net::Listener> listener_;
};

// The rule of the house. The refused frame behind it is decided at once, and still
// waits: nothing leaves before the commit that holds the first has returned.
TEST_F(MllpSessionTest, NoAnswerLeavesBeforeItsCommitHasReturned) {
  open();
  Peer peer = connect();
  peer.send(frame(message("M1")) + frame("hello"));
  outbox_.await_waiting(1);
  on_loop([] {});
  EXPECT_EQ(peer.available(), 0u);
  EXPECT_EQ(outbox_.commit(), 1u);
  EXPECT_EQ(peer.answer(), "AA|M1");
  EXPECT_EQ(peer.answer(), "AR|");
  EXPECT_THAT(outbox_.stored(), ElementsAre(message("M1")));
}

TEST_F(MllpSessionTest, TwentyPipelinedFramesAreAnsweredWithinTwoCommits) {
  open();
  Peer peer = connect();
  std::string stream;
  for (int i = 0; i < 20; ++i) stream += frame(message("M" + std::to_string(i)));
  peer.send(stream);
  outbox_.await_waiting(1);
  const std::size_t first = outbox_.commit();
  if (first < 20) {
    outbox_.await_waiting(20 - first);
    EXPECT_EQ(outbox_.commit(), 20 - first);
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(peer.answer(), "AA|M" + std::to_string(i));
}

TEST_F(MllpSessionTest, WhatTheStoreRefusesIsAnsweredAE) {
  open();
  Peer peer = connect();
  peer.send(frame(message("M1")));
  outbox_.await_waiting(1);
  outbox_.refuse(store::StoreFault::kFull);
  EXPECT_EQ(peer.answer(), "AE|M1");
  peer.send(frame(message("M2")));
  outbox_.await_waiting(1);
  outbox_.commit();
  EXPECT_EQ(peer.answer(), "AA|M2") << "the connection goes on";
}

TEST_F(MllpSessionTest, AFailedSyncIsNotAnswered) {
  open();
  Peer peer = connect();
  peer.send(frame(message("M1")));
  outbox_.await_waiting(1);
  outbox_.refuse(store::StoreFault::kSyncFailed);
  EXPECT_EQ(peer.answer(), "closed");
}

TEST_F(MllpSessionTest, AMessageIsStoredThoughItsSenderHasGone) {
  open();
  {
    Peer peer = connect();
    peer.send(frame(message("M1")));
    outbox_.await_waiting(1);
    peer.reset();
  }
  while (group_.count() != 0) on_loop([] {});
  EXPECT_EQ(outbox_.commit(), 1u);
  on_loop([] {});
  EXPECT_THAT(outbox_.stored(), ElementsAre(message("M1")));
}

TEST_F(MllpSessionTest, OneWhoHasEndedSendingStillGetsItsAnswers) {
  open();
  Peer peer = connect();
  peer.send(frame(message("M1")));
  peer.end_sending();
  outbox_.await_waiting(1);
  outbox_.commit();
  EXPECT_EQ(peer.answer(), "AA|M1");
  EXPECT_EQ(peer.answer(), "closed");
}

TEST_F(MllpSessionTest, ReadsNoFurtherThanMaxInFlight) {
  settings_.max_in_flight = 4;
  open();
  Peer peer = connect();
  std::string stream;
  for (int i = 0; i < 10; ++i) stream += frame(message("M" + std::to_string(i)));
  peer.send(stream);
  outbox_.await_waiting(4);
  on_loop([] {});
  EXPECT_EQ(outbox_.waiting_count(), 4u);
  for (int answered = 0; answered < 10;) {
    outbox_.await_waiting(1);
    const std::size_t group = outbox_.commit();
    EXPECT_LE(group, 4u);
    for (std::size_t i = 0; i < group; ++i) {
      EXPECT_EQ(peer.answer(), "AA|M" + std::to_string(answered++));
    }
  }
}

TEST_F(MllpSessionTest, ADrainAnswersWhatWasReadAndCloses) {
  open();
  Peer peer = connect();
  peer.send(frame(message("M1")) + "\vMSH|half");
  outbox_.await_waiting(1);
  on_loop([this] { group_.drain(); });
  EXPECT_EQ(peer.available(), 0u);
  outbox_.commit();
  EXPECT_EQ(peer.answer(), "AA|M1");
  EXPECT_EQ(peer.answer(), "closed");
  EXPECT_THAT(outbox_.stored(), ElementsAre(message("M1")));
}

TEST_F(MllpSessionTest, AnIdleSessionDrainsAtOnce) {
  open();
  Peer peer = connect();
  while (group_.count() == 0) on_loop([] {});
  on_loop([this] { group_.drain(); });
  EXPECT_EQ(peer.answer(), "closed");
}

TEST_F(MllpSessionTest, Release2SendsACommitBlockThenTheAnswerAndAwaitsItsOwn) {
  settings_.mllp_release = 2;
  open();
  Peer peer = connect();
  peer.send(frame(message("M1")) + frame(message("M2")));
  outbox_.await_waiting(2);
  outbox_.commit();
  EXPECT_EQ(peer.answer(), "\x06");
  EXPECT_EQ(peer.answer(), "AA|M1");
  on_loop([] {});
  EXPECT_EQ(peer.available(), 0u) << "the second waits for the peer's commit block";
  peer.send("\v\x15\x1c\r");
  EXPECT_EQ(peer.answer(), "AA|M1") << "a NAK asks for the answer again";
  peer.send("\v\x06\x1c\r");
  EXPECT_EQ(peer.answer(), "\x06");
  EXPECT_EQ(peer.answer(), "AA|M2");
}

TEST_F(MllpSessionTest, Release2NaksWhatMayBeRetried) {
  settings_.mllp_release = 2;
  open();
  Peer peer = connect();
  peer.send(frame(message("M1")));
  outbox_.await_waiting(1);
  outbox_.refuse(store::StoreFault::kFull);
  EXPECT_EQ(peer.answer(), "\x15");
  EXPECT_EQ(peer.answer(), "AE|M1");
}

TEST_F(MllpSessionTest, APeerThatSendsNothingLeavesNoTrace) {
  open();
  { const Peer probe = connect(); }
  Peer peer = connect();
  peer.end_sending();
  EXPECT_EQ(peer.answer(), "closed");
}

}  // namespace
}  // namespace session
