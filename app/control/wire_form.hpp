// control/wire_form.hpp: requests and answers of control.sock as JSON, and back.
//
// Texts are octets, of messages too: each octet is the code point of its number, so that
// nothing is lost whatever the character set. Times are microseconds since 1970.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/operations.hpp"

namespace control {

using Object = boost::json::object;

// Writes members of an object. Keys are ours.
void put_text(Object& object, std::string_view key, std::string_view octets);
void put_number(Object& object, std::string_view key, std::uint64_t number);
void put_time(Object& object, std::string_view key, base::WallTime at);

// Reads members; what is not there is empty or 0. The first member of a wrong type or with
// characters beyond U+00FF is remembered: ask fault() when all are read.
class Fields {
 public:
  explicit Fields(const Object& object) : object_(object) {}  // REQUIRES: outlives it

  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] std::uint64_t number(std::string_view key);
  [[nodiscard]] std::optional<base::WallTime> time(std::string_view key);
  [[nodiscard]] std::vector<store::EntryId> ids(std::string_view key);
  [[nodiscard]] std::optional<LetterId> letter_id(std::string_view key);
  [[nodiscard]] std::optional<store::MessageKey> message_key(std::string_view key);
  [[nodiscard]] std::vector<std::string> texts(std::string_view key);

  // Remembers this key as wrong, if it is the first.
  void note(std::string_view key);

  // The key that is wrong; empty: none.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  const Object& object_;
  std::string fault_;
};

void put_texts(Object& object, std::string_view key, const std::vector<std::string>& texts);
void put_ids(Object& object, std::string_view key, const std::vector<store::EntryId>& ids);

[[nodiscard]] Object to_json(const LetterFilter& filter);
[[nodiscard]] Object to_json(const Letter& letter);
[[nodiscard]] Object to_json(const Queue& queue);
[[nodiscard]] Object to_json(const store::Attempt& attempt);
[[nodiscard]] Object to_json(const DiscardedLetter& letter);
[[nodiscard]] Object to_json(const store::StoredMessage& message);
[[nodiscard]] Object to_json(const store::Search& search);
[[nodiscard]] Object to_json(const store::Found& found);
[[nodiscard]] Object to_json(const store::MessageRecord& record);
[[nodiscard]] Object to_json(const store::SegmentStats& segment);
[[nodiscard]] Object to_json(const store::StoreStats& stats);  // but for its segments
[[nodiscard]] Object to_json(const store::BackupState& state);
[[nodiscard]] Object to_json(const store::RekeyState& state);

// The reverse; ask fields.fault() afterwards.
[[nodiscard]] LetterFilter to_filter(Fields& fields);
[[nodiscard]] Letter to_letter(Fields& fields);
[[nodiscard]] Queue to_queue(Fields& fields);
[[nodiscard]] store::Attempt to_attempt(Fields& fields);
[[nodiscard]] DiscardedLetter to_discarded(Fields& fields);
[[nodiscard]] store::StoredMessage to_message(Fields& fields);
[[nodiscard]] store::Search to_search(Fields& fields);
[[nodiscard]] store::Found to_found(Fields& fields);
[[nodiscard]] store::SegmentStats to_segment(Fields& fields);
[[nodiscard]] store::StoreStats to_stats(Fields& fields);
[[nodiscard]] store::BackupState to_backup_state(Fields& fields);
[[nodiscard]] store::RekeyState to_rekey_state(Fields& fields);
[[nodiscard]] store::MessageRecord to_record(Fields& fields);

}  // namespace control
