#include "audit/record.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <ctime>

#include "audit/chain.hpp"

namespace audit {
namespace {

bool is_plain(char octet) noexcept {
  return octet >= ' ' && octet <= '~' && octet != '"' && octet != '\\';
}

void append_number(std::uint64_t number, std::string& text) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

std::string type_of(std::string_view type, std::string_view trigger) {
  std::string text(type);
  if (!trigger.empty()) text.append("^").append(trigger);
  return text;
}

// Of one that was not taken in.
void add_received(RecordText& record, const store::Rejected& message) {
  record.add("listener", message.listener)
      .add("peer", message.peer)
      .add_if("tls_identity", message.tls_identity)
      .add("type", type_of(message.type, message.trigger))
      .add("control_id", message.control_id)
      .add("bytes", message.size_bytes);
  if (message.message.size() != message.size_bytes) return;
  const Mac digest = sha256(message.message);
  record.add_hex("sha256", as_text(digest));
}

}  // namespace

std::string to_text(base::WallTime at) {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  const auto micros = (at - second).count();
  const std::time_t since_epoch = second.time_since_epoch().count();
  std::tm parts{};
  static_cast<void>(gmtime_r(&since_epoch, &parts));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     micros);
}

RecordText::RecordText(std::string_view kind, base::WallTime at) {
  text_.reserve(512);
  text_.append("\"at\":\"").append(to_text(at)).append("\",\"kind\":\"").append(kind) += '"';
}

void RecordText::begin(std::string_view key) { text_.append(",\"").append(key).append("\":"); }

void RecordText::append_quoted(std::string_view octets) {
  text_ += '"';
  for (const char octet : octets) {
    if (is_plain(octet)) {
      text_ += octet;
    } else {
      text_ += "\\u00";
      append_hex({&octet, 1}, text_);
    }
  }
  text_ += '"';
}

RecordText& RecordText::add(std::string_view key, std::string_view octets) {
  begin(key);
  append_quoted(octets);
  return *this;
}

RecordText& RecordText::add(std::string_view key, std::uint64_t number) {
  begin(key);
  append_number(number, text_);
  return *this;
}

RecordText& RecordText::add_flag(std::string_view key, bool value) {
  begin(key);
  text_ += value ? "true" : "false";
  return *this;
}

RecordText& RecordText::add_list(std::string_view key, std::span<const std::string> texts) {
  begin(key);
  text_ += '[';
  for (const std::string& each : texts) {
    if (text_.back() != '[') text_ += ',';
    append_quoted(each);
  }
  text_ += ']';
  return *this;
}

RecordText& RecordText::add_hex(std::string_view key, std::string_view octets) {
  begin(key);
  text_ += '"';
  append_hex(octets, text_);
  text_ += '"';
  return *this;
}

RecordText& RecordText::add_if(std::string_view key, std::string_view octets) {
  return octets.empty() ? *this : add(key, octets);
}

std::string message_record(const store::Accepted& message,
                           std::span<const std::string> connectors) {
  const store::MessageFacts& facts = message.facts;
  RecordText record("message", facts.received_at);
  record.add("entry", message.id.value)
      .add("id", base::to_string(facts.id))
      .add("listener", facts.listener)
      .add("peer", facts.peer)
      .add_if("tls_identity", facts.tls_identity)
      .add("type", type_of(facts.type, facts.trigger))
      .add("control_id", facts.control_id)
      .add("bytes", message.size_bytes)
      .add_hex("sha256", facts.sha256)
      .add("answer", facts.answer_code)
      .add_if("reason", facts.answer_reason)
      .add_list("connectors", connectors);
  return std::move(record).take();
}

std::string refused_record(const store::Rejected& refused) {
  RecordText record("refused", refused.received_at);
  add_received(record, refused);
  // The outcome is the reason: what the sender was told may hold what stood in the message.
  record.add("answer", refused.answer_code).add("reason", refused.outcome);
  if (refused.earlier.value != 0) record.add("earlier", refused.earlier.value);
  return std::move(record).take();
}

std::string duplicate_record(const store::Rejected& repeated) {
  RecordText record("duplicate", repeated.received_at);
  add_received(record, repeated);
  record.add("answer", repeated.answer_code).add("earlier", repeated.earlier.value);
  return std::move(record).take();
}

std::string attempt_record(const AttemptMade& attempt) {
  RecordText record("attempt", attempt.at);
  record.add("entry", attempt.entry.value)
      .add("id", base::to_string(attempt.message_id))
      .add("connector", attempt.connector)
      .add("attempt", std::uint64_t{attempt.number})
      .add("outcome", attempt.outcome)
      .add_if("reason", attempt.reason);
  return std::move(record).take();
}

}  // namespace audit
