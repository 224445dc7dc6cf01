// What of the wire's form is about the archive: see wire_form.hpp.
#include <algorithm>
#include <string>
#include <utility>

#include "control/wire_form.hpp"

namespace control {
namespace {

constexpr store::DebtState kDebtStates[] = {store::DebtState::kWaiting, store::DebtState::kParked,
                                            store::DebtState::kDelivered,
                                            store::DebtState::kDiscarded};

// "delivered lab"
std::vector<std::string> to_texts(const std::vector<store::Debt>& debts) {
  std::vector<std::string> texts;
  for (const store::Debt& debt : debts) {
    texts.push_back(std::string(to_string(store::to_state(debt.state))) + " " + debt.connector);
  }
  return texts;
}

std::vector<store::Debt> to_debts(Fields& fields) {
  std::vector<store::Debt> debts;
  for (const std::string& text : fields.texts("debts")) {
    const std::size_t blank = text.find(' ');
    const std::string_view name = std::string_view(text).substr(0, blank);
    const auto* const state = std::ranges::find_if(kDebtStates, [name](store::DebtState each) {
      return to_string(store::to_state(each)) == name;
    });
    if (state == std::end(kDebtStates) || blank == std::string::npos) {
      fields.note("debts");
      continue;
    }
    debts.push_back({text.substr(blank + 1), *state});
  }
  return debts;
}

// "visit=V123"
std::vector<std::string> to_texts(const std::vector<store::FieldValue>& fields) {
  std::vector<std::string> texts;
  for (const store::FieldValue& each : fields) texts.push_back(each.field + "=" + each.value);
  return texts;
}

std::vector<store::FieldValue> to_field_values(Fields& fields) {
  std::vector<store::FieldValue> values;
  for (const std::string& text : fields.texts("fields")) {
    const std::size_t mark = text.find('=');
    if (mark == 0 || mark == std::string::npos) {
      fields.note("fields");
      continue;
    }
    values.push_back({text.substr(0, mark), text.substr(mark + 1)});
  }
  return values;
}

void put_found(Object& object, const store::Found& found) {
  put_text(object, "key", store::to_string(found.key));
  if (!found.key.is_rejected) put_text(object, "uuid", base::to_string(found.message_id));
  put_time(object, "received_at", found.received_at);
  put_text(object, "listener", found.listener);
  put_text(object, "type", found.type);
  put_text(object, "trigger", found.trigger);
  put_text(object, "control_id", found.control_id);
  put_text(object, "patient", found.patient_key);
  put_text(object, "application", found.sending_application);
  put_text(object, "facility", found.sending_facility);
  put_text(object, "answer_code", found.answer_code);
  put_number(object, "bytes", found.size_bytes);
  put_texts(object, "debts", to_texts(found.debts));
}

}  // namespace

Object to_json(const store::Search& search) {
  Object object;
  put_text(object, "control_id", search.control_id);
  put_text(object, "patient", search.patient);
  put_text(object, "type", search.type);
  put_text(object, "sender", search.sender);
  put_text(object, "answer", search.answer);
  if (search.from) put_time(object, "from", *search.from);
  if (search.until) put_time(object, "until", *search.until);
  put_text(object, "connector", search.connector);
  if (search.state) put_text(object, "state", store::to_string(*search.state));
  put_texts(object, "fields", to_texts(search.fields));
  return object;
}

store::Search to_search(Fields& fields) {
  store::Search search;
  search.control_id = fields.text("control_id");
  search.patient = fields.text("patient");
  search.type = fields.text("type");
  search.sender = fields.text("sender");
  search.answer = fields.text("answer");
  search.from = fields.time("from");
  search.until = fields.time("until");
  search.connector = fields.text("connector");
  const std::string state = fields.text("state");
  if (!state.empty()) search.state = store::parse_message_state(state);
  if (!state.empty() && !search.state) fields.note("state");
  search.fields = to_field_values(fields);
  if (search.fields.size() > store::kFieldsMax) fields.note("fields");
  return search;
}

Object to_json(const store::Found& found) {
  Object object;
  put_found(object, found);
  return object;
}

store::Found to_found(Fields& fields) {
  store::Found found;
  const auto key = fields.message_key("key");
  if (!key) fields.note("key");
  found.key = key.value_or(store::MessageKey());
  found.message_id = base::parse_uuid(fields.text("uuid")).value_or(base::Uuid());
  found.received_at = fields.time("received_at").value_or(base::WallTime());
  found.listener = fields.text("listener");
  found.type = fields.text("type");
  found.trigger = fields.text("trigger");
  found.control_id = fields.text("control_id");
  found.patient_key = fields.text("patient");
  found.sending_application = fields.text("application");
  found.sending_facility = fields.text("facility");
  found.answer_code = fields.text("answer_code");
  found.size_bytes = fields.number("bytes");
  found.debts = to_debts(fields);
  return found;
}

Object to_json(const store::MessageRecord& record) {
  Object object;
  put_found(object, record.found);
  put_text(object, "peer", record.peer);
  put_text(object, "tls_identity", record.tls_identity);
  put_number(object, "config_revision", record.config_revision);
  put_text(object, "version", record.version);
  put_text(object, "charset", record.charset);
  put_text(object, "sha256", record.sha256);
  put_text(object, "outcome", record.outcome);
  put_text(object, "answer_reason", record.answer_reason);
  put_text(object, "answer", record.answer);
  put_text(object, "envelope", record.envelope);
  put_text(object, "message", base::as_text(record.rejected_message));
  put_texts(object, "fields", to_texts(record.fields));
  return object;
}

store::MessageRecord to_record(Fields& fields) {
  store::MessageRecord record;
  record.found = to_found(fields);
  record.peer = fields.text("peer");
  record.tls_identity = fields.text("tls_identity");
  record.config_revision = fields.number("config_revision");
  record.version = fields.text("version");
  record.charset = fields.text("charset");
  record.sha256 = fields.text("sha256");
  record.outcome = fields.text("outcome");
  record.answer_reason = fields.text("answer_reason");
  record.answer = fields.text("answer");
  record.envelope = fields.text("envelope");
  const std::string message = fields.text("message");
  const base::ByteView octets = base::as_bytes(message);
  record.rejected_message.assign(octets.begin(), octets.end());
  record.fields = to_field_values(fields);
  return record;
}

}  // namespace control
