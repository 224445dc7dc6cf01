#include "store/sqlite/told_entry.hpp"

#include <utility>

namespace store::sqlite {

Claim to_claim(const OwedEntry& entry, LogMessage message) {
  Claim claim;
  claim.id = entry.id;
  claim.key_hash = entry.key_hash;
  claim.attempt = entry.attempt_count + 1;
  claim.message_id = message.message_id;
  claim.received_at = message.received_at;
  claim.control_id = std::move(message.control_id);
  claim.type = std::move(message.type);
  claim.trigger = std::move(message.trigger);
  claim.message = std::move(message.payload);
  return claim;
}

ParkedEntry to_parked_entry(ParkedRow row, LogMessage message) {
  ParkedEntry entry;
  entry.id = row.entry.id;
  entry.key_hash = row.entry.key_hash;
  entry.joined_hash = row.entry.joined_hash;
  entry.message_id = message.message_id;
  entry.received_at = message.received_at;
  entry.parked_at = row.parked_at;
  entry.attempts = row.entry.attempt_count;
  entry.control_id = std::move(message.control_id);
  entry.type = std::move(message.type);
  entry.trigger = std::move(message.trigger);
  entry.reason = std::move(row.reason);
  entry.words = std::move(row.words);
  return entry;
}

StoredMessage to_stored(EntryId id, LogMessage message) {
  StoredMessage stored;
  stored.id = id;
  stored.message_id = message.message_id;
  stored.received_at = message.received_at;
  stored.control_id = std::move(message.control_id);
  stored.type = std::move(message.type);
  stored.trigger = std::move(message.trigger);
  stored.size_bytes = message.size_bytes;
  stored.message = std::move(message.payload);
  return stored;
}

}  // namespace store::sqlite
