#include <algorithm>
#include <array>

#include "caller.hpp"
#include "cel/collections.hpp"
#include "nodes.hpp"
#include "operators.hpp"

namespace cel {

namespace {

constexpr std::size_t kOctetsCountedPerStep = 8;
constexpr std::uint64_t kStepsOfOctet = 4;
constexpr std::uint64_t kStepsOfItem = 8;
// Of a call that would cost more, had the checker known its types.
constexpr std::uint64_t kStepsOfUnit = 25;

bool fits(const Candidate& candidate, Args args) {
  for (std::size_t index = 0; index < args.size(); ++index) {
    const Kind wanted = candidate.kinds[index];
    if (wanted != Kind::kAbsent && !args[index].is(wanted)) return false;
    if (wanted == Kind::kOpaque && !candidate.names[index].empty() &&
        args[index].as_opaque().type_name() != candidate.names[index]) {
      return false;
    }
  }
  return true;
}

const Value* find_error(Args args) {
  const auto* found = std::find_if(args.data(), args.data() + args.size(),
                                   [](const Value& each) { return each.is_error(); });
  return found == args.data() + args.size() ? nullptr : found;
}

// The model prices a call by its arguments only where the checker knew which overload it is.
std::uint64_t cost_before(const CallNode& node, Args args) {
  if (!node.is_priced) return 1;
  const Overload& overload = node.candidates[0].overload;
  if (overload.cost != nullptr) return overload.cost(args);
  return overload.result_cost == nullptr ? 1 : 0;
}

// Where the model does not price the call by what it reads, what that may take.
std::uint64_t steps_before(const CallNode& node, const Overload& overload, Args args) {
  std::uint64_t octets = 0;
  std::uint64_t items = 0;
  for (const Value& each : args) {
    if (each.is(Kind::kString) || each.is(Kind::kBytes)) octets += each.as_text().size();
    if (each.is(Kind::kList)) items += list_size(each);
  }
  const std::uint64_t counting = octets / kOctetsCountedPerStep;
  if (overload.cost == nullptr) return counting + octets * kStepsOfOctet + items * kStepsOfItem;
  if (node.is_priced) return counting;
  const std::uint64_t cost = overload.cost(args);
  return cost > UINT64_MAX / kStepsOfUnit ? UINT64_MAX : counting + cost * kStepsOfUnit;
}

// An error among the arguments has the size of any single value.
Value fail_with_argument(const CallNode& node, Args args, const Value& error, Frame& frame) {
  std::array<Value, kParamsMax> priced;
  for (std::size_t index = 0; index < args.size(); ++index) {
    priced[index] = args[index].is_error() ? Value::null() : args[index];
  }
  const std::uint64_t cost = cost_before(node, {priced.data(), args.size()});
  return frame.charge(cost) ? error : out_of_budget();
}

Value call(const CallNode& node, Args args, Frame& frame) {
  if (const Value* error = find_error(args)) return fail_with_argument(node, args, *error, frame);
  for (const Candidate& candidate : node.candidates) {
    if (!fits(candidate, args)) continue;
    if (!frame.charge(cost_before(node, args))) return out_of_budget();
    Arena& arena = frame.context.arena();
    if (!arena.spend(steps_before(node, candidate.overload, args))) return out_of_work();
    const Value result = Caller::call(frame.context, candidate.overload, candidate.prepared, args);
    if (node.is_priced && candidate.overload.result_cost != nullptr &&
        !frame.charge(candidate.overload.result_cost(args, result))) {
      return out_of_budget();
    }
    return arena.is_spent() ? out_of_work() : result;
  }
  if (!frame.charge(1)) return out_of_budget();
  return frame.context.fail(Fault::kNoSuchOverload, node.name);
}

}  // namespace

Value run_call_unary(const Node& node, Frame& frame) {
  const auto& unary = as<CallNode>(node);
  const Value argument = run(*unary.arguments[0], frame);
  return call(unary, {&argument, 1}, frame);
}

Value run_call_binary(const Node& node, Frame& frame) {
  const auto& binary = as<CallNode>(node);
  const Value first = run(*binary.arguments[0], frame);
  const std::array arguments{first, run(*binary.arguments[1], frame)};
  return call(binary, arguments, frame);
}

// None, or more than two: the first error ends it, at no cost of the call but where it is the last.
Value run_call(const Node& node, Frame& frame) {
  const auto& many = as<CallNode>(node);
  std::array<Value, kParamsMax> arguments;
  for (std::size_t index = 0; index < many.arguments.size(); ++index) {
    arguments[index] = run(*many.arguments[index], frame);
    if (arguments[index].is_error() && index + 1 < many.arguments.size()) return arguments[index];
  }
  return call(many, {arguments.data(), many.arguments.size()}, frame);
}

Value run_or_value(const Node& node, Frame& frame) {
  const auto& alternative = as<AlternativeNode>(node);
  const Value optional = run(*alternative.optional, frame);
  if (optional.is_error()) return optional;
  if (!optional.is(Kind::kOptional)) return frame.context.fail(Fault::kNoSuchOverload, "orValue");
  if (optional.optional_value() != nullptr) return *optional.optional_value();
  return run(*alternative.alternative, frame);
}

Value run_or_optional(const Node& node, Frame& frame) {
  const auto& alternative = as<AlternativeNode>(node);
  const Value optional = run(*alternative.optional, frame);
  if (optional.is_error()) return optional;
  if (!optional.is(Kind::kOptional)) return frame.context.fail(Fault::kNoSuchOverload, "or");
  if (optional.optional_value() != nullptr) return optional;
  const Value other = run(*alternative.alternative, frame);
  if (other.is_error() || other.is(Kind::kOptional)) return other;
  return frame.context.fail(Fault::kNoSuchOverload, "or");
}

}  // namespace cel
