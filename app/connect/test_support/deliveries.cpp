#include "connect/test_support/deliveries.hpp"

#include <chrono>
#include <utility>

namespace connectors::test_support {

std::string message_of(std::string_view control_id) {
  return "MSH|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|20260403120000||ADT^A01|" + std::string(control_id) +
         "|P|2.3\rPID|1||4711||DOE^JANE\r";
}

const Delivery& Letters::add(std::string_view control_id) {
  return add(control_id, message_of(control_id));
}

const Delivery& Letters::add(std::string_view control_id, std::string message) {
  const Words& words = words_.emplace_back(Words{std::string(control_id), std::move(message)});
  Delivery& delivery = deliveries_.emplace_back();
  delivery.id = {deliveries_.size()};
  delivery.received_at = base::WallTime(std::chrono::seconds(1'775'217'600));
  delivery.message_id = base::make_uuid_v7(delivery.received_at);
  delivery.control_id = words.control_id;
  delivery.type = "ADT";
  delivery.trigger = "A01";
  delivery.message = base::as_bytes(words.message);
  return delivery;
}

std::vector<std::string> Letters::texts() const {
  std::vector<std::string> texts;
  for (const Words& words : words_) texts.push_back(words.message);
  return texts;
}

std::string summary(const Outcome& outcome) {
  if (std::holds_alternative<Delivered>(outcome)) return "delivered";
  if (std::holds_alternative<NotTried>(outcome)) return "not tried";
  const auto& failure = std::get<Failure>(outcome);
  const char* blame = failure.blame == Blame::kTarget    ? "/target"
                      : failure.blame == Blame::kMessage ? "/message"
                                                         : "/unclear";
  return std::string(to_string(failure.what)) + blame;
}

std::vector<std::string> summaries(const std::vector<Outcome>& outcomes) {
  std::vector<std::string> all;
  for (const Outcome& outcome : outcomes) all.push_back(summary(outcome));
  return all;
}

const Failure& failure_of(const Outcome& outcome) { return std::get<Failure>(outcome); }

}  // namespace connectors::test_support
