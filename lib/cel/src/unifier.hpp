// unifier.hpp: which types go where, and what the type variables of a check stand for.
//
// A type variable stands for the most general of the types that met it. What fails leaves no trace.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "types.hpp"

namespace cel {

class Unifier {
 public:
  explicit Unifier(Arena& arena) noexcept : types_(arena) {}

  [[nodiscard]] TypeFactory& types() noexcept { return types_; }

  [[nodiscard]] const Type* fresh();

  // The type with its parameters, numbered from 0, replaced by `count` fresh variables from
  // `first`.
  [[nodiscard]] std::uint32_t reserve_variables(std::uint32_t count);
  [[nodiscard]] const Type* instantiate(const Type* type, std::uint32_t first);

  // Whether a value of type `from` may stand where `to` is wanted.
  [[nodiscard]] bool assign(const Type* from, const Type* to);
  [[nodiscard]] bool assign_all(std::span<const Type* const> from, std::span<const Type* const> to);

  // The type of a list whose elements have these two; dyn when they have nothing in common.
  // `previous` may be null.
  [[nodiscard]] const Type* join(const Type* previous, const Type* current);

  // With the variables that are known replaced; `finally`: the others by dyn.
  [[nodiscard]] const Type* substitute(const Type* type, bool finally = false);

 private:
  struct Undo {
    std::uint32_t number;
    const Type* old;
  };

  bool try_assign(const Type* from, const Type* to);
  bool try_assign_all(std::span<const Type* const> from, std::span<const Type* const> to);
  bool assign_concrete(const Type* from, const Type* to);
  // Whether the variable may stand for the type; `is_bound`: it stood for something already.
  bool bind(const Type* variable, const Type* type, bool& is_bound);
  void set(std::uint32_t number, const Type* type);
  void roll_back(std::size_t mark);
  [[nodiscard]] bool occurs(const Type* variable, const Type* within) const;

  TypeFactory types_;
  std::vector<const Type*> bindings_;  // by number; null: free
  std::vector<Undo> undo_;
};

}  // namespace cel
