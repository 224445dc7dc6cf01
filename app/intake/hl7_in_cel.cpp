#include "intake/hl7_in_cel.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace intake {
namespace {

// By the order in which make_environment() adds them.
enum Variable : std::size_t {
  kMsh,
  kPid,
  kPv1,
  kObx,
  kObxList,
  kMsg,
  kConn,
  kTlsSan,
  kNow,
  kSets,  // a name for diagnostics only: its fields are constants
  kVariableCount
};

constexpr std::array<std::string_view, 3> kConnectionFields = {"address", "listener",
                                                               "tls_subject"};
constexpr std::size_t kKeptBytesMax = 32 * base::kMiB;

// A unit stands for ten nanoseconds of a network thread, whether the language counts it or
// the work that its cost model does not see. A step is one of about a nanosecond.
constexpr std::uint64_t kStepsPerUnit = 10;

void must(const base::Status<cel::DeclarationFault>& status) { CHECK(status.has_value()); }

void add_records(cel::Environment& environment) {
  for (const RecordShape* const shape : all_record_shapes()) {
    std::vector<std::string_view> names;
    for (const FieldPlace& place : shape->fields) names.push_back(place.name);
    const bool is_always_there = shape == &msh_shape();
    must(environment.add_record(
        shape->name, names,
        is_always_there ? cel::RecordForm::kFull : cel::RecordForm::kMayBeEmpty));
  }
  for (const RecordShape* const shape : all_record_shapes()) {
    must(environment.add_variable(shape->name, shape->name));
  }
}

void add_sets(cel::Environment& environment, const ValueSets& sets) {
  std::vector<std::string_view> names;
  for (const ValueSets::Set& set : sets.sets()) names.push_back(set.name);
  if (!names.empty()) {
    must(environment.add_record("sets", names));
    must(environment.add_variable("sets", "sets"));
  }
  for (const ValueSets::Set& set : sets.sets()) {
    must(environment.add_constant("sets." + set.name, "map(string, string)", set.rows));
  }
  must(environment.add_function(sets.map_function()));
}

}  // namespace

cel::Environment make_environment(const ValueSets& sets) {
  cel::Environment environment;
  add_records(environment);
  must(environment.add_variable("obx_list", "list(obx)"));
  must(environment.add_first_of("obx", "obx_list"));
  must(environment.add_variable("msg", kMessageType));
  must(environment.add_record("conn", kConnectionFields));
  must(environment.add_variable("conn", "conn"));
  must(environment.add_variable("conn.tls_san", "list(string)"));
  must(environment.add_variable("now", "google.protobuf.Timestamp"));
  add_sets(environment, sets);
  for (const cel::Overload& each : message_functions()) must(environment.add_function(each));
  for (const cel::Overload& each : hl7_functions()) must(environment.add_function(each));
  return environment;
}

std::size_t ConnectionView::size() const { return kConnectionFields.size(); }

cel::Value ConnectionView::find(const cel::Value& key, cel::Arena& arena) const {
  if (!key.is(cel::Kind::kString)) return {};
  const auto* const found = std::ranges::find(kConnectionFields, key.as_text());
  if (found == kConnectionFields.end()) return {};
  return field(static_cast<std::uint32_t>(found - kConnectionFields.begin()), key, arena);
}

cel::Value ConnectionView::key_at(std::size_t index, cel::Arena& /*arena*/) const {
  return cel::Value::string(kConnectionFields.at(index));
}

cel::Value ConnectionView::field(std::uint32_t index, const cel::Value& /*key*/,
                                 cel::Arena& /*arena*/) const {
  if (index == 0) return cel::Value::string(peer_->address);
  return cel::Value::string(index == 1 ? peer_->listener : peer_->tls_identity);
}

MessageContext::MessageContext() : kept_(kKeptBytesMax), activation_(kVariableCount) {
  activation_.bind(kMsh, cel::Value::map(msh_));
  activation_.bind(kPid, cel::Value::map(pid_));
  activation_.bind(kPv1, cel::Value::map(pv1_));
  activation_.bind(kObx, cel::Value::map(obx_));
  activation_.bind(kObxList, cel::Value::list(obx_list_));
  activation_.bind(kMsg, cel::Value::opaque(msg_));
  activation_.bind(kConn, cel::Value::map(conn_));
  activation_.bind(kTlsSan, cel::Value::list(tls_san_));
}

MessageContext& MessageContext::of_thread() {
  thread_local MessageContext context;
  return context;
}

void MessageContext::open(const hl7::Message& message, const Circumstances& given) {
  limits_ = given.limits;
  left_ = limits_.message;
  kept_.reset();
  text_.open(message, given.default_charset);
  for (RecordView* const record : {&msh_, &pid_, &pv1_, &obx_}) record->open(text_, kept_);
  obx_list_.open(text_, kept_);
  conn_.open(given.peer);
  tls_san_.open(given.peer);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(given.now);
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(given.now - seconds);
  activation_.bind(kNow, cel::Value::timestamp(seconds.time_since_epoch().count(),
                                               static_cast<std::uint32_t>(nanos.count())));
}

cel::Value MessageContext::evaluate(const cel::Program& program) {
  const cel::Value value = run(program, left());
  charge(std::max(evaluation_.cost() + text_.spent(), evaluation_.steps() / kStepsPerUnit));
  return value;
}

cel::Value MessageContext::explain(const cel::Program& program, std::uint64_t cost_limit) {
  return run(program, cost_limit);
}

std::uint64_t MessageContext::left() const noexcept { return std::min(limits_.evaluation, left_); }

void MessageContext::charge(std::uint64_t units) noexcept {
  cost_ = units;
  left_ -= std::min(units, left_);
}

cel::Value MessageContext::run(const cel::Program& program, std::uint64_t cost_limit) {
  text_.begin_evaluation(cost_limit);
  evaluation_.set_cost_limit(cost_limit);
  evaluation_.set_steps_limit(cost_limit * kStepsPerUnit);
  return program.evaluate(activation_, evaluation_);
}

}  // namespace intake
