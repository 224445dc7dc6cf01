// ack: after_delivery, from the session's side: whatever happens to the store, the other
// system and the sender, there is one answer or none, and nobody is left waiting.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "session/test/session_bench.hpp"

namespace session {
namespace {

std::string frame(const std::string& payload) { return "\v" + payload + "\x1c\r"; }

std::string query(const std::string& id) {
  return "MSH|^~\\&|S|F|R|F|20260101||QBP^Q22|" + id + "|P|2.5\rQPD|Q22|1\r";
}

std::string reply(const std::string& id) {
  return "MSH|^~\\&|R|F|S|F|20260101||RSP^K22|9|P|2.5\rMSA|AA|" + id + "\rQAK|1|OK\r";
}

config::ListenerSettings asking() {
  config::ListenerSettings settings = bench_settings();
  settings.max_in_flight = 1;
  settings.ack = config::AckWhen::kAfterDelivery;
  settings.answer_from = "lab";
  return settings;
}

class SessionQuestions : public testing::Test {
 protected:
  // Every conversation comes to its end.
  void TearDown() override {
    peer_->end_input();
    bench_.settle();
    EXPECT_EQ(bench_.session_count(), 0u);
    EXPECT_EQ(bench_.questions().size(), 0u);
  }

  // Sends one, and has it stored; the question that its lane would find.
  std::shared_ptr<deliver::Question> send(const std::string& id) {
    peer_->give(frame(query(id)));
    return store_next();
  }

  std::shared_ptr<deliver::Question> store_next() {
    bench_.settle();
    bench_.outbox().commit();
    bench_.settle();
    return bench_.questions().take(bench_.outbox().kept().back().id);
  }

  SessionBench bench_{asking()};
  std::shared_ptr<MemoryChannel> peer_ = bench_.connect();
};

TEST_F(SessionQuestions, TheAnswerComesWhenTheOtherSystemHasGivenIt) {
  const auto question = send("Q1");
  ASSERT_NE(question, nullptr);
  EXPECT_EQ(peer_->output(), "") << "stored, and not answered yet";
  EXPECT_TRUE(question->conclude(reply("Q1")));
  bench_.settle();
  EXPECT_EQ(peer_->output(), frame(reply("Q1")));
  EXPECT_TRUE(send("Q2")->conclude(reply("Q2")));
  bench_.settle();
  EXPECT_EQ(peer_->output(), frame(reply("Q1")) + frame(reply("Q2")));
}

TEST_F(SessionQuestions, OneAtATimeAlsoWhereTheSenderDoesNotWait) {
  peer_->give(frame(query("Q1")) + frame(query("Q2")));
  const auto first = store_next();
  EXPECT_EQ(bench_.outbox().waiting_count(), 0u) << "the second is not read yet";
  EXPECT_TRUE(first->conclude(reply("Q1")));
  EXPECT_TRUE(store_next()->conclude(reply("Q2")));
  bench_.settle();
  EXPECT_EQ(peer_->output(), frame(reply("Q1")) + frame(reply("Q2")));
}

TEST_F(SessionQuestions, WithoutAnAnswerItIsAE) {
  EXPECT_TRUE(send("Q1")->conclude(std::nullopt));
  bench_.settle();
  EXPECT_NE(peer_->output().find("\rMSA|AE|Q1"), std::string::npos) << peer_->output();
}

TEST_F(SessionQuestions, ASenderThatClosesItsSideIsToldAEAndNobodyIsAsked) {
  peer_->give(frame(query("Q1")));
  bench_.settle();
  bench_.outbox().commit();
  bench_.settle();
  EXPECT_EQ(bench_.questions().size(), 1u);
  peer_->end_input();
  bench_.settle();
  EXPECT_EQ(bench_.questions().size(), 0u);
  EXPECT_NE(peer_->output().find("\rMSA|AE|Q1"), std::string::npos) << peer_->output();
  EXPECT_EQ(bench_.session_count(), 0u);
}

TEST_F(SessionQuestions, ASenderThatIsResetIsForgotten) {
  const auto question = send("Q1");
  peer_->reset();
  bench_.settle();
  EXPECT_FALSE(question->is_open());
  EXPECT_FALSE(question->conclude(reply("Q1")));
  bench_.settle();
  EXPECT_EQ(peer_->output(), "");
  EXPECT_EQ(bench_.session_count(), 0u);
}

TEST_F(SessionQuestions, WhatIsNotStoredIsNotAsked) {
  peer_->give(frame(query("Q1")));
  bench_.settle();
  EXPECT_EQ(bench_.questions().size(), 1u) << "before the append: its lane is fast";
  bench_.outbox().refuse(store::StoreFault::kFull);
  bench_.settle();
  EXPECT_EQ(bench_.questions().size(), 0u);
  EXPECT_NE(peer_->output().find("\rMSA|AE|Q1"), std::string::npos) << peer_->output();
}

// The lane may be faster than the way back from the store.
TEST_F(SessionQuestions, AnAnswerMayComeBeforeTheStoresWord) {
  peer_->give(frame(query("Q1")));
  bench_.settle();
  bench_.outbox().commit();  // its word is on its way
  EXPECT_TRUE(bench_.questions().take(bench_.outbox().kept().back().id)->conclude(reply("Q1")));
  bench_.settle();
  EXPECT_EQ(peer_->output(), frame(reply("Q1")));
  peer_->end_input();
  bench_.settle();
  EXPECT_EQ(bench_.session_count(), 0u);
}

TEST_F(SessionQuestions, ADrainWaitsForTheAnswer) {
  const auto question = send("Q1");
  bench_.drain();
  bench_.settle();
  EXPECT_EQ(bench_.session_count(), 1u);
  EXPECT_TRUE(question->conclude(reply("Q1")));
  bench_.settle();
  peer_->end_input();
  bench_.settle();
  EXPECT_EQ(peer_->output(), frame(reply("Q1")));
  EXPECT_EQ(bench_.session_count(), 0u);
}

}  // namespace
}  // namespace session
