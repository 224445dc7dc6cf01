// core_functions.cpp: the signatures of operators, and the functions that belong to no family.
#include "cel/collections.hpp"
#include "operators.hpp"

namespace cel {

namespace {

Value size_of_value(Context& /*context*/, Args args) {
  return Value::integer(static_cast<std::int64_t>(cost_size(args[0])));
}

Value type_of_value(Context& /*context*/, Args args) { return Value::type(type_name(args[0])); }

Value as_dyn(Context& /*context*/, Args args) { return args[0]; }

Value optional_of(Context& context, Args args) { return context.some(args[0]); }

Value optional_of_non_zero(Context& context, Args args) {
  return is_zero_value(args[0]) ? Context::none() : context.some(args[0]);
}

Value optional_none(Context& /*context*/, Args /*args*/) { return Context::none(); }

Value has_value(Context& /*context*/, Args args) {
  return Value::boolean(args[0].optional_value() != nullptr);
}

Value value_of_optional(Context& context, Args args) {
  const Value* value = args[0].optional_value();
  return value == nullptr ? context.fail(Fault::kEmptyOptional) : *value;
}

// The values of those optionals in a list that have one.
Value unwrap(Context& context, Args args) {
  const std::size_t size = list_size(args[0]);
  ListBuilder list(context.arena());
  for (std::size_t index = 0; index < size; ++index) {
    const Value each = list_at(args[0], index, context.arena());
    if (!each.is(Kind::kOptional)) {
      return context.fail(Fault::kInvalidArgument, "a list of optionals is wanted");
    }
    if (each.optional_value() != nullptr) list.add(*each.optional_value());
  }
  return list.finish();
}

constexpr Overload operator_of(std::string_view id, std::string_view name,
                               std::string_view signature) {
  Overload overload;
  overload.id = id;
  overload.name = name;
  overload.signature = signature;
  return overload;
}

constexpr Overload kOperators[] = {
    operator_of("logical_not", "!_", "(bool) -> bool"),
    operator_of("negate_int64", "-_", "(int) -> int"),
    operator_of("negate_double", "-_", "(double) -> double"),
    operator_of("add_bytes", "_+_", "(bytes, bytes) -> bytes"),
    operator_of("add_double", "_+_", "(double, double) -> double"),
    operator_of("add_duration_duration", "_+_",
                "(google.protobuf.Duration, google.protobuf.Duration) -> google.protobuf.Duration"),
    operator_of(
        "add_duration_timestamp", "_+_",
        "(google.protobuf.Duration, google.protobuf.Timestamp) -> google.protobuf.Timestamp"),
    operator_of(
        "add_timestamp_duration", "_+_",
        "(google.protobuf.Timestamp, google.protobuf.Duration) -> google.protobuf.Timestamp"),
    operator_of("add_int64", "_+_", "(int, int) -> int"),
    operator_of("add_list", "_+_", "(list(A), list(A)) -> list(A)"),
    operator_of("add_string", "_+_", "(string, string) -> string"),
    operator_of("add_uint64", "_+_", "(uint, uint) -> uint"),
    operator_of("subtract_double", "_-_", "(double, double) -> double"),
    operator_of("subtract_duration_duration", "_-_",
                "(google.protobuf.Duration, google.protobuf.Duration) -> google.protobuf.Duration"),
    operator_of("subtract_int64", "_-_", "(int, int) -> int"),
    operator_of(
        "subtract_timestamp_duration", "_-_",
        "(google.protobuf.Timestamp, google.protobuf.Duration) -> google.protobuf.Timestamp"),
    operator_of(
        "subtract_timestamp_timestamp", "_-_",
        "(google.protobuf.Timestamp, google.protobuf.Timestamp) -> google.protobuf.Duration"),
    operator_of("subtract_uint64", "_-_", "(uint, uint) -> uint"),
    operator_of("multiply_double", "_*_", "(double, double) -> double"),
    operator_of("multiply_int64", "_*_", "(int, int) -> int"),
    operator_of("multiply_uint64", "_*_", "(uint, uint) -> uint"),
    operator_of("divide_double", "_/_", "(double, double) -> double"),
    operator_of("divide_int64", "_/_", "(int, int) -> int"),
    operator_of("divide_uint64", "_/_", "(uint, uint) -> uint"),
    operator_of("modulo_int64", "_%_", "(int, int) -> int"),
    operator_of("modulo_uint64", "_%_", "(uint, uint) -> uint"),
    operator_of("equals", "_==_", "(A, A) -> bool"),
    operator_of("not_equals", "_!=_", "(A, A) -> bool"),
    operator_of("in_list", "@in", "(A, list(A)) -> bool"),
    operator_of("in_map", "@in", "(A, map(A, B)) -> bool"),
#define CEL_RELATION(id, name)                                                       \
  operator_of(id "_bool", name, "(bool, bool) -> bool"),                             \
      operator_of(id "_int64", name, "(int, int) -> bool"),                          \
      operator_of(id "_int64_double", name, "(int, double) -> bool"),                \
      operator_of(id "_int64_uint64", name, "(int, uint) -> bool"),                  \
      operator_of(id "_uint64", name, "(uint, uint) -> bool"),                       \
      operator_of(id "_uint64_double", name, "(uint, double) -> bool"),              \
      operator_of(id "_uint64_int64", name, "(uint, int) -> bool"),                  \
      operator_of(id "_double", name, "(double, double) -> bool"),                   \
      operator_of(id "_double_int64", name, "(double, int) -> bool"),                \
      operator_of(id "_double_uint64", name, "(double, uint) -> bool"),              \
      operator_of(id "_string", name, "(string, string) -> bool"),                   \
      operator_of(id "_bytes", name, "(bytes, bytes) -> bool"),                      \
      operator_of(id "_timestamp", name,                                             \
                  "(google.protobuf.Timestamp, google.protobuf.Timestamp) -> bool"), \
      operator_of(id "_duration", name,                                              \
                  "(google.protobuf.Duration, google.protobuf.Duration) -> bool")
    CEL_RELATION("less", "_<_"),
    CEL_RELATION("less_equals", "_<=_"),
    CEL_RELATION("greater", "_>_"),
    CEL_RELATION("greater_equals", "_>=_"),
#undef CEL_RELATION
};

constexpr Overload kCore[] = {
    {.id = "size_string",
     .name = "size",
     .signature = "(string) -> int",
     .run = &size_of_value,
     .cost = &unit_cost},
    {.id = "size_bytes",
     .name = "size",
     .signature = "(bytes) -> int",
     .run = &size_of_value,
     .cost = &unit_cost},
    {.id = "size_list",
     .name = "size",
     .signature = "(list(A)) -> int",
     .run = &size_of_value,
     .cost = &unit_cost},
    {.id = "size_map",
     .name = "size",
     .signature = "(map(A, B)) -> int",
     .run = &size_of_value,
     .cost = &unit_cost},
    {.id = "string_size",
     .form = Form::kMember,
     .name = "size",
     .signature = "(string) -> int",
     .run = &size_of_value,
     .cost = &unit_cost},
    {.id = "bytes_size",
     .form = Form::kMember,
     .name = "size",
     .signature = "(bytes) -> int",
     .run = &size_of_value,
     .cost = &unit_cost},
    {.id = "list_size",
     .form = Form::kMember,
     .name = "size",
     .signature = "(list(A)) -> int",
     .run = &size_of_value,
     .cost = &unit_cost},
    {.id = "map_size",
     .form = Form::kMember,
     .name = "size",
     .signature = "(map(A, B)) -> int",
     .run = &size_of_value,
     .cost = &unit_cost},
    {.id = "type",
     .name = "type",
     .signature = "(A) -> type(A)",
     .run = &type_of_value,
     .cost = &unit_cost},
    {.id = "to_dyn", .name = "dyn", .signature = "(A) -> dyn", .run = &as_dyn, .cost = &unit_cost},
};

constexpr Overload kOptional[] = {
    {.id = "optional_of",
     .name = "optional.of",
     .signature = "(V) -> optional_type(V)",
     .run = &optional_of,
     .cost = &unit_cost},
    {.id = "optional_ofNonZeroValue",
     .name = "optional.ofNonZeroValue",
     .signature = "(V) -> optional_type(V)",
     .run = &optional_of_non_zero,
     .cost = &unit_cost},
    {.id = "optional_none",
     .name = "optional.none",
     .signature = "() -> optional_type(V)",
     .run = &optional_none,
     .cost = &unit_cost},
    {.id = "optional_hasValue",
     .form = Form::kMember,
     .name = "hasValue",
     .signature = "(optional_type(V)) -> bool",
     .run = &has_value,
     .cost = &unit_cost},
    {.id = "optional_value",
     .form = Form::kMember,
     .name = "value",
     .signature = "(optional_type(V)) -> V",
     .run = &value_of_optional,
     .cost = &unit_cost},
    {.id = "optional_or_optional",
     .form = Form::kMember,
     .name = "or",
     .signature = "(optional_type(V), optional_type(V)) -> optional_type(V)"},
    {.id = "optional_orValue_value",
     .form = Form::kMember,
     .name = "orValue",
     .signature = "(optional_type(V), V) -> V"},
    {.id = "optional_unwrap",
     .name = "optional.unwrap",
     .signature = "(list(optional_type(V))) -> list(V)",
     .run = &unwrap},
    {.id = "optional_unwrapOpt",
     .form = Form::kMember,
     .name = "unwrapOpt",
     .signature = "(list(optional_type(V))) -> list(V)",
     .run = &unwrap},
};

}  // namespace

std::span<const Overload> operator_functions() { return kOperators; }

std::span<const Overload> core_functions() { return kCore; }

std::span<const Overload> optional_functions() { return kOptional; }

}  // namespace cel
