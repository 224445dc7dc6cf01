#include "session/exchange_pool.hpp"

#include <gtest/gtest.h>

namespace session {
namespace {

// As it stands when its last answer has gone out.
void use(Exchange& exchange) {
  exchange.frame.resize(500);
  exchange.decision.rulings.emplace_back();
  exchange.append->drafts.emplace_back();
  exchange.append->stream = std::make_shared<store::Stream>();
  exchange.answer.messages.emplace_back("MSH");
  exchange.answer.close = exchange.answer.retry_later = true;
  exchange.ready = exchange.commit_block_sent = true;
  exchange.messages_sent = exchange.attempts = 1;
}

TEST(ExchangePool, HandsOutWhatCameBackAsIfNew) {
  ExchangePool pool;
  auto first = pool.take();
  const Exchange* const was = first.get();
  use(*first);
  pool.give_back(std::move(first));
  const auto second = pool.take();
  EXPECT_EQ(second.get(), was);
  EXPECT_GE(second->frame.capacity(), 500u);
  EXPECT_TRUE(second->frame.empty());
  EXPECT_TRUE(second->decision.rulings.empty());
  EXPECT_TRUE(second->append->drafts.empty());
  EXPECT_EQ(second->append->stream, nullptr);
  EXPECT_TRUE(second->answer.messages.empty());
  EXPECT_FALSE(second->answer.close || second->answer.retry_later);
  EXPECT_FALSE(second->ready || second->commit_block_sent);
  EXPECT_EQ(second->messages_sent + second->attempts, 0u);
}

TEST(ExchangePool, KeepsNoneThatSomebodyHolds) {
  ExchangePool pool;
  const auto held = pool.take();
  pool.give_back(held);
  EXPECT_NE(pool.take(), held);
}

TEST(ExchangePool, KeepsNoneWhoseAppendIsStillAway) {
  ExchangePool pool;
  auto exchange = pool.take();
  const auto away = std::move(exchange->append);
  pool.give_back(std::move(exchange));
  EXPECT_NE(pool.take()->append, nullptr);
}

TEST(ExchangePool, KeepsNoneThatIsLarge) {
  ExchangePool pool;
  auto exchange = pool.take();
  exchange->frame.resize(1'000'000);
  pool.give_back(std::move(exchange));
  EXPECT_EQ(pool.take()->frame.capacity(), 0u);
}

}  // namespace
}  // namespace session
