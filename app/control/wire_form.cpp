#include "control/wire_form.hpp"

#include <boost/json/array.hpp>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <utility>

namespace control {
namespace {

using store::EntryId;

// UTF-8 of the octets as code points.
std::string widen(std::string_view octets) {
  std::string text;
  text.reserve(octets.size());
  for (const char each : octets) {
    const auto octet = static_cast<unsigned char>(each);
    if (octet < 0x80) {
      text += each;
    } else {
      text += static_cast<char>(0xC0U | (octet >> 6U));
      text += static_cast<char>(0x80U | (octet & 0x3FU));
    }
  }
  return text;
}

// The reverse; none for a code point above U+00FF. REQUIRES: valid UTF-8.
std::optional<std::string> narrow(std::string_view text) {
  std::string octets;
  octets.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
      octets += text[at];
    } else if (first > 0xC3) {
      return std::nullopt;
    } else {
      const auto second = static_cast<unsigned char>(text[++at]);
      octets += static_cast<char>((first & 0x03U) << 6U | (second & 0x3FU));
    }
  }
  return octets;
}

std::optional<base::Uuid> read_uuid(Fields& fields) {
  return base::parse_uuid(fields.text("uuid"));
}

base::WallTime or_epoch(std::optional<base::WallTime> at) { return at.value_or(base::WallTime()); }

std::vector<std::byte> to_octets(std::string_view text) {
  const base::ByteView view = base::as_bytes(text);
  return {view.begin(), view.end()};
}

}  // namespace

void put_text(Object& object, std::string_view key, std::string_view octets) {
  object[key] = widen(octets);
}

void put_number(Object& object, std::string_view key, std::uint64_t number) {
  object[key] = number;
}

void put_time(Object& object, std::string_view key, base::WallTime at) {
  object[key] = std::int64_t{at.time_since_epoch().count()};
}

void put_ids(Object& object, std::string_view key, const std::vector<EntryId>& ids) {
  boost::json::array array;
  array.reserve(ids.size());
  for (const EntryId id : ids) array.emplace_back(id.value);
  object[key] = std::move(array);
}

void put_texts(Object& object, std::string_view key, const std::vector<std::string>& texts) {
  boost::json::array array;
  array.reserve(texts.size());
  for (const std::string& text : texts) array.emplace_back(widen(text));
  object[key] = std::move(array);
}

// ── Reading ─────────────────────────────────────────────────────────────────

void Fields::note(std::string_view key) {
  if (fault_.empty()) fault_ = key;
}

std::string Fields::text(std::string_view key) {
  const auto* const value = object_.if_contains(key);
  if (value == nullptr) return {};
  const auto* const string = value->if_string();
  auto octets = string == nullptr ? std::nullopt : narrow({string->data(), string->size()});
  if (octets) return *std::move(octets);
  note(key);
  return {};
}

std::uint64_t Fields::number(std::string_view key) {
  const auto* const value = object_.if_contains(key);
  if (value == nullptr) return 0;
  if (const auto* const number = value->if_uint64()) return *number;
  const auto* const number = value->if_int64();
  if (number != nullptr && *number >= 0) return static_cast<std::uint64_t>(*number);
  note(key);
  return 0;
}

std::optional<base::WallTime> Fields::time(std::string_view key) {
  const auto* const value = object_.if_contains(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* const number = value->if_int64()) {
    return base::WallTime(std::chrono::microseconds(*number));
  }
  note(key);
  return std::nullopt;
}

std::vector<EntryId> Fields::ids(std::string_view key) {
  const auto* const value = object_.if_contains(key);
  if (value == nullptr) return {};
  const auto* const array = value->if_array();
  std::vector<EntryId> ids;
  if (array == nullptr || array->size() > kPageMax) {
    note(key);
    return ids;
  }
  for (const auto& each : *array) {
    const auto* const number = each.if_int64();
    if (number == nullptr || *number <= 0) note(key);
    if (number != nullptr && *number > 0) ids.push_back({static_cast<std::uint64_t>(*number)});
  }
  return ids;
}

std::vector<std::string> Fields::texts(std::string_view key) {
  const auto* const value = object_.if_contains(key);
  if (value == nullptr) return {};
  const auto* const array = value->if_array();
  std::vector<std::string> texts;
  if (array == nullptr || array->size() > kPageMax) {
    note(key);
    return texts;
  }
  for (const auto& each : *array) {
    const auto* const string = each.if_string();
    auto octets = string == nullptr ? std::nullopt : narrow({string->data(), string->size()});
    if (!octets) note(key);
    if (octets) texts.push_back(*std::move(octets));
  }
  return texts;
}

std::optional<store::MessageKey> Fields::message_key(std::string_view key) {
  const std::string given = text(key);
  if (given.empty()) return std::nullopt;
  const auto parsed = store::parse_message_key(given);
  if (!parsed) note(key);
  return parsed;
}

std::optional<LetterId> Fields::letter_id(std::string_view key) {
  const std::string given = text(key);
  if (given.empty()) return std::nullopt;
  auto id = parse_letter_id(given);
  if (!id) note(key);
  return id;
}

// ── Values ──────────────────────────────────────────────────────────────────

Object to_json(const LetterFilter& filter) {
  Object object;
  put_text(object, "connector", filter.connector);
  if (filter.since) put_time(object, "since", *filter.since);
  if (filter.until) put_time(object, "until", *filter.until);
  put_text(object, "type", filter.type);
  put_text(object, "control_id", filter.control_id);
  put_text(object, "reason", filter.reason);
  return object;
}

LetterFilter to_filter(Fields& fields) {
  LetterFilter filter;
  filter.connector = fields.text("connector");
  filter.since = fields.time("since");
  filter.until = fields.time("until");
  filter.type = fields.text("type");
  filter.control_id = fields.text("control_id");
  filter.reason = fields.text("reason");
  return filter;
}

Object to_json(const Letter& letter) {
  const store::ParkedEntry& entry = letter.entry;
  Object object;
  put_text(object, "connector", letter.connector);
  put_number(object, "entry", entry.id.value);
  put_text(object, "uuid", base::to_string(entry.message_id));
  put_time(object, "received_at", entry.received_at);
  put_time(object, "parked_at", entry.parked_at);
  put_number(object, "attempts", entry.attempts);
  put_text(object, "control_id", entry.control_id);
  put_text(object, "type", entry.type);
  put_text(object, "trigger", entry.trigger);
  put_text(object, "reason", entry.reason);
  put_text(object, "words", std::string_view(entry.words).substr(0, store::kAttemptWordsMax));
  return object;
}

Letter to_letter(Fields& fields) {
  Letter letter;
  store::ParkedEntry& entry = letter.entry;
  letter.connector = fields.text("connector");
  entry.id = {fields.number("entry")};
  entry.message_id = read_uuid(fields).value_or(base::Uuid());
  entry.received_at = or_epoch(fields.time("received_at"));
  entry.parked_at = or_epoch(fields.time("parked_at"));
  entry.attempts = static_cast<std::uint32_t>(fields.number("attempts"));
  entry.control_id = fields.text("control_id");
  entry.type = fields.text("type");
  entry.trigger = fields.text("trigger");
  entry.reason = fields.text("reason");
  entry.words = fields.text("words");
  return letter;
}

Object to_json(const Queue& queue) {
  Object object;
  put_text(object, "connector", queue.lane.connector);
  put_text(object, "target", queue.lane.target);
  put_text(object, "state", queue.lane.state);
  put_text(object, "last_failure", queue.lane.last_failure);
  put_number(object, "waiting", queue.waiting_count);
  put_number(object, "waiting_bytes", queue.waiting_bytes);
  put_number(object, "dead_letters", queue.parked_count);
  if (!queue.oldest) return object;
  put_number(object, "oldest", queue.oldest->id.value);
  put_time(object, "oldest_received_at", queue.oldest->received_at);
  return object;
}

Queue to_queue(Fields& fields) {
  Queue queue;
  queue.lane.connector = fields.text("connector");
  queue.lane.target = fields.text("target");
  queue.lane.state = fields.text("state");
  queue.lane.last_failure = fields.text("last_failure");
  queue.waiting_count = fields.number("waiting");
  queue.waiting_bytes = fields.number("waiting_bytes");
  queue.parked_count = fields.number("dead_letters");
  const EntryId oldest{fields.number("oldest")};
  const auto received_at = fields.time("oldest_received_at");
  if (received_at) queue.oldest = store::OldestEntry{oldest, *received_at};
  return queue;
}

Object to_json(const store::Attempt& attempt) {
  Object object;
  put_number(object, "number", attempt.number);
  put_time(object, "at", attempt.at);
  put_text(object, "reason", attempt.reason);
  put_text(object, "words", attempt.words);
  return object;
}

store::Attempt to_attempt(Fields& fields) {
  store::Attempt attempt;
  attempt.number = static_cast<std::uint32_t>(fields.number("number"));
  attempt.at = or_epoch(fields.time("at"));
  attempt.reason = fields.text("reason");
  attempt.words = fields.text("words");
  return attempt;
}

Object to_json(const DiscardedLetter& letter) {
  Object object;
  put_text(object, "connector", letter.connector);
  put_number(object, "entry", letter.entry.id.value);
  put_time(object, "discarded_at", letter.entry.discarded_at);
  put_text(object, "failure", letter.entry.failure);
  put_text(object, "reason", letter.entry.reason);
  put_number(object, "replaced_by", letter.entry.replaced_by.value);
  return object;
}

DiscardedLetter to_discarded(Fields& fields) {
  DiscardedLetter letter;
  letter.connector = fields.text("connector");
  letter.entry.id = {fields.number("entry")};
  letter.entry.discarded_at = or_epoch(fields.time("discarded_at"));
  letter.entry.failure = fields.text("failure");
  letter.entry.reason = fields.text("reason");
  letter.entry.replaced_by = {fields.number("replaced_by")};
  return letter;
}

Object to_json(const store::StoredMessage& message) {
  Object object;
  put_number(object, "entry", message.id.value);
  put_text(object, "uuid", base::to_string(message.message_id));
  put_time(object, "received_at", message.received_at);
  put_text(object, "control_id", message.control_id);
  put_text(object, "type", message.type);
  put_text(object, "trigger", message.trigger);
  put_number(object, "bytes", message.size_bytes);
  if (!message.message.empty()) put_text(object, "message", base::as_text(message.message));
  return object;
}

store::StoredMessage to_message(Fields& fields) {
  store::StoredMessage message;
  message.id = {fields.number("entry")};
  message.message_id = read_uuid(fields).value_or(base::Uuid());
  message.received_at = or_epoch(fields.time("received_at"));
  message.control_id = fields.text("control_id");
  message.type = fields.text("type");
  message.trigger = fields.text("trigger");
  message.size_bytes = fields.number("bytes");
  message.message = to_octets(fields.text("message"));
  return message;
}

}  // namespace control
