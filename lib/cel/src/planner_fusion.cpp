#include "cel/collections.hpp"
#include "cel/compare.hpp"
#include "expression_planner.hpp"
#include "fused_nodes.hpp"

namespace cel {

Part Planner::fuse_field(const SelectNode& select, const Part& general) {
  if (!options_.optimize || !select.key.is(Kind::kString)) return general;
  const Node::Run operand_run = select.operand->run;
  if (operand_run != &run_variable && operand_run != &run_local) return general;
  const auto& name = as<NameNode>(*select.operand);
  FieldNode node;
  node.general = general.node;
  node.source.is_local = operand_run == &run_local;
  node.source.index = name.index;
  node.source.field = select.field;
  node.source.cost = name.cost + select.base_cost + 1;
  node.source.key = select.key;
  node.source.key_hash = hash(select.key);
  return {make(&run_field, node), general.estimate};
}

Part Planner::fuse_equality(const BinaryNode& binary, const Node& operand, const Part& constant,
                            const Part& general) {
  if (operand.run != &run_field || !constant.value.is(Kind::kString)) return general;
  // A folded constant costs something; a literal does not.
  if (constant.node->run != &run_constant) return general;
  FieldEqualNode node;
  node.general = general.node;
  node.source = as<FieldNode>(operand).source;
  node.constant = constant.value;
  node.constant_size = cost_size(constant.value);
  node.is_negated = binary.op == Operator::kNotEqual;
  return {make(&run_field_equal, node), general.estimate};
}

Part Planner::fuse_in(const BinaryNode& binary, const Part& list, const Part& general) {
  if (!list.is_constant || !list.value.is(Kind::kList)) return general;
  MapBuilder constants(plan_.arena, list_size(list.value));
  for (std::size_t index = 0; index < list_size(list.value); ++index) {
    const Value each = list_at(list.value, index, plan_.arena);
    if (!each.is(Kind::kString) && !each.is(Kind::kInt)) return general;
    constants.add(each, Value::null());
  }
  const Value set = constants.finish();
  if (set.is_error()) return general;
  InConstantsNode node;
  node.general = general.node;
  node.needle = binary.left;
  node.constants = &set.map_node();
  node.cost = binary.mode == CostMode::kContainer ? list_size(list.value) : 1;
  if (list.node->run == &run_folded) node.cost += as<FoldedNode>(*list.node).cost;
  return {make(&run_in_constants, node), general.estimate};
}

}  // namespace cel
