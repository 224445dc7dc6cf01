#include "types.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace cel {

namespace {

struct SimpleName {
  TypeKind kind;
  std::string_view name;
};

constexpr SimpleName kSimpleNames[] = {
    {TypeKind::kError, "error"},
    {TypeKind::kDyn, "dyn"},
    {TypeKind::kNull, "null_type"},
    {TypeKind::kBool, "bool"},
    {TypeKind::kInt, "int"},
    {TypeKind::kUint, "uint"},
    {TypeKind::kDouble, "double"},
    {TypeKind::kString, "string"},
    {TypeKind::kBytes, "bytes"},
    {TypeKind::kTimestamp, "google.protobuf.Timestamp"},
    {TypeKind::kDuration, "google.protobuf.Duration"},
    {TypeKind::kType, "type"},
};

constexpr int kDepthMax = 64;  // of a type that is written out

void append_params(std::string& text, const Type* type);

void append_type(std::string& text, const Type* type) {
  switch (type->kind) {
    case TypeKind::kList: text += "list"; break;
    case TypeKind::kMap: text += "map"; break;
    case TypeKind::kWrapper: text += "wrapper"; break;
    case TypeKind::kOpaque:
    case TypeKind::kRecord: text += type->name; break;
    case TypeKind::kParam:
      text += static_cast<char>('A' + static_cast<char>(type->number % 26));
      break;
    default: text += kSimpleNames[static_cast<std::size_t>(type->kind)].name;
  }
  append_params(text, type);
}

void append_params(std::string& text, const Type* type) {
  if (type->params.empty()) return;
  text += '(';
  for (std::size_t index = 0; index < type->params.size(); ++index) {
    if (index > 0) text += ", ";
    append_type(text, type->params[index]);
  }
  text += ')';
}

}  // namespace

const Type* simple_type(TypeKind kind) noexcept {
  static constexpr auto kSimple = [] {
    std::array<Type, std::size(kSimpleNames)> types{};
    for (std::size_t index = 0; index < types.size(); ++index) {
      types[index].kind = kSimpleNames[index].kind;
    }
    return types;
  }();
  return &kSimple[static_cast<std::size_t>(kind)];
}

const Type* TypeFactory::make(Type type, std::span<const Type* const> params) {
  auto* kept = arena_.allocate_array<const Type*>(params.size());
  auto* made = arena_.allocate_array<Type>(1);
  if (kept == nullptr || made == nullptr) return simple_type(TypeKind::kError);
  std::copy(params.begin(), params.end(), kept);
  type.params = {kept, params.size()};
  type.has_param =
      type.kind == TypeKind::kParam ||
      std::any_of(params.begin(), params.end(), [](const Type* each) { return each->has_param; });
  return new (made) Type(type);
}

const Type* TypeFactory::list(const Type* element) {
  return make({.kind = TypeKind::kList}, {&element, 1});
}

const Type* TypeFactory::map(const Type* key, const Type* value) {
  const std::array parts{key, value};
  return make({.kind = TypeKind::kMap}, parts);
}

const Type* TypeFactory::optional(const Type* value) {
  return make({.kind = TypeKind::kOpaque, .name = kOptionalName}, {&value, 1});
}

const Type* TypeFactory::type_of(const Type* type) {
  return make({.kind = TypeKind::kType}, {&type, 1});
}

const Type* TypeFactory::wrapper(const Type* primitive) {
  return make({.kind = TypeKind::kWrapper}, {&primitive, 1});
}

const Type* TypeFactory::param(std::uint32_t number) {
  return make({.kind = TypeKind::kParam, .number = number}, {});
}

const Type* TypeFactory::record(const RecordDeclaration& declaration) {
  return make({.kind = TypeKind::kRecord, .name = declaration.name, .record = &declaration}, {});
}

const Type* TypeFactory::opaque(std::string_view name, std::span<const Type* const> params) {
  auto* kept = arena_.allocate_array<char>(name.size());
  if (kept == nullptr) return simple_type(TypeKind::kError);
  std::copy(name.begin(), name.end(), kept);
  return make({.kind = TypeKind::kOpaque, .name = {kept, name.size()}}, params);
}

const Type* TypeFactory::with_params(const Type* type, std::span<const Type* const> params) {
  return make(*type, params);
}

bool same_type(const Type* left, const Type* right) noexcept {
  if (left == right) return true;
  return left->kind == right->kind && left->number == right->number &&
         left->record == right->record && left->name == right->name &&
         std::equal(left->params.begin(), left->params.end(), right->params.begin(),
                    right->params.end(), same_type);
}

std::string to_text(const Type* type) {
  std::string text;
  append_type(text, type);
  return text;
}

Kind kind_of(const Type* type) noexcept {
  switch (type->kind) {
    case TypeKind::kNull: return Kind::kNull;
    case TypeKind::kBool: return Kind::kBool;
    case TypeKind::kInt: return Kind::kInt;
    case TypeKind::kUint: return Kind::kUint;
    case TypeKind::kDouble: return Kind::kDouble;
    case TypeKind::kString: return Kind::kString;
    case TypeKind::kBytes: return Kind::kBytes;
    case TypeKind::kTimestamp: return Kind::kTimestamp;
    case TypeKind::kDuration: return Kind::kDuration;
    case TypeKind::kType: return Kind::kType;
    case TypeKind::kList: return Kind::kList;
    case TypeKind::kMap:
    case TypeKind::kRecord: return Kind::kMap;
    case TypeKind::kOpaque: return is_optional(type) ? Kind::kOptional : Kind::kOpaque;
    default: return Kind::kAbsent;
  }
}

bool TypeReader::take(std::string_view token) noexcept {
  while (!text_.empty() && text_.front() == ' ') text_.remove_prefix(1);
  if (text_.substr(0, token.size()) != token) return false;
  text_.remove_prefix(token.size());
  return true;
}

bool TypeReader::at_end() noexcept {
  static_cast<void>(take(" "));
  return text_.empty();
}

std::string_view TypeReader::word() noexcept {
  static_cast<void>(take(""));
  std::size_t size = 0;
  while (size < text_.size() && text_[size] != ' ' && text_[size] != ',' && text_[size] != '(' &&
         text_[size] != ')') {
    ++size;
  }
  const std::string_view found = text_.substr(0, size);
  text_.remove_prefix(size);
  return found;
}

const Type* TypeReader::named(std::string_view name, std::span<const Type* const> params) {
  if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') {
    auto at = letters_.find(name[0]);
    if (at == std::string::npos) {
      at = letters_.size();
      letters_ += name[0];
    }
    return factory_.param(static_cast<std::uint32_t>(at));
  }
  if (name == "list" && params.size() == 1) return factory_.list(params[0]);
  if (name == "map" && params.size() == 2) return factory_.map(params[0], params[1]);
  if (name == "type" && params.size() == 1) return factory_.type_of(params[0]);
  if (name == "wrapper" && params.size() == 1) return factory_.wrapper(params[0]);
  if (name == "list" || name == "map") return nullptr;
  for (const SimpleName& simple : kSimpleNames) {
    if (simple.name == name) return params.empty() ? simple_type(simple.kind) : nullptr;
  }
  for (const RecordDeclaration* record : records_) {
    if (record->name == name) return factory_.record(*record);
  }
  return factory_.opaque(name, params);
}

const Type* TypeReader::read_at(int depth) {
  const std::string_view name = word();
  if (name.empty() || depth == 0) return nullptr;
  std::vector<const Type*> params;
  if (take("(")) {
    do {
      const Type* param = read_at(depth - 1);
      if (param == nullptr) return nullptr;
      params.push_back(param);
    } while (take(","));
    if (!take(")")) return nullptr;
  }
  return named(name, params);
}

const Type* TypeReader::read() { return read_at(kDepthMax); }

TypeReader::Signature TypeReader::read_signature() {
  Signature signature;
  if (!take("(")) return signature;
  if (!take(")")) {
    do {
      const Type* param = read();
      if (param == nullptr) return signature;
      signature.params.push_back(param);
    } while (take(","));
    if (!take(")")) return signature;
  }
  if (!take("->")) return signature;
  signature.result = read();
  if (!at_end()) signature.result = nullptr;
  signature.type_param_count = static_cast<std::uint32_t>(letters_.size());
  return signature;
}

}  // namespace cel
