#include "well_known.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "cel/collections.hpp"

namespace cel {

namespace {

struct Message {
  std::string_view name;
  WellKnown message;
  TypeKind type;
  Kind kind;  // of the value that its field has
};

constexpr std::string_view kPrefix = "google.protobuf.";

constexpr Message kMessages[] = {
    {"BoolValue", WellKnown::kBool, TypeKind::kBool, Kind::kBool},
    {"BytesValue", WellKnown::kBytes, TypeKind::kBytes, Kind::kBytes},
    {"DoubleValue", WellKnown::kDouble, TypeKind::kDouble, Kind::kDouble},
    {"FloatValue", WellKnown::kFloat, TypeKind::kDouble, Kind::kDouble},
    {"Int32Value", WellKnown::kInt32, TypeKind::kInt, Kind::kInt},
    {"Int64Value", WellKnown::kInt64, TypeKind::kInt, Kind::kInt},
    {"StringValue", WellKnown::kString, TypeKind::kString, Kind::kString},
    {"UInt32Value", WellKnown::kUint32, TypeKind::kUint, Kind::kUint},
    {"UInt64Value", WellKnown::kUint64, TypeKind::kUint, Kind::kUint},
    {"ListValue", WellKnown::kList, TypeKind::kList, Kind::kList},
    {"Struct", WellKnown::kStruct, TypeKind::kMap, Kind::kMap},
    {"Value", WellKnown::kValue, TypeKind::kDyn, Kind::kAbsent},
    {"Any", WellKnown::kAny, TypeKind::kDyn, Kind::kAbsent},
};

struct ValueField {
  std::string_view name;
  TypeKind type;
  Kind kind;
};

constexpr ValueField kValueFields[] = {
    {"null_value", TypeKind::kInt, Kind::kInt},
    {"number_value", TypeKind::kDouble, Kind::kDouble},
    {"string_value", TypeKind::kString, Kind::kString},
    {"bool_value", TypeKind::kBool, Kind::kBool},
    {"struct_value", TypeKind::kMap, Kind::kMap},
    {"list_value", TypeKind::kList, Kind::kList},
};

const Message& message_of(WellKnown message) noexcept {
  return kMessages[static_cast<std::size_t>(message) - 1];
}

const Type* full_type(TypeKind kind, TypeFactory& types) {
  const Type* dyn = simple_type(TypeKind::kDyn);
  if (kind == TypeKind::kList) return types.list(dyn);
  if (kind == TypeKind::kMap) return types.map(simple_type(TypeKind::kString), dyn);
  return simple_type(kind);
}

bool is_wrapper(WellKnown message) noexcept { return message <= WellKnown::kUint64; }

Value checked_range(WellKnown message, const Value& value, Context& context) {
  using Int32 = std::numeric_limits<std::int32_t>;
  switch (message) {
    case WellKnown::kInt32:
      if (value.as_int() < Int32::min() || value.as_int() > Int32::max()) {
        return context.fail(Fault::kOverflow);
      }
      return value;
    case WellKnown::kUint32:
      if (value.as_uint() > std::numeric_limits<std::uint32_t>::max()) {
        return context.fail(Fault::kOverflow);
      }
      return value;
    case WellKnown::kFloat: return Value::real(static_cast<float>(value.as_double()));
    default: return value;
  }
}

}  // namespace

WellKnown find_well_known(std::string_view name) noexcept {
  if (name.substr(0, kPrefix.size()) != kPrefix) return WellKnown::kNone;
  name.remove_prefix(kPrefix.size());
  const auto* found = std::find_if(std::begin(kMessages), std::end(kMessages),
                                   [&](const Message& each) { return each.name == name; });
  return found == std::end(kMessages) ? WellKnown::kNone : found->message;
}

const Type* type_of(WellKnown message, TypeFactory& types) {
  const Type* type = full_type(message_of(message).type, types);
  return is_wrapper(message) ? types.wrapper(type) : type;
}

const Type* field_type(WellKnown message, std::string_view field, TypeFactory& types) {
  switch (message) {
    case WellKnown::kValue:
      for (const ValueField& each : kValueFields) {
        if (each.name == field) return full_type(each.type, types);
      }
      return nullptr;
    case WellKnown::kAny:
      if (field == "type_url") return simple_type(TypeKind::kString);
      return field == "value" ? simple_type(TypeKind::kBytes) : nullptr;
    case WellKnown::kList: return field == "values" ? type_of(message, types) : nullptr;
    case WellKnown::kStruct: return field == "fields" ? type_of(message, types) : nullptr;
    default: return field == "value" ? type_of(message, types) : nullptr;
  }
}

Value default_value(WellKnown message, Context& context) {
  switch (message_of(message).kind) {
    case Kind::kBool: return Value::boolean(false);
    case Kind::kBytes: return Value::bytes({});
    case Kind::kDouble: return Value::real(0);
    case Kind::kInt: return Value::integer(0);
    case Kind::kString: return Value::string({});
    case Kind::kUint: return Value::unsigned_integer(0);
    case Kind::kList: return Value::list(nullptr, 0);
    case Kind::kMap: return MapBuilder(context.arena()).finish();
    default: break;
  }
  if (message == WellKnown::kValue) return Value::null();
  return context.fail(Fault::kUnsupported, "google.protobuf.Any");
}

Value make_well_known(WellKnown message, std::string_view field, const Value& value,
                      Context& context) {
  if (message == WellKnown::kAny) return context.fail(Fault::kUnsupported, "google.protobuf.Any");
  if (message == WellKnown::kValue) {
    for (const ValueField& each : kValueFields) {
      if (each.name != field) continue;
      if (!value.is(each.kind)) return context.fail(Fault::kNoSuchOverload, field);
      return field == "null_value" ? Value::null() : value;
    }
    return context.fail(Fault::kNoSuchKey, field);
  }
  // A wrapper may be set from a wrapper that is not there.
  if (value.is(Kind::kNull) && is_wrapper(message)) return value;
  if (!value.is(message_of(message).kind)) return context.fail(Fault::kNoSuchOverload, field);
  return checked_range(message, value, context);
}

}  // namespace cel
