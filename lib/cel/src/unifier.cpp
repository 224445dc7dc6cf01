#include "unifier.hpp"

#include <algorithm>
#include <array>

namespace cel {

namespace {

bool is_dyn_or_error(const Type* type) noexcept {
  return type->kind == TypeKind::kDyn || type->kind == TypeKind::kError;
}

// Null stands for a missing object of these.
bool takes_null(const Type* type) noexcept {
  switch (type->kind) {
    case TypeKind::kNull:
    case TypeKind::kWrapper:
    case TypeKind::kOpaque:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration: return true;
    default: return false;
  }
}

const Type* without_wrapper(const Type* type) noexcept {
  return type->kind == TypeKind::kWrapper ? type->params[0] : type;
}

bool is_primitive(const Type* type) noexcept {
  switch (type->kind) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kUint:
    case TypeKind::kDouble:
    case TypeKind::kString:
    case TypeKind::kBytes: return true;
    default: return false;
  }
}

// Whether `left` says as much as `right`, or less: dyn says least.
bool is_more_general(const Type* left, const Type* right) noexcept {
  if (left->kind == TypeKind::kDyn || left->kind == TypeKind::kParam) return true;
  if (right->kind == TypeKind::kDyn || right->kind == TypeKind::kParam) return false;
  if (right->kind == TypeKind::kNull) return takes_null(left);
  if (left->kind == TypeKind::kNull) return false;
  if (left->kind == TypeKind::kWrapper) return same_type(left->params[0], without_wrapper(right));
  if (left->kind != right->kind || left->name != right->name) return false;
  if (left->kind == TypeKind::kType) return true;
  return std::equal(left->params.begin(), left->params.end(), right->params.begin(),
                    right->params.end(), is_more_general);
}

const Type* most_general(const Type* left, const Type* right) noexcept {
  return is_more_general(left, right) ? left : right;
}

}  // namespace

const Type* Unifier::fresh() { return types_.param(reserve_variables(1)); }

std::uint32_t Unifier::reserve_variables(std::uint32_t count) {
  const auto first = static_cast<std::uint32_t>(bindings_.size());
  bindings_.resize(bindings_.size() + count);
  return first;
}

const Type* Unifier::instantiate(const Type* type, std::uint32_t first) {
  if (!type->has_param) return type;
  if (type->kind == TypeKind::kParam) return types_.param(type->number + first);
  std::array<const Type*, 8> parts{};
  const std::size_t count = std::min(parts.size(), type->params.size());
  for (std::size_t index = 0; index < count; ++index) {
    parts[index] = instantiate(type->params[index], first);
  }
  return types_.with_params(type, {parts.data(), count});
}

void Unifier::set(std::uint32_t number, const Type* type) {
  undo_.push_back({number, bindings_[number]});
  bindings_[number] = type;
}

void Unifier::roll_back(std::size_t mark) {
  for (; undo_.size() > mark; undo_.pop_back()) bindings_[undo_.back().number] = undo_.back().old;
}

bool Unifier::assign(const Type* from, const Type* to) {
  const std::size_t mark = undo_.size();
  if (try_assign(from, to)) return true;
  roll_back(mark);
  return false;
}

bool Unifier::assign_all(std::span<const Type* const> from, std::span<const Type* const> to) {
  const std::size_t mark = undo_.size();
  if (try_assign_all(from, to)) return true;
  roll_back(mark);
  return false;
}

bool Unifier::try_assign_all(std::span<const Type* const> from, std::span<const Type* const> to) {
  if (from.size() != to.size()) return false;
  for (std::size_t index = 0; index < from.size(); ++index) {
    if (!try_assign(from[index], to[index])) return false;
  }
  return true;
}

bool Unifier::try_assign(const Type* from, const Type* to) {
  if (to->kind == TypeKind::kParam) {
    bool is_bound = false;
    if (bind(to, from, is_bound)) return true;
    if (is_bound) return false;
  }
  if (from->kind == TypeKind::kParam) {
    bool is_bound = false;
    return bind(from, to, is_bound);
  }
  if (is_dyn_or_error(from) || is_dyn_or_error(to)) return true;
  if (from->kind == TypeKind::kNull) return takes_null(to);
  if (to->kind == TypeKind::kNull) return takes_null(from);
  return assign_concrete(without_wrapper(from), without_wrapper(to));
}

bool Unifier::assign_concrete(const Type* from, const Type* to) {
  if (from->kind == TypeKind::kRecord && to->kind == TypeKind::kMap) {
    const std::array parts{simple_type(TypeKind::kString), from->record->field_type};
    return try_assign_all(parts, to->params);
  }
  if (from->kind == TypeKind::kMap && to->kind == TypeKind::kRecord) {
    const std::array parts{simple_type(TypeKind::kString), to->record->field_type};
    return try_assign_all(from->params, parts);
  }
  if (from->kind != to->kind) return false;
  switch (from->kind) {
    case TypeKind::kType: return true;
    case TypeKind::kRecord: return from->record == to->record;
    case TypeKind::kOpaque:
    case TypeKind::kList:
    case TypeKind::kMap: return from->name == to->name && try_assign_all(from->params, to->params);
    default: return true;
  }
}

bool Unifier::bind(const Type* variable, const Type* type, bool& is_bound) {
  if (same_type(variable, type)) return is_bound = true;
  const Type* bound = bindings_[variable->number];
  if (bound != nullptr) {
    is_bound = true;
    if (same_type(bound, type)) return true;
    if (!try_assign(type, bound)) return false;
    const Type* general = most_general(type, bound);
    if (!occurs(variable, general)) set(variable->number, general);
    return true;
  }
  if (occurs(variable, type)) return false;
  set(variable->number, type);
  return true;
}

bool Unifier::occurs(const Type* variable, const Type* within) const {
  if (!within->has_param) return false;
  if (within->kind == TypeKind::kParam) {
    if (within->number == variable->number) return true;
    const Type* bound = bindings_[within->number];
    return bound != nullptr && occurs(variable, bound);
  }
  return std::any_of(within->params.begin(), within->params.end(),
                     [&](const Type* each) { return occurs(variable, each); });
}

const Type* Unifier::substitute(const Type* type, bool finally) {
  if (!type->has_param) return type;
  if (type->kind == TypeKind::kParam) {
    const Type* bound = bindings_[type->number];
    if (bound != nullptr) return substitute(bound, finally);
    return finally ? simple_type(TypeKind::kDyn) : type;
  }
  std::array<const Type*, 8> parts{};
  const std::size_t count = std::min(parts.size(), type->params.size());
  for (std::size_t index = 0; index < count; ++index) {
    parts[index] = substitute(type->params[index], finally);
  }
  return types_.with_params(type, {parts.data(), count});
}

const Type* Unifier::join(const Type* previous, const Type* current) {
  if (previous == nullptr) return current;
  if (assign(previous, current)) return most_general(previous, current);
  if (assign(current, previous)) return most_general(current, previous);
  if (previous->kind == TypeKind::kNull && is_primitive(current)) return types_.wrapper(current);
  if (current->kind == TypeKind::kNull && is_primitive(previous)) return types_.wrapper(previous);
  return simple_type(TypeKind::kDyn);
}

}  // namespace cel
