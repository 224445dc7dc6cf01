#include "session/exchange_pool.hpp"

#include <utility>

namespace session {
namespace {

// Lists keep their memory; what could be large or keep others alive goes.
void clear(Exchange& exchange) {
  exchange.frame.clear();
  exchange.decision.begin({});
  exchange.answer.messages.clear();
  exchange.answer.close = false;
  exchange.answer.retry_later = false;
  exchange.ready = false;
  exchange.begun_at = {};
  exchange.submitted_at = {};
  exchange.committed_at = {};
  exchange.commit_failed = false;
  exchange.session.reset();
  exchange.peer.reset();
  exchange.append->drafts.clear();
  exchange.append->stream.reset();
  exchange.question.reset();
  exchange.commit_block_sent = false;
  exchange.messages_sent = 0;
  exchange.attempts = 0;
}

}  // namespace

std::shared_ptr<Exchange> ExchangePool::take() {
  if (spare_.empty()) return std::make_shared<Exchange>();
  std::shared_ptr<Exchange> exchange = std::move(spare_.back());
  spare_.pop_back();
  return exchange;
}

void ExchangePool::give_back(std::shared_ptr<Exchange> exchange) {
  const bool is_ours = exchange.use_count() == 1 && exchange->append != nullptr;
  const bool is_large = exchange->frame.capacity() > kFrameBytesMax ||
                        exchange->decision.rulings.capacity() > 1 ||
                        exchange->answer.messages.capacity() > 1;
  if (!is_ours || is_large || spare_.size() == kSpareMax) return;
  clear(*exchange);
  spare_.push_back(std::move(exchange));
}

}  // namespace session
