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

Appends AppendLine::take_group(const Admits& admits) {
  Appends group;
  std::size_t message_count = 0;
  std::size_t size_bytes = 0;
  while (!line_.empty()) {
    Append& next = *line_.front();
    const std::size_t messages = message_count + next.drafts.size();
    const std::size_t bytes = size_bytes + payload_bytes(next);
    const bool fits = messages <= kGroupMessagesMax && bytes <= kGroupBytesMax;
    if (!fits && !group.empty()) break;
    if (streams_aside_.contains(next.stream.get()) || !admits(next)) {
      set_aside();
      continue;
    }
    message_count = messages;
    size_bytes = bytes;
    group.push_back(std::move(line_.front()));
    line_.pop_front();
  }
  return group;
}

void AppendLine::set_aside() {
  if (const Stream* const stream = line_.front()->stream.get()) streams_aside_.insert(stream);
  aside_.push_back(std::move(line_.front()));
  line_.pop_front();
}

Appends AppendLine::end_aside(base::SteadyTime now, StoreError error) {
  Appends refused = expire(aside_, now, error);
  bring_back_aside();
  return refused;
}

void AppendLine::bring_back_aside() {
  line_.insert(line_.begin(), std::make_move_iterator(aside_.begin()),
               std::make_move_iterator(aside_.end()));
  aside_.clear();
  streams_aside_.clear();
}

// What waits aside came behind those of its stream that were taken.
void AppendLine::put_back(Appends group) {
  bring_back_aside();
  line_.insert(line_.begin(), std::make_move_iterator(group.begin()),
               std::make_move_iterator(group.end()));
}

Appends AppendLine::expire(base::SteadyTime now, StoreError error) {
  return expire(line_, now, error);
}

Appends AppendLine::expire(Line& line, base::SteadyTime now, StoreError error) {
  Appends refused;
  for (auto& append : line) {
    if (is_overtaken(*append)) {
      refuse(*append, {StoreFault::kOvertaken, 0});
    } else if (append->give_up_at <= now) {
      refuse(*append, error);
    } else {
      continue;
    }
    refused.push_back(std::move(append));
  }
  std::erase(line, nullptr);
  return refused;
}

Appends AppendLine::refuse_all(StoreError error) {
  Appends refused(std::make_move_iterator(aside_.begin()), std::make_move_iterator(aside_.end()));
  std::move(line_.begin(), line_.end(), std::back_inserter(refused));
  aside_.clear();
  streams_aside_.clear();
  line_.clear();
  for (const auto& append : refused) refuse(*append, error);
  return refused;
}

}  // namespace store::sqlite
