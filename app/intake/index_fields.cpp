#include "intake/index_fields.hpp"

#include <utility>

#include "cel/collections.hpp"
#include "intake/intake.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace intake {
namespace {

using telemetry::Counter;

constexpr std::string_view kError = "error";
constexpr std::string_view kBudget = "budget";
constexpr std::string_view kTooLong = "too_long";
constexpr std::string_view kTooMany = "too_many";

std::map<std::string, std::optional<hl7::Charset>, std::less<>> charsets_of(
    const config::Configuration& configuration) {
  std::map<std::string, std::optional<hl7::Charset>, std::less<>> charsets;
  for (const config::ListenerSettings& each : configuration.listeners) {
    charsets.emplace(each.name, default_charset(each));
  }
  return charsets;
}

bool is_budget(cel::Fault fault) noexcept {
  return fault == cel::Fault::kCostLimit || fault == cel::Fault::kMemoryLimit ||
         fault == cel::Fault::kWorkLimit;
}

// As it is looked up; none where it is nothing that could be.
std::optional<std::string> text_of(const cel::Value& value) {
  switch (value.kind()) {
    case cel::Kind::kNull: return std::string();
    case cel::Kind::kString: return std::string(value.as_text());
    case cel::Kind::kInt: return std::to_string(value.as_int());
    case cel::Kind::kUint: return std::to_string(value.as_uint());
    case cel::Kind::kBool: return std::string(value.as_bool() ? "true" : "false");
    default: return std::nullopt;
  }
}

// Takes one value in, or says why not.
void add_value(FieldReport& report, const cel::Value& value) {
  auto text = text_of(value);
  if (!text) {
    report.left_out = value.is_error() && is_budget(value.fault()) ? kBudget : kError;
  } else if (text->size() > store::kFieldValueBytesMax) {
    report.left_out = kTooLong;
  } else if (!text->empty()) {
    report.values.push_back(*std::move(text));
  }
}

void add_items(FieldReport& report, const cel::Value& list) {
  cel::Arena arena;
  const std::size_t item_count = cel::list_size(list);
  std::size_t index = 0;
  for (; index < item_count && report.values.size() < store::kFieldValuesMax; ++index) {
    add_value(report, cel::list_at(list, index, arena));
  }
  if (index < item_count && report.left_out.empty()) report.left_out = kTooMany;
}

void tell(const IndexField& field, const cel::Value& value, const MessageContext& context) {
  telemetry::log(
      telemetry::Level::kWarning, "index_field_error",
      {{"field", field.name},
       {"fault", value.is_error() ? to_string(value.fault()) : std::string_view("no_value")},
       {"cost", context.cost()},
       {"message_cost", context.message_cost()}});
}

void count(std::string_view left_out) {
  if (left_out.empty()) return;
  telemetry::count(left_out == kBudget    ? Counter::kFieldsOverBudget
                   : left_out == kTooLong ? Counter::kFieldsTooLong
                   : left_out == kTooMany ? Counter::kFieldsTooMany
                                          : Counter::kFieldsFailed);
}

}  // namespace

FieldReport evaluate_field(const IndexField& field, MessageContext& context) {
  FieldReport report{field.name, {}};
  const cel::Value value = context.evaluate(field.expression.program);
  if (value.is(cel::Kind::kList)) {
    add_items(report, value);
  } else {
    add_value(report, value);
    if (report.left_out == kError || report.left_out == kBudget) tell(field, value, context);
  }
  return report;
}

IndexFields::IndexFields(const config::Configuration& configuration,
                         std::shared_ptr<const RuleSet> rules)
    : charsets_(charsets_of(configuration)), rules_(std::move(rules)) {}

void IndexFields::replace(std::shared_ptr<const RuleSet> rules) {
  const base::Lock lock(mutex_);
  rules_ = std::move(rules);
}

std::shared_ptr<const RuleSet> IndexFields::rules() const {
  const base::Lock lock(mutex_);
  return rules_;
}

std::vector<std::string> IndexFields::names() const {
  const auto rules = this->rules();
  std::vector<std::string> names;
  for (const IndexField& each : rules->index_fields()) names.push_back(each.name);
  return names;
}

std::optional<hl7::Charset> IndexFields::charset_of(std::string_view listener) const {
  const auto found = charsets_.find(listener);
  return found == charsets_.end() ? std::nullopt : found->second;
}

// What cannot be read has no fields: it was stored all the same, by another version or by hand.
void IndexFields::read(const store::FieldInput& input, std::vector<store::FieldValue>& values) {
  const auto rules = this->rules();
  const auto charset = charset_of(input.listener);
  if (!message_.parse(input.message, {}, charset)) return count(kError);
  peer_.address = input.peer;
  peer_.listener = input.listener;
  peer_.tls_identity = input.tls_identity;
  MessageContext& context = MessageContext::of_thread();
  context.open(message_, {.peer = peer_,
                          .now = input.received_at,
                          .default_charset = charset,
                          .limits = rules->cost_limits()});
  for (const IndexField& field : rules->index_fields()) {
    FieldReport report = evaluate_field(field, context);
    count(report.left_out);
    for (std::string& value : report.values) values.push_back({field.name, std::move(value)});
  }
}

}  // namespace intake
