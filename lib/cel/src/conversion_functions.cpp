// int, uint, double, string, bytes, bool, timestamp and duration of other values.
#include "arena_sink.hpp"
#include "families.hpp"
#include "number_text.hpp"
#include "time_values.hpp"
#include "utf8_text.hpp"

namespace cel {
namespace {

constexpr std::size_t kNumberBytes = 32;

Value identity(Context& /*context*/, Args args) { return args[0]; }

// A text that is no such value.
Value refuse(Context& context, Args args) {
  return context.fail(Fault::kInvalidConversion, args[0]);
}

Value bool_from_string(Context& context, Args args) {
  const auto value = parse_bool(args[0].as_text());
  return value ? Value::boolean(*value) : refuse(context, args);
}

Value int_from_uint(Context& context, Args args) {
  const std::uint64_t value = args[0].as_uint();
  if (value > static_cast<std::uint64_t>(INT64_MAX)) return context.fail(Fault::kOverflow);
  return Value::integer(static_cast<std::int64_t>(value));
}

Value int_from_double(Context& context, Args args) {
  const auto value = to_int(args[0].as_double());
  return value ? Value::integer(*value) : context.fail(Fault::kOverflow);
}

Value int_from_string(Context& context, Args args) {
  const auto value = parse_int(args[0].as_text());
  return value ? Value::integer(*value) : refuse(context, args);
}

Value int_from_timestamp(Context& /*context*/, Args args) {
  return Value::integer(args[0].seconds());
}

Value int_from_duration(Context& /*context*/, Args args) {
  return Value::integer(args[0].duration_nanos());
}

Value uint_from_int(Context& context, Args args) {
  const std::int64_t value = args[0].as_int();
  if (value < 0) return context.fail(Fault::kOverflow);
  return Value::unsigned_integer(static_cast<std::uint64_t>(value));
}

Value uint_from_double(Context& context, Args args) {
  const auto value = to_uint(args[0].as_double());
  return value ? Value::unsigned_integer(*value) : context.fail(Fault::kOverflow);
}

Value uint_from_string(Context& context, Args args) {
  const auto value = parse_uint(args[0].as_text());
  return value ? Value::unsigned_integer(*value) : refuse(context, args);
}

Value double_from_int(Context& /*context*/, Args args) {
  return Value::real(static_cast<double>(args[0].as_int()));
}

Value double_from_uint(Context& /*context*/, Args args) {
  return Value::real(static_cast<double>(args[0].as_uint()));
}

Value double_from_string(Context& context, Args args) {
  const auto value = parse_double(args[0].as_text());
  return value ? Value::real(*value) : refuse(context, args);
}

Value string_from_bool(Context& /*context*/, Args args) {
  return Value::string(args[0].as_bool() ? "true" : "false");
}

Value string_from_int(Context& context, Args args) {
  ArenaSink out(context, kNumberBytes);
  append_int(out, args[0].as_int());
  return out.finish_string();
}

Value string_from_uint(Context& context, Args args) {
  ArenaSink out(context, kNumberBytes);
  append_uint(out, args[0].as_uint());
  return out.finish_string();
}

Value string_from_double(Context& context, Args args) {
  ArenaSink out(context, kNumberBytes);
  append_double(out, args[0].as_double());
  return out.finish_string();
}

Value string_from_bytes(Context& context, Args args) {
  if (!is_utf8(args[0].as_text())) return context.fail(Fault::kInvalidUtf8);
  return Value::string(args[0].as_text());
}

Value string_from_timestamp(Context& context, Args args) {
  ArenaSink out(context, kNumberBytes);
  append_timestamp(out, {args[0].seconds(), static_cast<std::int32_t>(args[0].nanos())});
  return out.finish_string();
}

Value string_from_duration(Context& context, Args args) {
  ArenaSink out(context, kNumberBytes);
  append_duration(out, args[0].duration_nanos());
  return out.finish_string();
}

Value bytes_from_string(Context& /*context*/, Args args) { return Value::bytes(args[0].as_text()); }

Value timestamp_from_int(Context& context, Args args) {
  const Instant at{args[0].as_int(), 0};
  if (!is_in_range(at)) return context.fail(Fault::kOverflow);
  return Value::timestamp(at.unix_seconds, 0);
}

Value refuse_time(Context& context, Args args, TimeFault fault) {
  return fault == TimeFault::kOutOfRange ? context.fail(Fault::kOverflow) : refuse(context, args);
}

Value timestamp_from_string(Context& context, Args args) {
  const ParsedInstant parsed = parse_timestamp(args[0].as_text());
  if (parsed.fault) return refuse_time(context, args, *parsed.fault);
  return Value::timestamp(parsed.at.unix_seconds, static_cast<std::uint32_t>(parsed.at.nanos));
}

Value duration_from_int(Context& /*context*/, Args args) {
  return Value::duration(args[0].as_int());
}

Value duration_from_string(Context& context, Args args) {
  const ParsedDuration parsed = parse_duration(args[0].as_text());
  if (parsed.fault) return refuse_time(context, args, *parsed.fault);
  return Value::duration(parsed.nanos);
}

std::uint64_t cost_of_traversal(Args args) { return traversal_cost(cost_size(args[0])); }

constexpr Form kGlobal = Form::kGlobal;

const Overload kFunctions[] = {
    {"bool_to_bool", kGlobal, "bool", "(bool) -> bool", &identity},
    {"string_to_bool", kGlobal, "bool", "(string) -> bool", &bool_from_string},

    {"int64_to_int64", kGlobal, "int", "(int) -> int", &identity},
    {"uint64_to_int64", kGlobal, "int", "(uint) -> int", &int_from_uint},
    {"double_to_int64", kGlobal, "int", "(double) -> int", &int_from_double},
    {"string_to_int64", kGlobal, "int", "(string) -> int", &int_from_string},
    {"timestamp_to_int64", kGlobal, "int", "(google.protobuf.Timestamp) -> int",
     &int_from_timestamp},
    {"duration_to_int64", kGlobal, "int", "(google.protobuf.Duration) -> int", &int_from_duration},

    {"uint64_to_uint64", kGlobal, "uint", "(uint) -> uint", &identity},
    {"int64_to_uint64", kGlobal, "uint", "(int) -> uint", &uint_from_int},
    {"double_to_uint64", kGlobal, "uint", "(double) -> uint", &uint_from_double},
    {"string_to_uint64", kGlobal, "uint", "(string) -> uint", &uint_from_string},

    {"double_to_double", kGlobal, "double", "(double) -> double", &identity},
    {"int64_to_double", kGlobal, "double", "(int) -> double", &double_from_int},
    {"uint64_to_double", kGlobal, "double", "(uint) -> double", &double_from_uint},
    {"string_to_double", kGlobal, "double", "(string) -> double", &double_from_string},

    {"string_to_string", kGlobal, "string", "(string) -> string", &identity, &unit_cost},
    {"bool_to_string", kGlobal, "string", "(bool) -> string", &string_from_bool},
    {"int64_to_string", kGlobal, "string", "(int) -> string", &string_from_int},
    {"uint64_to_string", kGlobal, "string", "(uint) -> string", &string_from_uint},
    {"double_to_string", kGlobal, "string", "(double) -> string", &string_from_double},
    {"bytes_to_string", kGlobal, "string", "(bytes) -> string", &string_from_bytes,
     &cost_of_traversal},
    {"timestamp_to_string", kGlobal, "string", "(google.protobuf.Timestamp) -> string",
     &string_from_timestamp},
    {"duration_to_string", kGlobal, "string", "(google.protobuf.Duration) -> string",
     &string_from_duration},

    {"bytes_to_bytes", kGlobal, "bytes", "(bytes) -> bytes", &identity, &unit_cost},
    {"string_to_bytes", kGlobal, "bytes", "(string) -> bytes", &bytes_from_string,
     &cost_of_traversal},

    {"timestamp_to_timestamp", kGlobal, "timestamp",
     "(google.protobuf.Timestamp) -> google.protobuf.Timestamp", &identity},
    {"int64_to_timestamp", kGlobal, "timestamp", "(int) -> google.protobuf.Timestamp",
     &timestamp_from_int},
    {"string_to_timestamp", kGlobal, "timestamp", "(string) -> google.protobuf.Timestamp",
     &timestamp_from_string},

    {"duration_to_duration", kGlobal, "duration",
     "(google.protobuf.Duration) -> google.protobuf.Duration", &identity},
    {"int64_to_duration", kGlobal, "duration", "(int) -> google.protobuf.Duration",
     &duration_from_int},
    {"string_to_duration", kGlobal, "duration", "(string) -> google.protobuf.Duration",
     &duration_from_string},
};

}  // namespace

std::span<const Overload> conversion_functions() { return kFunctions; }

}  // namespace cel
