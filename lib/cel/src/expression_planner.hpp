// expression_planner.hpp: the planner's own: one plan under way.
//
// planner.cpp has names, operators and calls; planner_forms.cpp literals and forms with variables;
// planner_fusion.cpp what is done at once.
#pragma once

#include <algorithm>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "estimate.hpp"
#include "nodes.hpp"
#include "planner.hpp"

namespace cel {

// A part of the expression as it was planned.
struct Part {
  const Node* node = nullptr;
  Estimate estimate{};
  bool is_constant = false;
  Value value{};  // of a constant
};

class Planner {
 public:
  Planner(const Ast& ast, const Checked& checked, std::string_view source,
          const Declarations& declarations, Plan& plan)
      : ast_(ast),
        checked_(checked),
        source_(source),
        options_(declarations.options()),
        plan_(plan),
        slots_(checked.local_count) {}

  base::Status<Diagnostics> plan();

 private:
  void fault(ExprId id, std::string message);

  // ---- making

  template <class T>
  const Node* make(Node::Run run, T node) {
    auto* room = plan_.arena.allocate_array<T>(1);
    static ConstantNode no_room = [] {
      ConstantNode refused;
      refused.run = &run_constant;
      refused.value = Value::error(Fault::kMemoryLimit);
      return refused;
    }();
    if (room == nullptr) return &no_room;
    node.run = run;
    return new (room) T(node);
  }

  template <class T>
  std::span<const T> keep(const std::vector<T>& items) {
    auto* room = plan_.arena.allocate_array<T>(items.size());
    if (room == nullptr) return {};
    std::uninitialized_copy(items.begin(), items.end(), room);
    return {room, items.size()};
  }

  std::string_view keep(std::string_view text);
  Value keep(const Value& value);
  Part constant(const Value& value);

  // A part whose parts are constants is evaluated now; what fails is left for the evaluation, which
  // may never come to it.
  Part fold(Part part, bool is_constant);

  // ---- parts

  // `is_branch`: the model does not charge the name at the beginning of a chain.
  Part plan_part(ExprId id, bool is_branch = false);
  Part plan_name(ExprId id, bool is_branch);
  [[nodiscard]] Estimate name_estimate(ExprId id, std::uint64_t cost) const;

  [[nodiscard]] Bounds size_of(ExprId id) const { return size_of_type(checked_.types[id]); }

  // The checker puts a constant in the place of its name; without it the name is looked up.
  Part plan_constant_name(const Value& value, bool is_branch);

  // Names and chains of them: what the model calls an attribute.
  [[nodiscard]] bool is_attribute(ExprId id) const;
  Part plan_select(ExprId id, bool is_branch);

  // A name and a constant key: what most rules are made of.
  Part fuse_field(const SelectNode& select, const Part& general);

  // The place of a field in a declared record.
  [[nodiscard]] std::uint32_t field_index(ExprId operand, const Value& key) const;

  // ---- operators

  Part plan_operator(ExprId id);
  Part fuse_equality(const BinaryNode& binary, const Node& operand, const Part& constant,
                     const Part& general);
  Part fuse_in(const BinaryNode& binary, const Part& list, const Part& general);
  static Node::Run operator_run(Operator op);

  // The model charges sizes only where the checker settled on one overload.
  [[nodiscard]] CostMode cost_mode(ExprId id) const;
  Part plan_logic(ExprId id, Node::Run run);
  Part plan_conditional(ExprId id);

  Part plan_branch(ExprId id) { return plan_part(id, is_attribute(id)); }

  // ---- calls

  Part plan_call(ExprId id);
  Part plan_alternative(ExprId id, std::span<const Part> parts);
  Candidate candidate(ExprId id, const OverloadDeclaration& declaration,
                      std::span<const Part> parts);

  // ---- literals

  Part plan_list(ExprId id);
  Part plan_map(ExprId id);
  Part plan_message(ExprId id);

  // ---- forms with variables

  Part plan_fold(ExprId id);
  Part plan_bind(ExprId id);
  Part plan_block(ExprId id);
  const Ast& ast_;
  const Checked& checked_;
  std::string_view source_;
  const EnvironmentOptions& options_;
  Plan& plan_;
  std::vector<const Node*> slots_;  // of blocks, by local
  Diagnostics faults_;
  std::shared_ptr<PatternCache> patterns_;  // for what is folded
};

}  // namespace cel
