#include "deliver/test_support/mail.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "store/memory_outbox.hpp"

namespace deliver::test_support {

std::string message_of(std::string_view control_id) {
  return "MSH|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|20260403120000||ADT^A01|" + std::string(control_id) +
         "|P|2.3\rPID|1||4711||DOE^JANE\r";
}

std::string control_id_of(std::string_view message) {
  std::size_t at = 0;
  for (int field = 1; field < 10; ++field) at = message.find('|', at) + 1;
  return std::string(message.substr(at, message.find('|', at) - at));
}

Mail::Mail(const base::Clock& clock)
    : clock_(clock), outbox_(store::make_memory_outbox(clock, {})) {}

store::ConnectorId Mail::connector(std::string_view name) {
  return outbox_->connector_id(name).value();
}

store::EntryId Mail::put(std::string_view control_id, std::vector<store::LaneKey> lanes) {
  const std::string text = message_of(control_id);
  auto append = std::make_unique<store::Append>();
  store::Draft& draft = append->drafts.emplace_back();
  draft.facts.id = base::make_uuid_v7(clock_.wall_now());
  draft.facts.received_at = clock_.wall_now();
  draft.facts.control_id = control_id;
  draft.facts.type = "ADT";
  draft.facts.trigger = "A01";
  draft.payload = base::as_bytes(text);
  draft.lanes = std::move(lanes);
  append->sink = this;
  std::vector<std::unique_ptr<store::Append>> batch;
  batch.push_back(std::move(append));
  outbox_->append(std::move(batch));
  return last_;
}

void Mail::put_many(store::ConnectorId connector, int first, int count) {
  for (int number = first; number < first + count; ++number) {
    put(std::to_string(number), {{.connector = connector}});
  }
}

void Mail::appended(std::vector<std::unique_ptr<store::Append>> batch) {
  ASSERT_EQ(batch.size(), 1u);
  ASSERT_TRUE(batch.front()->outcome.has_value());
  last_ = *batch.front()->outcome;
}

}  // namespace deliver::test_support
