#include "store/sqlite/search_row.hpp"

namespace store::sqlite {
namespace {

// "ADT" takes every trigger, "ADT^A01" that one.
bool takes_pair(std::string_view wanted, char mark, std::string_view first,
                std::string_view second) {
  if (wanted.empty()) return true;
  const TextPair pair = split_at(wanted, mark);
  return pair.first == first && (!pair.second || *pair.second == second);
}

bool takes(const std::string& wanted, const std::string& value) {
  return wanted.empty() || wanted == value;
}

}  // namespace

TextPair split_at(std::string_view text, char mark) noexcept {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

SearchRow to_row(const LogFacts& line) {
  SearchRow row;
  Found& found = row.found;
  found.key.value = line.id.value;
  found.message_id = line.facts.id;
  found.received_at = line.facts.received_at;
  found.listener = line.facts.listener;
  found.type = line.facts.type;
  found.trigger = line.facts.trigger;
  found.control_id = line.facts.control_id;
  found.patient_key = line.facts.patient_key;
  found.sending_application = line.facts.sending_application;
  found.sending_facility = line.facts.sending_facility;
  found.answer_code = line.facts.answer_code;
  found.size_bytes = line.size_bytes;
  row.lanes.assign(line.lanes.begin(), line.lanes.end());
  return row;
}

bool matches(const Search& search, const Found& found) {
  if (search.from && found.received_at < *search.from) return false;
  if (search.until && found.received_at >= *search.until) return false;
  return takes(search.control_id, found.control_id) && takes(search.patient, found.patient_key) &&
         takes(search.answer, found.answer_code) &&
         takes_pair(search.type, '^', found.type, found.trigger) &&
         takes_pair(search.sender, '|', found.sending_application, found.sending_facility);
}

SearchPath path_of(const Search& search) {
  if (!search.control_id.empty()) {
    return {"INDEXED BY by_control_id", "control_id = ?1", search.control_id, kControlIdField};
  }
  if (!search.patient.empty()) {
    return {"INDEXED BY by_patient", "patient_key = ?1 AND patient_key <> ''", search.patient,
            kPatientField};
  }
  if (!search.fields.empty()) return {};
  if (!search.answer.empty() && search.answer != "AA" && search.answer != "CA") {
    return {"INDEXED BY by_answer",
            "answer_code = ?1 AND answer_code NOT IN ('AA', 'CA')",
            search.answer,
            {}};
  }
  if (const auto sender = split_at(search.sender, '|').first; !sender.empty()) {
    return {"INDEXED BY by_sender", "sending_application = ?1", sender, kSenderField};
  }
  if (const auto type = split_at(search.type, '^').first; !type.empty()) {
    return {"INDEXED BY by_type", "type = ?1", type, kTypeField};
  }
  return {};
}

}  // namespace store::sqlite
