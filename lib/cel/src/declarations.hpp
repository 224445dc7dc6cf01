// declarations.hpp: the names that an environment knows, as the checker and the planner look them
// up.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ast.hpp"
#include "cel/environment.hpp"
#include "cel/function.hpp"
#include "types.hpp"

namespace cel {

struct OverloadDeclaration {
  const Overload* overload = nullptr;  // its `run` is null for operators
  std::vector<const Type*> params;
  const Type* result = nullptr;
  std::uint32_t type_param_count = 0;
};

struct FunctionDeclaration {
  std::string name;
  std::vector<OverloadDeclaration> overloads;
};

struct NameDeclaration {
  std::string name;
  const Type* type = nullptr;
  Value constant;              // absent: a variable
  std::uint32_t variable = 0;  // its index
};

// On top of the standard ones, which all environments share.
class Declarations {
 public:
  explicit Declarations(EnvironmentOptions options);

  [[nodiscard]] const EnvironmentOptions& options() const noexcept { return options_; }

  // An empty text when done, else why not.
  std::string add_variable(std::string_view name, std::string_view type);
  std::string add_constant(std::string_view name, std::string_view type, const Value& value);
  std::string add_record(std::string_view name, std::span<const std::string_view> fields,
                         RecordForm form);
  std::string add_first_of(std::string_view variable, std::string_view list);
  std::string add_function(const Overload& overload);

  // By the full name; null when there is none.
  [[nodiscard]] const NameDeclaration* find_name(std::string_view name) const;
  [[nodiscard]] const FunctionDeclaration* find_function(std::string_view name) const;

  [[nodiscard]] const FunctionDeclaration* find_function(Operator op) const noexcept {
    return standard_->operators_[static_cast<std::size_t>(op)];
  }

  // In the container, then in each one around it: `a.b.x`, `a.x`, `x`. A leading dot means the
  // last.
  [[nodiscard]] const NameDeclaration* resolve_name(std::string_view name) const;
  [[nodiscard]] const FunctionDeclaration* resolve_function(std::string_view name) const;

  [[nodiscard]] const std::vector<std::string>& variable_names() const noexcept {
    return variable_names_;
  }

  // The variable that is the first item of that one, both by index.
  [[nodiscard]] std::optional<std::uint32_t> first_of(std::uint32_t list) const noexcept;

  // The names nearest to one that is not known, for a hint; empty when none is near.
  [[nodiscard]] std::string_view nearest_name(std::string_view name) const;

 private:
  struct Standard {
    bool extensions;
  };

  explicit Declarations(Standard standard);
  [[nodiscard]] static const Declarations& standard(bool extensions);

  template <class Find>
  auto resolve(std::string_view name, Find find) const -> decltype(find(name));
  [[nodiscard]] std::vector<const RecordDeclaration*> records() const;
  std::string add_name(NameDeclaration declaration);
  void add_type_names();
  void add_operators();

  struct Hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  template <class T>
  using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  EnvironmentOptions options_;
  const Declarations* standard_;  // itself, where it is the standard one
  Arena arena_;
  TypeFactory types_{arena_};
  ByName<NameDeclaration> names_;
  ByName<FunctionDeclaration> functions_;
  std::array<const FunctionDeclaration*, 16> operators_{};
  std::deque<RecordDeclaration> records_;
  std::deque<Overload> overloads_;  // copies: the tables of a host may go
  std::deque<std::string> texts_;
  std::vector<std::string> variable_names_;
  std::map<std::uint32_t, std::uint32_t> first_of_;  // by the list
};

}  // namespace cel
