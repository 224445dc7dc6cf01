#include <algorithm>

#include "cel/collections.hpp"
#include "type_checker.hpp"
#include "well_known.hpp"

namespace cel {

namespace {

bool may_be_key(const Type* type) noexcept {
  switch (type->kind) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kUint:
    case TypeKind::kString:
    case TypeKind::kParam:
    case TypeKind::kDyn:
    case TypeKind::kError: return true;
    case TypeKind::kWrapper: return may_be_key(type->params[0]);
    default: return false;
  }
}

}  // namespace

const Type* Checker::type_of_unwrapped(ExprId id) {
  const Type* type = unifier_.substitute(visit(id));
  if (is_optional(type)) return type->params[0];
  if (!is_open(type) && type->kind != TypeKind::kParam) {
    fault(id, "an optional is wanted behind '?', this is " + shown(type));
  }
  return dyn_type();
}

const Type* Checker::type_of_list(ExprId id) {
  const Type* element = nullptr;
  for (const ExprId each : ast_.children(id)) element = unifier_.join(element, visit(each));
  return unifier_.types().list(element == nullptr ? unifier_.fresh() : element);
}

const Type* Checker::type_of_map(ExprId id) {
  const Type* key = nullptr;
  const Type* value = nullptr;
  for (const ExprId entry : ast_.children(id)) {
    const ExprId key_id = ast_.child(entry, 0);
    const Type* key_type = unifier_.substitute(visit(key_id));
    if (!may_be_key(key_type)) {
      fault(key_id, "a map key is a bool, int, uint or string, this is " + shown(key_type));
      key_type = error_type();
    }
    key = unifier_.join(key, key_type);
    const ExprId value_id = ast_.child(entry, 1);
    value = unifier_.join(value,
                          ast_[entry].is_optional ? type_of_unwrapped(value_id) : visit(value_id));
  }
  if (key == nullptr) return unifier_.types().map(unifier_.fresh(), unifier_.fresh());
  return unifier_.types().map(key, value);
}

const Type* Checker::type_of_struct(ExprId id) {
  const Expr& expr = ast_[id];
  const std::string_view name = resolve_message(expr.name);
  const WellKnown message = find_well_known(name);
  for (const ExprId entry : ast_.children(id)) {
    const ExprId value = ast_.child(entry, 0);
    const Type* type = ast_[entry].is_optional ? type_of_unwrapped(value) : visit(value);
    if (message == WellKnown::kNone) continue;
    const Type* wanted = field_type(message, ast_[entry].name, unifier_.types());
    if (wanted == nullptr) {
      fault(entry, quoted(name) + " has no field " + quoted(ast_[entry].name));
    } else if (!unifier_.assign(type, wanted)) {
      fault(entry, "a value of type " + shown(wanted) + " is wanted here, this is " + shown(type));
    }
  }
  if (message == WellKnown::kNone) {
    fault(id, "protobuf messages are not supported: " + quoted(expr.name));
    return error_type();
  }
  checked_.references[id].index = static_cast<std::uint32_t>(message);
  return type_of(message, unifier_.types());
}

std::string_view Checker::resolve_message(std::string_view name) {
  if (name.substr(0, 1) == ".") return name.substr(1);
  // The container's own messages come first; only protobuf's have a meaning.
  if (declarations_.options().container == "google.protobuf" &&
      name.find('.') == std::string_view::npos) {
    auto* kept = arena_.allocate_array<char>(name.size() + 16);
    if (kept == nullptr) return name;
    constexpr std::string_view kPrefix = "google.protobuf.";
    std::copy(kPrefix.begin(), kPrefix.end(), kept);
    std::copy(name.begin(), name.end(), kept + kPrefix.size());
    return {kept, kPrefix.size() + name.size()};
  }
  return name;
}

std::uint32_t Checker::enter(std::string_view name, const Type* type) {
  const auto slot = static_cast<std::uint32_t>(next_slot_++);
  checked_.local_count = std::max(checked_.local_count, slot + 1);
  locals_.push_back({name, type, slot});
  return slot;
}

const Type* Checker::type_of_fold(ExprId id) {
  const Expr& expr = ast_[id];
  const ExprId range_id = ast_.child(id, 0);
  const Type* range = unifier_.substitute(visit(range_id));
  const bool has_two = !expr.second_name.empty();
  const Type* first = dyn_type();
  const Type* second = dyn_type();
  switch (range->kind) {
    case TypeKind::kList:
      first = has_two ? simple_type(TypeKind::kInt) : range->params[0];
      second = range->params[0];
      break;
    case TypeKind::kMap:
      first = range->params[0];
      second = range->params[1];
      break;
    case TypeKind::kRecord:
      first = simple_type(TypeKind::kString);
      second = range->record->field_type;
      break;
    case TypeKind::kParam: static_cast<void>(unifier_.assign(dyn_type(), range)); break;
    default:
      if (!is_open(range)) fault(range_id, "a list or map is wanted here, this is " + shown(range));
  }
  checked_.references[id].index = enter(expr.name, first);
  // The second slot is kept also when there is no second variable.
  enter(has_two ? expr.second_name : std::string_view(), second);
  const Type* type = type_of_fold_body(id, first);
  leave(2);
  return type;
}

const Type* Checker::type_of_fold_body(ExprId id, const Type* key) {
  const ExprId filter = ast_.child(id, 1);
  const ExprId body = ast_.child(id, 2);
  if (filter != kNoExpr) want(filter, bool_type());
  switch (ast_[id].fold) {
    case FoldKind::kAll:
    case FoldKind::kExists:
    case FoldKind::kExistsOne: want(body, bool_type()); return bool_type();
    case FoldKind::kMap: return unifier_.types().list(unifier_.substitute(visit(body)));
    case FoldKind::kTransformMap:
      return unifier_.types().map(unifier_.substitute(key), unifier_.substitute(visit(body)));
    case FoldKind::kTransformMapEntry: break;
  }
  const Type* entries = unifier_.types().map(unifier_.fresh(), unifier_.fresh());
  want(body, entries);
  return unifier_.substitute(entries);
}

const Type* Checker::type_of_bind(ExprId id) {
  const Type* value = visit(ast_.child(id, 0));
  checked_.references[id].index = enter(ast_[id].name, value);
  const Type* type = visit(ast_.child(id, 1));
  leave(1);
  return type;
}

const Type* Checker::type_of_optional_map(ExprId id) {
  const ExprId target = ast_.child(id, 0);
  const Type* optional = unifier_.types().optional(unifier_.fresh());
  want(target, optional);
  checked_.references[id].index = enter(ast_[id].name, unifier_.substitute(optional)->params[0]);
  const ExprId body = ast_.child(id, 1);
  const Type* type = nullptr;
  if (ast_[id].is_flat) {
    type = unifier_.types().optional(unifier_.fresh());
    want(body, type);
    type = unifier_.substitute(type);
  } else {
    type = unifier_.types().optional(unifier_.substitute(visit(body)));
  }
  leave(1);
  return type;
}

const Type* Checker::type_of_block(ExprId id) {
  const auto children = ast_.children(id);
  const std::size_t count = children.size() - 1;
  const std::size_t first = locals_.size();
  checked_.references[id].index = static_cast<std::uint32_t>(next_slot_);
  for (std::size_t index = 0; index < count; ++index) enter({}, dyn_type());
  for (std::size_t index = 0; index < count; ++index) {
    visit(children[index]);
    TextBuilder name(arena_);
    name.add("@index");
    name.add(std::to_string(index));
    locals_[first + index].name = name.text();
  }
  const Type* type = visit(children[count]);
  leave(count);
  return type;
}

}  // namespace cel
