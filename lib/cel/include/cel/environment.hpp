// cel/environment.hpp: which variables and functions an expression may name, and how to compile it.
//
//   cel::Environment environment;
//   environment.add_variable("pid", "map(string, string)");
//   const auto program = environment.compile("pid.id != ''");
//   if (!program) return print(cel::render(program.error(), source));
//
// Build one, then compile: what is added later counts for what is compiled later. Compiling only
// reads, so threads may share a finished environment. Programs do not need the environment any
// more.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cel/diagnostic.hpp"
#include "cel/function.hpp"
#include "cel/limits.hpp"
#include "cel/program.hpp"
#include "cel/value.hpp"

namespace cel {

class Declarations;

struct EnvironmentOptions {
  std::string container;    // where names are looked up first: `a.b` tries a.b.x, a.x, x
  bool extensions = true;   // strings, math, lists, sets, regex, encoders, network
  bool check_types = true;  // false: everything is dyn, faults show when evaluating
  // False: nothing is prepared, folded or fused. Results and costs are the same; only work is not,
  // and so not the place of its limit.
  bool optimize = true;
  bool test_macros = false;  // cel.block and its kin, for the conformance suite
  SourceLimits source;
  ValueLimits values;
};

enum class RecordForm : std::uint8_t {
  kFull,        // its values have their keys
  kMayBeEmpty,  // or none: reading a key that nothing asked for before is a warning
};

// Why a declaration is refused, for people.
using DeclarationFault = std::string;

class Environment {
 public:
  explicit Environment(EnvironmentOptions options = {});
  ~Environment();
  Environment(Environment&&) noexcept;
  Environment& operator=(Environment&&) noexcept;

  // Types are written as the language shows them: `int`, `list(map(string, dyn))`,
  // `google.protobuf.Timestamp`, or the name of a record. Variables are bound by the order in which
  // they were added, from 0.
  base::Status<DeclarationFault> add_variable(std::string_view name, std::string_view type);
  // What `value` points at must outlive the environment and all programs.
  base::Status<DeclarationFault> add_constant(std::string_view name, std::string_view type,
                                              const Value& value);
  // A map from string to string whose keys are known: `r.idd` and `r["idd"]` do not compile. Its
  // values may lack keys all the same.
  base::Status<DeclarationFault> add_record(std::string_view name,
                                            std::span<const std::string_view> fields,
                                            RecordForm form = RecordForm::kFull);
  // `variable` is the first item of the variable `list`: where the list has items, it has its keys.
  // REQUIRES: both are variables.
  base::Status<DeclarationFault> add_first_of(std::string_view variable, std::string_view list);
  // What the overload points at must outlive the environment and all programs.
  base::Status<DeclarationFault> add_function(const Overload& overload);

  // `known` is what conditions before this expression have shown: it is not warned of.
  [[nodiscard]] base::Result<Program, Diagnostics> compile(std::string_view source,
                                                           const KnownRecords& known = {}) const;

 private:
  std::unique_ptr<Declarations> declarations_;
};

}  // namespace cel
