#include "store/memory_kept.hpp"

namespace store {

KeptRef keep(const Draft& draft) {
  const MessageFacts& facts = draft.facts;
  return std::make_shared<const Kept>(Kept{facts.id,
                                           facts.received_at,
                                           std::string(facts.control_id),
                                           std::string(facts.type),
                                           std::string(facts.trigger),
                                           {draft.payload.begin(), draft.payload.end()}});
}

Claim to_claim(const OwedEntry& entry, const Kept& kept) {
  return {entry.id,        entry.key_hash,   entry.attempt_count + 1,
          kept.message_id, kept.received_at, kept.control_id,
          kept.type,       kept.trigger,     kept.message};
}

ParkedEntry to_parked_entry(const ParkedOne& one, const Kept& kept) {
  ParkedEntry entry;
  entry.id = one.entry.id;
  entry.key_hash = one.entry.key_hash;
  entry.joined_hash = one.entry.joined_hash;
  entry.message_id = kept.message_id;
  entry.received_at = kept.received_at;
  entry.parked_at = one.parked_at;
  entry.attempts = one.entry.attempt_count;
  entry.control_id = kept.control_id;
  entry.type = kept.type;
  entry.trigger = kept.trigger;
  entry.reason = one.reason;
  entry.words = one.words;
  return entry;
}

StoredMessage to_stored(EntryId id, const Kept& kept, Octets octets) {
  StoredMessage stored;
  stored.id = id;
  stored.message_id = kept.message_id;
  stored.received_at = kept.received_at;
  stored.control_id = kept.control_id;
  stored.type = kept.type;
  stored.trigger = kept.trigger;
  stored.size_bytes = kept.message.size();
  if (octets == Octets::kWith) stored.message = kept.message;
  return stored;
}

}  // namespace store
