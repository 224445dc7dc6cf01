#include "store/sqlite/append_line.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace store::sqlite {
namespace {

std::size_t payload_bytes(const Append& append) {
  std::size_t sum = 0;
  for (const Draft& draft : append.drafts) sum += draft.payload.size();
  return sum;
}

}  // namespace

void AppendLine::push(Appends batch) {
  for (auto& append : batch) {
    append->outcome = base::fail(StoreError{});  // of an earlier try, perhaps
    line_.push_back(std::move(append));
  }
}

Appends AppendLine::take_group() {
  Appends group;
  std::size_t message_count = 0;
  std::size_t size_bytes = 0;
  while (!line_.empty()) {
    message_count += line_.front()->drafts.size();
    size_bytes += payload_bytes(*line_.front());
    const bool fits = message_count <= kGroupMessagesMax && size_bytes <= kGroupBytesMax;
    if (!fits && !group.empty()) break;
    group.push_back(std::move(line_.front()));
    line_.pop_front();
  }
  return group;
}

void AppendLine::put_back(Appends group) {
  line_.insert(line_.begin(), std::make_move_iterator(group.begin()),
               std::make_move_iterator(group.end()));
}

Appends AppendLine::expire(base::SteadyTime now, StoreError error) {
  Appends refused;
  for (auto& append : line_) {
    if (is_overtaken(*append)) {
      refuse(*append, {StoreFault::kOvertaken, 0});
    } else if (append->give_up_at <= now) {
      refuse(*append, error);
    } else {
      continue;
    }
    refused.push_back(std::move(append));
  }
  std::erase(line_, nullptr);
  return refused;
}

Appends AppendLine::refuse_all(StoreError error) {
  Appends refused(std::make_move_iterator(line_.begin()), std::make_move_iterator(line_.end()));
  line_.clear();
  for (const auto& append : refused) refuse(*append, error);
  return refused;
}

}  // namespace store::sqlite
