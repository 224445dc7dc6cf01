// cel/function.hpp: how a function is told to the engine, ours and the host's alike.
//
//   Value char_at(Context& context, Args args);
//
//   constexpr Overload kStrings[] = {
//       {"string_char_at_int", Form::kMember, "charAt", "(string, int) -> string", &char_at},
//       {.id = "matches_string", .form = Form::kMember, .name = "matches",
//        .signature = "(string, string) -> bool", .run = &matches,
//        .cost = &cost_of_matches, .prepare = &compile_pattern},
//   };
//
// Functions are strict: no argument is ever an error or absent, and each has the kind that the
// signature says; `dyn` and type parameters stand for any kind. Functions are pure and may run
// once when planning instead of each time (`pure = false` forbids it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cel/arena.hpp"
#include "cel/limits.hpp"
#include "cel/value.hpp"

namespace cel {

class PatternCache;

using Args = std::span<const Value>;

// What a function may use while it runs. What takes long for what it costs (CostRule) counts its
// work in the arena. Nothing of it outlives the call.
class Context {
 public:
  Context(Arena& arena, const ValueLimits& limits, std::shared_ptr<PatternCache>& patterns) noexcept
      : arena_(arena), limits_(limits), patterns_(patterns) {}

  [[nodiscard]] Arena& arena() noexcept { return arena_; }

  [[nodiscard]] const ValueLimits& limits() const noexcept { return limits_; }

  // What `prepare` made of the constant arguments when planning; null when it made nothing.
  [[nodiscard]] const void* prepared() const noexcept { return prepared_; }

  // What the host gave with the overload.
  [[nodiscard]] const void* data() const noexcept { return data_; }

  // An error of the language. Cheap: no text is made before somebody reads it.
  [[nodiscard]] Value fail(Fault fault) noexcept { return Value::error(fault); }

  [[nodiscard]] Value fail(Fault fault, const Value& subject) noexcept;

  // `why` must live as long as the evaluation: a literal, or a text in the arena.
  [[nodiscard]] Value fail(Fault fault, std::string_view why) noexcept {
    return fail(fault, Value::string(why));
  }

  // Copies of what the caller will let go; kMemoryLimit or kSizeLimit when there is no room.
  [[nodiscard]] Value copy_string(std::string_view text) noexcept;
  [[nodiscard]] Value copy_bytes(std::string_view octets) noexcept;
  [[nodiscard]] Value some(const Value& value) noexcept;  // an optional with a value

  [[nodiscard]] static Value none() noexcept { return Value::optional(nullptr); }

 private:
  friend class Caller;

  Arena& arena_;
  const ValueLimits& limits_;
  std::shared_ptr<PatternCache>& patterns_;  // made when it is first needed
  const void* prepared_ = nullptr;
  const void* data_ = nullptr;
};

enum class Form : std::uint8_t {
  kGlobal,  // f(a, b); the name may be dotted: math.abs
  kMember,  // a.f(b); `a` is the first parameter
};

// The units that a call costs beyond its arguments, taken before it runs; the model is the
// reference's (docs/reference/cel.md). Larger arguments never cost less. An argument that is an
// error is shown as null, whatever its type; to estimate, sizes and numbers are tried that no value
// has. REQUIRES: constant time but for what it reads of a size.
using CostRule = std::uint64_t (*)(Args args);

// The part of the cost that only the result tells, added after the call; also of an error.
using ResultCostRule = std::uint64_t (*)(Args args, const Value& result);

// What is prepared once when planning from the arguments that are constants. `args[i]` is absent
// where the argument is not constant.
struct Prepared {
  std::shared_ptr<const void> object;  // null: nothing to prepare, the call does it each time
  std::string fault;                   // not empty: the expression is refused, for this reason
};

using PrepareRule = Prepared (*)(Args args, const ValueLimits& limits, const void* data);

// Whether a call that yields true, or a number above 0, shows that this variable's record has its
// keys. `args[i]` is absent where the argument is no literal.
using GuardRule = bool (*)(Args args, std::string_view variable);

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order in which tables read
struct Overload {
  std::string_view id;  // unique: "string_char_at_int"
  Form form = Form::kGlobal;
  std::string_view name;
  // "(string, list(T), map(K, V), optional_type(T), net.IP, dyn) -> T"; single capital letters
  // are type parameters. Other type names: bool int uint double string bytes null_type type
  // google.protobuf.Timestamp google.protobuf.Duration.
  std::string_view signature;
  Value (*run)(Context& context, Args args) = nullptr;
  // Null: one unit, and the engine counts as work that it reads all of its texts and lists. A call
  // that does not, or hardly, has &unit_cost.
  CostRule cost = nullptr;
  ResultCostRule result_cost = nullptr;
  PrepareRule prepare = nullptr;
  GuardRule guards = nullptr;
  const void* data = nullptr;  // the host's
  bool pure = true;
};

[[nodiscard]] std::uint64_t unit_cost(Args args) noexcept;  // 1

// The parts of the cost model: sizes as `size()` has them (code points of a string, octets of
// bytes, items of a list or map; 1 for anything else), texts at a tenth of a unit, rounded up.
[[nodiscard]] std::uint64_t cost_size(const Value& value);
[[nodiscard]] std::uint64_t traversal_cost(std::uint64_t size) noexcept;

}  // namespace cel
