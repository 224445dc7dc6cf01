#include "expression_planner.hpp"
#include "macro_costs.hpp"

namespace cel {

namespace {

Node::Run fold_run(FoldKind kind) {
  switch (kind) {
    case FoldKind::kAll: return &run_all;
    case FoldKind::kExists: return &run_exists;
    case FoldKind::kExistsOne: return &run_exists_one;
    case FoldKind::kMap: return &run_transform_list;
    default: return &run_transform_map;
  }
}

}  // namespace

Part Planner::plan_list(ExprId id) {
  std::vector<ListElement> elements;
  Estimate estimate{Bounds::exactly(kListCost), {}};
  bool is_constant = true;
  for (const ExprId child : ast_.children(id)) {
    const bool is_optional = ast_[child].kind == ExprKind::kOptionalElement;
    const Part part = plan_part(is_optional ? ast_.child(child, 0) : child);
    estimate.cost = estimate.cost + part.estimate.cost;
    estimate.size = estimate.size + Bounds{is_optional ? 0U : 1U, 1};
    elements.push_back({part.node, is_optional});
    is_constant = is_constant && part.is_constant;
  }
  ListLiteralNode node;
  node.elements = keep(elements);
  return fold({make(&run_list, node), estimate}, is_constant);
}

Part Planner::plan_map(ExprId id) {
  std::vector<MapLiteralEntry> entries;
  Estimate estimate{Bounds::exactly(kMapCost), {}};
  bool is_constant = true;
  for (const ExprId child : ast_.children(id)) {
    const Part key = plan_part(ast_.child(child, 0));
    const Part value = plan_part(ast_.child(child, 1));
    estimate.cost = estimate.cost + key.estimate.cost + value.estimate.cost;
    estimate.size = estimate.size + Bounds{ast_[child].is_optional ? 0U : 1U, 1};
    entries.push_back({key.node, value.node, ast_[child].is_optional});
    is_constant = is_constant && key.is_constant && value.is_constant;
  }
  MapLiteralNode node;
  node.entries = keep(entries);
  return fold({make(&run_map, node), estimate}, is_constant);
}

Part Planner::plan_message(ExprId id) {
  std::vector<MessageField> fields;
  Bounds cost = Bounds::exactly(kMessageCost);
  for (const ExprId child : ast_.children(id)) {
    const Part value = plan_part(ast_.child(child, 0));
    cost = cost + value.estimate.cost;
    fields.push_back({keep(ast_[child].name), value.node, ast_[child].is_optional});
  }
  MessageNode node;
  node.message = static_cast<WellKnown>(checked_.references[id].index);
  node.name = keep(ast_[id].name);
  node.fields = keep(fields);
  return {make(&run_message, node), {cost, Bounds::at_most(kUnbounded)}};
}

Part Planner::plan_fold(ExprId id) {
  const Expr& expr = ast_[id];
  FoldNode node;
  const Part range = plan_part(ast_.child(id, 0));
  Part filter;
  if (ast_.child(id, 1) != kNoExpr) filter = plan_part(ast_.child(id, 1));
  const Part body = plan_part(ast_.child(id, 2));
  node.range = range.node;
  node.filter = filter.node;
  node.body = body.node;
  node.slot = checked_.references[id].index;
  node.kind = expr.fold;
  node.has_two = !expr.second_name.empty();
  const Estimate* filter_estimate = filter.node == nullptr ? nullptr : &filter.estimate;
  return {make(fold_run(expr.fold), node),
          fold_estimate(expr.fold, range.estimate, filter_estimate, body.estimate)};
}

Part Planner::plan_bind(ExprId id) {
  const Expr& expr = ast_[id];
  const Part value = plan_part(ast_.child(id, 0));
  const Part body = plan_part(ast_.child(id, 1));
  BindNode node;
  node.value = value.node;
  node.body = body.node;
  node.slot = checked_.references[id].index;
  node.is_flat = expr.is_flat;
  if (expr.kind == ExprKind::kBind) {
    return {make(&run_bind, node),
            {value.estimate.cost + body.estimate.cost + Bounds::exactly(kBindCost),
             body.estimate.size}};
  }
  const std::uint64_t calls = expr.is_flat ? 2 * kCallCost : 3 * kCallCost;
  const Bounds with_value =
      value.estimate.cost + body.estimate.cost + Bounds::exactly(calls + kBindCost);
  return {make(&run_optional_map, node),
          {value.estimate.cost + either(Bounds::exactly(2 * kCallCost), with_value),
           Bounds::exactly(1)}};
}

Part Planner::plan_block(ExprId id) {
  const auto children = ast_.children(id);
  BlockNode node;
  node.slot = checked_.references[id].index;
  node.slot_count = static_cast<std::uint32_t>(children.size() - 1);
  for (std::uint32_t index = 0; index < node.slot_count; ++index) {
    SlotNode slot;
    slot.slot = node.slot + index;
    slot.value = plan_part(children[index]).node;
    slots_[slot.slot] = make(&run_slot, slot);
  }
  node.body = plan_part(children.back()).node;
  return {make(&run_block, node), {{}, Bounds::at_most(kUnbounded)}};
}

}  // namespace cel
