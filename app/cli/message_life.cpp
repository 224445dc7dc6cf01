#include "cli/message_life.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/json_object.hpp"
#include "cli/moment.hpp"

namespace cli {
namespace {

constexpr std::size_t kCellMax = 80;
constexpr std::size_t kWordsMax = 2000;

std::string type_of(const store::Found& found) {
  return found.trigger.empty() ? found.type : found.type + "^" + found.trigger;
}

std::string sender_of(const store::Found& found) {
  return found.sending_facility.empty() ? found.sending_application
                                        : found.sending_application + "|" + found.sending_facility;
}

std::string or_dash(std::string text) { return text.empty() ? "-" : std::move(text); }

std::string state_text(const store::Debt& debt) {
  return std::string(to_string(store::to_state(debt.state)));
}

// "delivered", or where connectors differ "ehr delivered, lab waiting".
std::string state_of(const store::Found& found) {
  if (found.key.is_rejected) return "rejected";
  if (found.debts.empty()) return "unrouted";
  const bool is_same = std::ranges::all_of(found.debts, [&found](const store::Debt& debt) {
    return debt.state == found.debts.front().state;
  });
  if (is_same) return state_text(found.debts.front());
  std::string text;
  for (const store::Debt& debt : found.debts) {
    text += text.empty() ? "" : ", ";
    text += debt.connector + " " + state_text(debt);
  }
  return text;
}

std::string hex(std::string_view octets) {
  std::string text;
  for (const char each : octets) text += fmt::format("{:02x}", static_cast<unsigned char>(each));
  return text;
}

JsonObject to_object(const store::Found& found) {
  std::vector<JsonObject> debts;
  for (const store::Debt& debt : found.debts) {
    debts.push_back(JsonObject().add("connector", debt.connector).add("state", state_text(debt)));
  }
  JsonObject object;
  object.add("id", store::to_string(found.key));
  if (!found.key.is_rejected) object.add("uuid", base::to_string(found.message_id));
  object.add("received_at", render_moment(found.received_at))
      .add("state", state_of(found))
      .add("listener", found.listener)
      .add("type", found.type)
      .add("trigger", found.trigger)
      .add("control_id", found.control_id)
      .add("patient", found.patient_key)
      .add("sending_application", found.sending_application)
      .add("sending_facility", found.sending_facility)
      .add("answer", found.answer_code)
      .add("bytes", found.size_bytes)
      .add("connectors", debts);
  return object;
}

JsonObject to_object(const DebtLife& life) {
  std::vector<JsonObject> tries;
  for (const store::Attempt& attempt : life.attempts) {
    tries.push_back(JsonObject()
                        .add("number", std::uint64_t{attempt.number})
                        .add("at", render_moment(attempt.at))
                        .add("reason", attempt.reason)
                        .add("words", attempt.words));
  }
  JsonObject object;
  object.add("connector", life.debt.connector)
      .add("state", state_text(life.debt))
      .add("tries", tries);
  if (life.discarded) {
    object.add("discarded_at", render_moment(life.discarded->discarded_at))
        .add("reason", life.discarded->reason)
        .add("replaced_by", life.discarded->replaced_by.value);
  }
  return object;
}

void add_line(std::string& text, std::string_view what, std::string_view value) {
  if (!value.empty()) text += fmt::format("  {:<11} {}\n", what, to_cell(value, kWordsMax));
}

std::string render(const DebtLife& life) {
  std::string text = fmt::format("  {:<11} {}\n", life.debt.connector, state_text(life.debt));
  for (const store::Attempt& attempt : life.attempts) {
    text += fmt::format("    {:>3}  {}  {}\n", attempt.number, render_moment(attempt.at),
                        to_cell(attempt.reason, kWordsMax));
    if (!attempt.words.empty()) {
      text += fmt::format("         {}\n", to_cell(attempt.words, kWordsMax));
    }
  }
  if (!life.discarded) return text;
  text += fmt::format("         {}  discarded: {}\n", render_moment(life.discarded->discarded_at),
                      to_cell(life.discarded->reason, kWordsMax));
  if (life.discarded->replaced_by.value != 0) {
    text += fmt::format("         replaced by message {}\n", life.discarded->replaced_by.value);
  }
  return text;
}

// "AR rule_failed: need-id: PID-3.1 is required"
std::string judgement_of(const store::MessageRecord& record) {
  std::string text = or_dash(record.found.answer_code);
  if (!record.outcome.empty()) text += " " + record.outcome;
  if (record.answer_reason.empty()) return text;
  return text + (record.outcome.empty() ? " " : ": ") + record.answer_reason;
}

}  // namespace

Table make_message_table() {
  return Table({"ID", "RECEIVED", "TYPE", "CONTROL ID", "ANSWER", "STATE", "BYTES"});
}

void add_row(Table& table, const store::Found& found) {
  table.add({store::to_string(found.key), render_moment(found.received_at),
             or_dash(to_cell(type_of(found), kCellMax)),
             or_dash(to_cell(found.control_id, kCellMax)), or_dash(found.answer_code),
             to_cell(state_of(found), kCellMax), fmt::format("{}", found.size_bytes)});
}

std::string to_json_line(const store::Found& found) { return to_object(found).to_text() + "\n"; }

std::string to_json_line(const MessageLife& life) {
  const store::MessageRecord& record = life.record;
  std::vector<JsonObject> debts;
  for (const DebtLife& debt : life.debts) debts.push_back(to_object(debt));
  std::vector<JsonObject> fields;
  for (const store::FieldValue& each : record.fields) {
    fields.push_back(JsonObject().add("field", each.field).add("value", each.value));
  }
  JsonObject object = to_object(record.found);
  object.add("peer", record.peer)
      .add("tls_identity", record.tls_identity)
      .add("config_revision", record.config_revision)
      .add("version", record.version)
      .add("charset", record.charset)
      .add("sha256", hex(record.sha256))
      .add("outcome", record.outcome)
      .add("reason", record.answer_reason)
      .add("answer_message", record.answer)
      .add("envelope", record.envelope)
      .add("index", fields)
      .add("deliveries", debts)
      .add("message", life.octets);
  return object.to_text() + "\n";
}

std::string render(const MessageLife& life) {
  const store::MessageRecord& record = life.record;
  const store::Found& found = record.found;
  std::string text = fmt::format("message {}\n", store::to_string(found.key));
  add_line(text, "received", render_moment(found.received_at));
  add_line(text, "from", record.peer.empty() ? "" : record.peer + " at " + found.listener);
  add_line(text, "tls", record.tls_identity);
  add_line(text, "sender", sender_of(found));
  add_line(text, "type", type_of(found));
  add_line(text, "control id", found.control_id);
  if (!found.key.is_rejected) add_line(text, "id", base::to_string(found.message_id));
  add_line(text, "sha-256", hex(record.sha256));
  add_line(text, "envelope", record.envelope);
  add_line(text, "revision", fmt::format("{} of the configuration", record.config_revision));
  add_line(text, "answer", judgement_of(record));
  for (const store::FieldValue& each : record.fields) {
    add_line(text, "index", each.field + ": " + each.value);
  }
  if (found.size_bytes > life.octets.size()) {
    add_line(text, "kept", fmt::format("{} of {} octets", life.octets.size(), found.size_bytes));
  }
  if (!found.key.is_rejected && life.debts.empty()) add_line(text, "connectors", "none");
  for (const DebtLife& debt : life.debts) text += render(debt);
  return text;
}

}  // namespace cli
