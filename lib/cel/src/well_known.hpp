// well_known.hpp: protobuf's messages that are values of the language when they are written out:
// wrappers, Value, Struct, ListValue. Other messages are left out on purpose.
#pragma once

#include <cstdint>
#include <string_view>

#include "cel/function.hpp"
#include "types.hpp"

namespace cel {

enum class WellKnown : std::uint8_t {
  kNone,
  kBool,
  kBytes,
  kDouble,
  kFloat,
  kInt32,
  kInt64,
  kString,
  kUint32,
  kUint64,
  kList,
  kStruct,
  kValue,
  kAny,
};

// By the full name; kNone when it is another message.
[[nodiscard]] WellKnown find_well_known(std::string_view name) noexcept;

// The type of `google.protobuf.Int32Value{}`: wrapper(int).
[[nodiscard]] const Type* type_of(WellKnown message, TypeFactory& types);
// The type of a field, or null when there is no such field.
[[nodiscard]] const Type* field_type(WellKnown message, std::string_view field, TypeFactory& types);

// What the message is without fields: 0, "", null …; Any is an error without content.
[[nodiscard]] Value default_value(WellKnown message, Context& context);
// What it is when a field has this value.
[[nodiscard]] Value make_well_known(WellKnown message, std::string_view field, const Value& value,
                                    Context& context);

}  // namespace cel
