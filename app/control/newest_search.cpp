#include "control/newest_search.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace control {
namespace {

constexpr std::size_t kLookedAtMax = 10'000;

store::Found to_found(store::StoredMessage message) {
  store::Found found;
  found.key.value = message.id.value;
  found.message_id = message.message_id;
  found.received_at = message.received_at;
  found.type = std::move(message.type);
  found.trigger = std::move(message.trigger);
  found.control_id = std::move(message.control_id);
  found.size_bytes = message.size_bytes;
  return found;
}

bool takes(const store::Search& search, const store::StoredMessage& message) {
  if (search.from && message.received_at < *search.from) return false;
  if (search.until && message.received_at >= *search.until) return false;
  if (!search.control_id.empty() && search.control_id != message.control_id) return false;
  return search.type.empty() || search.type == message.type ||
         search.type == message.type + "^" + message.trigger;
}

std::string sentence(const store::StoreError& error) {
  return "the store: " + std::string(to_string(error.fault));
}

}  // namespace

Answer<store::FoundPage> search_newest(store::Outbox& outbox, const store::Search& search,
                                       const std::optional<store::MessageKey>& after,
                                       std::size_t count_max) {
  const bool is_known = search.patient.empty() && search.sender.empty() && search.answer.empty() &&
                        search.connector.empty() && !search.state && search.fields.empty();
  if (!is_known || (after && after->is_rejected)) {
    return base::fail(
        std::string("STORE=memory has no archive: messages are found there by control id, type "
                    "and time only"));
  }
  store::FoundPage page;
  page.last = outbox.last();
  page.indexed_to = page.last;
  const store::EntryId before{after ? after->value : 0};
  auto newest = outbox.newest(before, kLookedAtMax);
  if (!newest) return base::fail(sentence(newest.error()));
  const bool is_all = newest->size() < kLookedAtMax;
  for (store::StoredMessage& message : *newest) {
    const store::MessageKey key{message.id.value, false};
    if (takes(search, message)) page.found.push_back(to_found(std::move(message)));
    if (page.found.size() == count_max || (!is_all && &message == &newest->back())) {
      page.after = key;
      break;
    }
  }
  return page;
}

Answer<std::optional<store::MessageRecord>> record_of_newest(store::Outbox& outbox,
                                                             const store::MessageKey& key) {
  if (key.is_rejected) return std::optional<store::MessageRecord>();
  auto message = outbox.message({key.value});
  if (!message) return base::fail(sentence(message.error()));
  if (!*message) return std::optional<store::MessageRecord>();
  store::MessageRecord record;
  record.found = to_found(std::move(**message));
  return std::optional<store::MessageRecord>(std::move(record));
}

}  // namespace control
