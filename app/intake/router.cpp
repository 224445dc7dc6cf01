#include "intake/router.hpp"

#include <algorithm>
#include <utility>

#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace intake {
namespace {

constexpr std::uint64_t kFnvBasis = 0xCBF29CE484222325U;
constexpr std::uint64_t kFnvPrime = 0x100000001B3U;

void tell(const Route& route, std::string_view what, const cel::Value& value,
          const MessageContext& context) {
  telemetry::count(telemetry::Counter::kFilterErrors);
  telemetry::log(
      telemetry::Level::kWarning, "filter_error",
      {{"connector", route.connector},
       {"expression", what},
       {"fault", value.is_error() ? to_string(value.fault()) : std::string_view("not_a_bool")},
       {"cost", context.cost()},
       {"message_cost", context.message_cost()}});
}

RoutePlan plan_of_error(const Route& route, const cel::Value& value) {
  switch (route.on_filter_error) {
    case config::OnFilterError::kSkip: return {RouteResult::kPassedBy, 0};
    case config::OnFilterError::kDeliver: return {};
    case config::OnFilterError::kPark: break;
  }
  const auto fault = value.is_error() ? static_cast<std::uint64_t>(value.fault()) : 0;
  return {RouteResult::kParked, store::kParkAtOnce + fault};
}

// A key that cannot be made counts as the empty one: those keep their order too.
std::uint64_t key_of(const Route& route, MessageContext& context) {
  if (context.is_spent()) return hash_key({});
  const cel::Value key = context.evaluate(route.order_by->program);
  if (key.is(cel::Kind::kString)) return hash_key(key.as_text());
  tell(route, "order_by", key, context);
  return hash_key({});
}

// A barrier that cannot be judged holds up every key: nothing is overtaken by mistake.
std::uint64_t joined_by(const Route& route, MessageContext& context) {
  const cel::Value joined = context.evaluate(route.barrier->program);
  if (joined.is(cel::Kind::kBool)) return joined.as_bool() ? store::kJoinsAll : store::kJoinsNone;
  if (joined.is(cel::Kind::kString)) {
    return joined.as_text().empty() ? store::kJoinsNone : hash_key(joined.as_text());
  }
  tell(route, "barrier", joined, context);
  return store::kJoinsAll;
}

}  // namespace

std::uint64_t hash_key(std::string_view key) noexcept {
  std::uint64_t hash = kFnvBasis;
  for (const char octet : key) {
    hash ^= static_cast<unsigned char>(octet);
    hash *= kFnvPrime;
  }
  hash ^= hash >> 32U;  // lanes go by the low bits
  if (hash >= store::kParkAtOnce) hash -= store::kParkAtOnce;
  return std::max<std::uint64_t>(hash, 1);
}

RoutePlan plan_route(const Route& route, MessageContext& context) {
  RoutePlan plan;
  if (route.filter && context.is_spent()) {  // said by the one that has spent it
    telemetry::count(telemetry::Counter::kFilterErrors);
    plan = plan_of_error(route, cel::Value::error(cel::Fault::kCostLimit));
  } else if (route.filter) {
    const cel::Value wanted = context.evaluate(route.filter->program);
    if (!wanted.is(cel::Kind::kBool)) {
      tell(route, "filter", wanted, context);
      plan = plan_of_error(route, wanted);
    } else if (!wanted.as_bool()) {
      plan.result = RouteResult::kPassedBy;
    }
  }
  if (plan.result == RouteResult::kTaken && route.order_by) {
    plan.key_hash = key_of(route, context);
    if (route.barrier) plan.joined_hash = joined_by(route, context);
    if (plan.joined_hash == plan.key_hash) plan.joined_hash = store::kJoinsNone;
  }
  return plan;
}

Router::Router(std::vector<store::ConnectorId> connectors, std::vector<Answerer> answerers)
    : answerers_(std::move(answerers)) {
  lanes_.reserve(connectors.size());
  for (const store::ConnectorId connector : connectors) lanes_.push_back({connector});
}

std::vector<store::LaneKey> Router::plan(const RuleSet& rules, MessageContext& context) const {
  std::vector<store::LaneKey> lanes;
  lanes.reserve(lanes_.size());
  for (std::size_t index = 0; index < lanes_.size(); ++index) {
    const RoutePlan plan = plan_route(rules.routes()[index], context);
    if (plan.result == RouteResult::kPassedBy) continue;
    lanes.push_back({lanes_[index].connector, plan.key_hash, plan.joined_hash});
  }
  return lanes;
}

bool Router::ask(std::vector<store::LaneKey>& lanes, std::string_view connector,
                 std::uint64_t key_hash) const {
  const auto answerer = std::ranges::find(answerers_, connector, &Answerer::name);
  if (answerer == answerers_.end()) return false;
  const auto debt = std::ranges::find(lanes, answerer->connector, &store::LaneKey::connector);
  if (debt == lanes.end() || debt->key_hash >= store::kParkAtOnce) return false;
  *debt = {answerer->answers, key_hash, store::kJoinsNone};
  return true;
}

}  // namespace intake
