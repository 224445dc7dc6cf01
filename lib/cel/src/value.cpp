#include "cel/value.hpp"

#include <bit>

namespace cel {

Value Value::real(double value) noexcept {
  return {Kind::kDouble, 0, std::bit_cast<std::uint64_t>(value)};
}

double Value::as_double() const noexcept { return std::bit_cast<double>(word_); }

std::string_view type_name(const Value& value) noexcept {
  switch (value.kind()) {
    case Kind::kAbsent: return "absent";
    case Kind::kNull: return "null_type";
    case Kind::kBool: return "bool";
    case Kind::kInt: return "int";
    case Kind::kUint: return "uint";
    case Kind::kDouble: return "double";
    case Kind::kString: return "string";
    case Kind::kBytes: return "bytes";
    case Kind::kList: return "list";
    case Kind::kMap: return "map";
    case Kind::kType: return "type";
    case Kind::kTimestamp: return "google.protobuf.Timestamp";
    case Kind::kDuration: return "google.protobuf.Duration";
    case Kind::kOptional: return "optional_type";
    case Kind::kOpaque: return value.as_opaque().type_name();
    case Kind::kError: return "error";
  }
  return "error";
}

}  // namespace cel
