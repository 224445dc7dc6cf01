#include "connect/modules/entry.hpp"

#include <algorithm>
#include <exception>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace connectors {
namespace {

MakePlan make_own_plan = nullptr;

abi::Text to_abi(std::string_view text) noexcept { return {text.data(), text.size()}; }

std::string_view from_abi(abi::Text text) noexcept { return {text.data, text.bytes}; }

config::Node to_node(const abi::Node& from) {
  config::Node node;
  node.kind = static_cast<config::Node::Kind>(from.kind);
  node.quoted = from.quoted != 0;
  node.line = from.line;
  node.column = from.column;
  node.key_line = from.key_line;
  node.key_column = from.key_column;
  node.text = from_abi(from.text);
  for (std::size_t index = 0; index < from.child_count; ++index) {
    const abi::Node& child = from.children[index];
    if (node.kind == config::Node::Kind::kSequence) {
      node.items.push_back(to_node(child));
    } else {
      node.entries.push_back({std::string(from_abi(child.key)), to_node(child)});
    }
  }
  return node;
}

Delivery to_delivery(const abi::Delivery& from) {
  Delivery delivery;
  delivery.id = {from.entry};
  delivery.attempt = from.attempt;
  std::copy_n(from.message_id, delivery.message_id.octets.size(),
              delivery.message_id.octets.begin());
  delivery.received_at = base::WallTime(std::chrono::microseconds(from.received_at_micros));
  delivery.control_id = from_abi(from.control_id);
  delivery.type = from_abi(from.type);
  delivery.trigger = from_abi(from.trigger);
  delivery.message = base::as_bytes(from_abi(from.message));
  delivery.traceparent = from_abi(from.traceparent);
  return delivery;
}

void tell(const abi::OutcomeSink& sink, std::size_t index, const Outcome& outcome) {
  abi::Outcome crossing{};
  crossing.kind = abi::OutcomeKind::kDelivered;
  crossing.retry_after_nanos = -1;
  if (std::holds_alternative<NotTried>(outcome)) crossing.kind = abi::OutcomeKind::kNotTried;
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    crossing.kind = abi::OutcomeKind::kFailed;
    crossing.what = static_cast<std::uint8_t>(failure->what);
    crossing.blame = static_cast<std::uint8_t>(failure->blame);
    if (failure->retry_after) crossing.retry_after_nanos = failure->retry_after->count();
    crossing.reason = to_abi(failure->reason);
    crossing.words = to_abi(failure->words);
  }
  sink.set(sink.context, index, &crossing);
}

struct Opened {
  std::unique_ptr<Connector> connector;
  std::stop_source stop;
};

void add_problem(const abi::ProblemSink& sink, const config::Problem& problem) {
  const abi::Problem crossing{problem.line, problem.column, to_abi(problem.text)};
  sink.add(sink.context, &crossing);
}

void* make_plan(const abi::Settings* from, const abi::ProblemSink* sink) noexcept {
  try {
    config::ConnectorSettings settings;
    settings.name = from_abi(from->name);
    settings.batch = from->batch;
    settings.node = to_node(from->node);
    config::Problems problems;
    auto plan = make_own_plan(settings, base::Clock::system(), problems);
    for (const config::Problem& problem : problems) add_problem(*sink, problem);
    return plan.release();
  } catch (const std::exception& thrown) {
    config::Problem problem;
    problem.text = thrown.what();
    add_problem(*sink, problem);
    return nullptr;
  }
}

void destroy_plan(void* plan) noexcept { delete static_cast<ConnectorPlan*>(plan); }

void describe(const void* plan, const abi::TextSink* sink) noexcept {
  const std::string words = static_cast<const ConnectorPlan*>(plan)->describe();
  sink->set(sink->context, to_abi(words));
}

void* open(const void* plan) noexcept {
  return new Opened{static_cast<const ConnectorPlan*>(plan)->open(), {}};
}

void close(void* opened) noexcept { delete static_cast<Opened*>(opened); }

std::size_t batch_max(const void* opened) noexcept {
  return static_cast<const Opened*>(opened)->connector->batch_max();
}

void arm(void* opened) noexcept { static_cast<Opened*>(opened)->stop = std::stop_source(); }

void stop(void* opened) noexcept { static_cast<Opened*>(opened)->stop.request_stop(); }

void deliver(void* opened, const abi::Delivery* from, std::size_t count,
             const abi::OutcomeSink* sink) noexcept {
  auto& [connector, stop_source] = *static_cast<Opened*>(opened);
  try {
    std::vector<Delivery> deliveries;
    deliveries.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
      deliveries.push_back(to_delivery(from[index]));
    }
    const auto outcomes = connector->deliver(deliveries, stop_source.get_token());
    for (std::size_t index = 0; index < count; ++index) tell(*sink, index, outcomes.at(index));
  } catch (const std::exception& thrown) {
    if (count > 0) {
      tell(*sink, 0, Failure{.what = FailureClass::kWrite, .reason = thrown.what()});
    }
  }
}

}  // namespace

const abi::ModuleApi* module_api(MakePlan make) {
  make_own_plan = make;
  static constexpr abi::ModuleApi kApi{
      .build_id = MLLP_MODULE_BUILD_ID,
      .make_plan = make_plan,
      .destroy_plan = destroy_plan,
      .describe = describe,
      .open = open,
      .close = close,
      .batch_max = batch_max,
      .arm = arm,
      .stop = stop,
      .deliver = deliver,
  };
  return &kApi;
}

}  // namespace connectors
