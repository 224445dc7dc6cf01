// types.hpp: what the checker knows of a value.
//
// Types are immutable, made in an arena and compared by structure. A type parameter is numbered:
// in a declaration from 0, in a check by the variable that stands for it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/arena.hpp"
#include "cel/value.hpp"

namespace cel {

struct RecordDeclaration;

enum class TypeKind : std::uint8_t {
  kError,
  kDyn,
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,
  kDuration,
  kType,     // [what it is the type of], or none
  kList,     // [element]
  kMap,      // [key, value]
  kOpaque,   // name, any number; optionals are `optional_type`
  kRecord,   // a map(string, …) with known keys
  kWrapper,  // [primitive]: that or null
  kParam,    // number
};

struct Type {
  TypeKind kind = TypeKind::kError;
  bool has_param = false;
  std::uint32_t number = 0;
  std::string_view name{};
  std::span<const Type* const> params{};
  const RecordDeclaration* record = nullptr;
};

// Fields are in the order of their declaration; a record is a map with string keys at run time.
struct RecordDeclaration {
  std::string name;
  std::vector<std::string> field_names;
  const Type* field_type = nullptr;  // all have the same
  bool may_be_empty = false;         // then its keys are to be asked for
};

// The types that have no parts.
[[nodiscard]] const Type* simple_type(TypeKind kind) noexcept;

inline constexpr std::string_view kOptionalName = "optional_type";

class TypeFactory {
 public:
  explicit TypeFactory(Arena& arena) noexcept : arena_(arena) {}

  [[nodiscard]] const Type* list(const Type* element);
  [[nodiscard]] const Type* map(const Type* key, const Type* value);
  [[nodiscard]] const Type* optional(const Type* value);
  [[nodiscard]] const Type* type_of(const Type* type);
  [[nodiscard]] const Type* wrapper(const Type* primitive);
  [[nodiscard]] const Type* param(std::uint32_t number);
  [[nodiscard]] const Type* record(const RecordDeclaration& declaration);
  [[nodiscard]] const Type* opaque(std::string_view name, std::span<const Type* const> params);
  // The same kind of type of other parts.
  [[nodiscard]] const Type* with_params(const Type* type, std::span<const Type* const> params);

 private:
  const Type* make(Type type, std::span<const Type* const> params);
  Arena& arena_;
};

[[nodiscard]] bool same_type(const Type* left, const Type* right) noexcept;

[[nodiscard]] inline bool is_optional(const Type* type) noexcept {
  return type->kind == TypeKind::kOpaque && type->name == kOptionalName;
}

// `map(string, list(int))`; a type parameter is its letter.
[[nodiscard]] std::string to_text(const Type* type);

// The kind of value that a type has at run time; absent where that is open.
[[nodiscard]] Kind kind_of(const Type* type) noexcept;

// Reads what `to_text` writes. Single capital letters are type parameters, numbered in the order in
// which they appear in `letters`. Null when it is no type; names that are not known are opaque
// ones.
class TypeReader {
 public:
  TypeReader(std::string_view text, TypeFactory& factory,
             std::span<const RecordDeclaration* const> records = {}) noexcept
      : text_(text), factory_(factory), records_(records) {}

  [[nodiscard]] const Type* read();

  // `(int, T) -> T`
  struct Signature {
    std::vector<const Type*> params;
    const Type* result = nullptr;  // null: it is no signature
    std::uint32_t type_param_count = 0;
  };

  [[nodiscard]] Signature read_signature();
  [[nodiscard]] bool at_end() noexcept;

 private:
  [[nodiscard]] std::string_view word() noexcept;
  [[nodiscard]] bool take(std::string_view token) noexcept;
  [[nodiscard]] const Type* read_at(int depth);
  [[nodiscard]] const Type* named(std::string_view name, std::span<const Type* const> params);

  std::string_view text_;
  TypeFactory& factory_;
  std::span<const RecordDeclaration* const> records_;
  std::string letters_;
};

}  // namespace cel
