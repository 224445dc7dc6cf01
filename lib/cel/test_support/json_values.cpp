#include "json_values.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "cel/collections.hpp"
#include "cel/compare.hpp"

namespace cel::conformance {

namespace {

using boost::json::object;
using boost::json::value;

std::string_view view(const value& json) {
  const auto& text = json.as_string();
  return {text.data(), text.size()};
}

template <class T>
T read_number(const value& json) {
  T number{};
  if (json.is_string()) {
    const std::string_view digits = view(json);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
  } else if (json.is_int64()) {
    number = static_cast<T>(json.as_int64());
  } else if (json.is_uint64()) {
    number = static_cast<T>(json.as_uint64());
  }
  return number;
}

double read_double(const value& json) {
  if (!json.is_string()) return json.to_number<double>();
  const std::string_view name = view(json);
  if (name == "NaN") return std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  return name == "-Infinity" ? -infinity : infinity;
}

Value copied_text(const value& json, Arena& arena) {
  TextBuilder text(arena);
  text.add(view(json));
  return text.finish_string();
}

int base64_digit(char letter) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = kDigits.find(letter);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

Value read_base64(std::string_view text, Arena& arena) {
  TextBuilder octets(arena);
  unsigned bits = 0;
  int count = 0;
  for (const char letter : text) {
    const int digit = base64_digit(letter);
    if (digit < 0) break;
    bits = (bits << 6U) | static_cast<unsigned>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      octets.add(
          static_cast<char>(static_cast<unsigned char>(bits >> static_cast<unsigned>(count))));
    }
  }
  return octets.finish_bytes();
}

Value read_list(const value& json, Arena& arena) {
  ListBuilder list(arena);
  if (const auto* items = json.as_object().if_contains("values")) {
    for (const value& item : items->as_array()) list.add(read_value(item, arena));
  }
  return list.finish();
}

Value read_map(const value& json, Arena& arena) {
  MapBuilder map(arena);
  if (const auto* entries = json.as_object().if_contains("entries")) {
    for (const value& entry : entries->as_array()) {
      map.add(read_value(entry.at("key"), arena), read_value(entry.at("value"), arena));
    }
  }
  return map.finish();
}

const value* field(const value& json, std::string_view name) {
  return json.as_object().if_contains(name);
}

Value read_message(std::string_view name, const value& message, Arena& arena);

// google.protobuf.Value, as its fields were decoded.
Value read_json_value(const value& message, Arena& arena) {
  if (const auto* each = field(message, "number_value")) return Value::real(read_double(*each));
  if (const auto* each = field(message, "string_value")) return copied_text(*each, arena);
  if (const auto* each = field(message, "bool_value")) return Value::boolean(each->as_bool());
  if (const auto* each = field(message, "struct_value")) {
    return read_message("Struct", *each, arena);
  }
  if (const auto* each = field(message, "list_value")) {
    return read_message("ListValue", *each, arena);
  }
  return Value::null();
}

Value read_struct(const value& message, Arena& arena) {
  MapBuilder map(arena);
  if (const auto* fields = field(message, "fields")) {
    for (const auto& each : fields->as_object()) {
      TextBuilder key(arena);
      key.add(std::string_view(each.key().data(), each.key().size()));
      map.add(key.finish_string(), read_json_value(each.value(), arena));
    }
  }
  return map.finish();
}

Value read_list_value(const value& message, Arena& arena) {
  ListBuilder list(arena);
  if (const auto* values = field(message, "values")) {
    for (const value& each : values->as_array()) list.add(read_json_value(each, arena));
  }
  return list.finish();
}

Value read_wrapper(std::string_view name, const value* json, Arena& arena) {
  static const value kZero = 0;
  static const value kEmpty = "";
  const value& number = json == nullptr ? kZero : *json;
  if (name == "BoolValue") return Value::boolean(json != nullptr && json->as_bool());
  if (name == "Int32Value" || name == "Int64Value") {
    return Value::integer(read_number<std::int64_t>(number));
  }
  if (name == "UInt32Value" || name == "UInt64Value") {
    return Value::unsigned_integer(read_number<std::uint64_t>(number));
  }
  if (name == "FloatValue" || name == "DoubleValue") return Value::real(read_double(number));
  const value& text = json == nullptr ? kEmpty : *json;
  if (name == "StringValue") return copied_text(text, arena);
  if (name == "BytesValue") return read_base64(view(text), arena);
  return {};
}

Value read_message(std::string_view name, const value& message, Arena& arena) {
  if (name == "Timestamp" || name == "Duration") {
    const auto* seconds_field = field(message, "seconds");
    const auto* nanos_field = field(message, "nanos");
    const auto seconds = seconds_field == nullptr ? 0 : read_number<std::int64_t>(*seconds_field);
    const auto nanos = nanos_field == nullptr ? 0 : read_number<std::int64_t>(*nanos_field);
    if (name == "Duration") return Value::duration(seconds * 1'000'000'000 + nanos);
    return Value::timestamp(seconds, static_cast<std::uint32_t>(nanos));
  }
  if (name == "Value") return read_json_value(message, arena);
  if (name == "Struct") return read_struct(message, arena);
  if (name == "ListValue") return read_list_value(message, arena);
  return read_wrapper(name, field(message, "value"), arena);
}

Value read_object(const value& json, Arena& arena) {
  constexpr std::string_view kPrefix = "type.googleapis.com/google.protobuf.";
  std::string_view url = view(json.at("type_url"));
  if (url.substr(0, kPrefix.size()) != kPrefix) return {};
  url.remove_prefix(kPrefix.size());
  return read_message(url, json.at("message"), arena);
}

std::string primitive_name(std::string_view name) {
  if (name == "INT64") return "int";
  if (name == "UINT64") return "uint";
  std::string lower(name);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

std::string well_known_name(std::string_view name) {
  if (name == "TIMESTAMP") return "google.protobuf.Timestamp";
  if (name == "DURATION") return "google.protobuf.Duration";
  return "google.protobuf.Any";
}

std::string read_abstract(const value& json) {
  std::string text(view(json.at("name")));
  const auto* params = json.as_object().if_contains("parameter_types");
  if (params == nullptr || params->as_array().empty()) return text;
  text += '(';
  for (const value& each : params->as_array()) {
    if (text.back() != '(') text += ", ";
    text += read_type(each);
  }
  return text + ')';
}

bool identical_lists(const Value& left, const Value& right, Arena& arena) {
  if (list_size(left) != list_size(right)) return false;
  for (std::size_t index = 0; index < list_size(left); ++index) {
    if (!identical(list_at(left, index, arena), list_at(right, index, arena), arena)) return false;
  }
  return true;
}

bool identical_maps(const Value& left, const Value& right, Arena& arena) {
  if (map_size(left) != map_size(right)) return false;
  for (std::size_t index = 0; index < map_size(left); ++index) {
    const MapEntry entry = map_entry_at(left, index, arena);
    bool is_found = false;
    for (std::size_t other = 0; other < map_size(right) && !is_found; ++other) {
      const MapEntry each = map_entry_at(right, other, arena);
      is_found = identical(entry.key, each.key, arena) && identical(entry.value, each.value, arena);
    }
    if (!is_found) return false;
  }
  return true;
}

}  // namespace

Value read_value(const value& json, Arena& arena) {
  const auto& entry = *json.as_object().begin();
  const std::string_view kind(entry.key().data(), entry.key().size());
  const value& content = entry.value();
  if (kind == "null_value") return Value::null();
  if (kind == "bool_value") return Value::boolean(content.as_bool());
  if (kind == "int64_value") return Value::integer(read_number<std::int64_t>(content));
  if (kind == "uint64_value") return Value::unsigned_integer(read_number<std::uint64_t>(content));
  if (kind == "double_value") return Value::real(read_double(content));
  if (kind == "string_value") return copied_text(content, arena);
  if (kind == "bytes_value") return read_base64(view(content), arena);
  if (kind == "list_value") return read_list(content, arena);
  if (kind == "map_value") return read_map(content, arena);
  if (kind == "type_value") return Value::type(copied_text(content, arena).as_text());
  if (kind == "object_value") return read_object(content, arena);
  return {};
}

std::string read_type(const value& json) {
  const auto& entry = *json.as_object().begin();
  const std::string_view kind(entry.key().data(), entry.key().size());
  const value& content = entry.value();
  if (kind == "dyn" || kind == "error") return std::string(kind);
  if (kind == "null") return "null_type";
  if (kind == "primitive") return primitive_name(view(content));
  if (kind == "wrapper") return "wrapper(" + primitive_name(view(content)) + ")";
  if (kind == "well_known") return well_known_name(view(content));
  if (kind == "message_type" || kind == "type_param") return std::string(view(content));
  if (kind == "list_type") return "list(" + read_type(content.at("elem_type")) + ")";
  if (kind == "map_type") {
    return "map(" + read_type(content.at("key_type")) + ", " + read_type(content.at("value_type")) +
           ")";
  }
  if (kind == "type") {
    return content.as_object().empty() ? "type" : "type(" + read_type(content) + ")";
  }
  if (kind == "abstract_type") return read_abstract(content);
  return "?";
}

bool identical(const Value& left, const Value& right, Arena& arena) {
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case Kind::kDouble:
      if (std::isnan(left.as_double())) return std::isnan(right.as_double());
      return left.as_double() == right.as_double();
    case Kind::kList: return identical_lists(left, right, arena);
    case Kind::kMap: return identical_maps(left, right, arena);
    default: return equal(left, right, arena);
  }
}

}  // namespace cel::conformance
