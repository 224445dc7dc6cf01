#include "config/shape.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "telemetry/line_format.hpp"
#include "telemetry/utf8.hpp"

namespace config {
namespace {

constexpr std::size_t kShownBytesMax = 60;

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number number{};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{} || end != last) return std::nullopt;
  return number;
}

bool in_range(const Shape& shape, std::uint64_t number) {
  return number >= shape.least && number <= shape.most;
}

std::optional<Value> parse_number(const Shape& shape, std::string_view text) {
  const auto number = parse_whole<std::uint64_t>(text);
  if (!number || !in_range(shape, *number)) return std::nullopt;
  return Value(*number);
}

std::optional<Value> parse_size_value(const Shape& shape, std::string_view text) {
  const auto bytes = parse_size(text);
  if (!bytes || !in_range(shape, *bytes)) return std::nullopt;
  return Value(*bytes);
}

std::optional<Value> parse_decimal(const Shape& shape, std::string_view text) {
  const auto number = parse_whole<double>(text);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  if (*number < shape.decimal_least || *number > shape.decimal_most) return std::nullopt;
  return Value(*number);
}

std::optional<Value> parse_flag(std::string_view text) {
  if (text == "true") return Value(true);
  if (text == "false") return Value(false);
  return std::nullopt;
}

std::optional<Value> parse_choice(const Shape& shape, std::string_view text) {
  for (std::size_t index = 0; index < shape.choices.size(); ++index) {
    if (shape.choices[index] == text) return Value(Choice{index});
  }
  return std::nullopt;
}

template <class T>
std::optional<Value> as_value(std::optional<T> parsed) {
  if (!parsed) return std::nullopt;
  return Value(std::move(*parsed));
}

std::optional<Value> try_parse(const Shape& shape, std::string_view text) {
  switch (shape.kind) {
    case Kind::kText: return Value(std::string(text));
    case Kind::kFlag: return parse_flag(text);
    case Kind::kNumber: return parse_number(shape, text);
    case Kind::kDecimal: return parse_decimal(shape, text);
    case Kind::kSize: return parse_size_value(shape, text);
    case Kind::kDuration: return as_value(parse_duration(text));
    case Kind::kAddress: return as_value(parse_address(text));
    case Kind::kChoice: return parse_choice(shape, text);
    case Kind::kList: return Value(split_list(text));
    case Kind::kNetworks: return as_value(parse_networks(text));
  }
  return std::nullopt;
}

template <class Write>
std::string describe_range(const Shape& shape, std::string_view what, Write write) {
  const bool has_most = shape.most != kNoMost;
  if (has_most) return fmt::format("{} from {} to {}", what, write(shape.least), write(shape.most));
  if (shape.least > 0) return fmt::format("{} of at least {}", what, write(shape.least));
  return std::string(what);
}

}  // namespace

base::Result<Value, std::string> parse_value(const Shape& shape, std::string_view text) {
  auto value = try_parse(shape, text);
  if (!value) return base::fail(mismatch(shape, shown(text)));
  return std::move(*value);
}

std::string describe(const Shape& shape) {
  switch (shape.kind) {
    case Kind::kText: return "a text";
    case Kind::kFlag: return "true or false";
    case Kind::kNumber:
      return describe_range(shape, "a whole number",
                            [](std::uint64_t number) { return std::to_string(number); });
    case Kind::kDecimal:
      return fmt::format("a number from {} to {}", shape.decimal_least, shape.decimal_most);
    case Kind::kSize:
      if (shape.least == 0 && shape.most == kNoMost) return "a size such as 64KiB";
      return describe_range(shape, "a size", size_to_string);
    case Kind::kDuration: return "a duration such as 30s";
    case Kind::kAddress: return "an address such as :2575, 127.0.0.1:2575 or [::1]:2575";
    case Kind::kChoice: return join_with_or(shape.choices);
    case Kind::kList: return "texts, separated by commas";
    case Kind::kNetworks: return "networks such as 10.0.0.0/8, 192.0.2.7, fd00::/8";
  }
  return {};
}

std::string mismatch(const Shape& shape, std::string_view found) {
  return fmt::format("expected {}, found {}", describe(shape), found);
}

std::string render_value(const Shape& shape, const Value& value) {
  switch (shape.kind) {
    case Kind::kText: return std::get<std::string>(value);
    case Kind::kFlag: return std::get<bool>(value) ? "true" : "false";
    case Kind::kNumber: return std::to_string(std::get<std::uint64_t>(value));
    case Kind::kDecimal: return fmt::format("{}", std::get<double>(value));
    case Kind::kSize: return size_to_string(std::get<std::uint64_t>(value));
    case Kind::kDuration: return to_string(std::get<base::Duration>(value));
    case Kind::kAddress: return to_string(std::get<Address>(value));
    case Kind::kChoice: return std::string(shape.choices[std::get<Choice>(value).index]);
    case Kind::kList:
      return fmt::format("{}", fmt::join(std::get<std::vector<std::string>>(value), ", "));
    case Kind::kNetworks: return to_string(std::get<Networks>(value));
  }
  return {};
}

std::string shown(std::string_view text) {
  if (text.empty()) return "nothing";
  std::size_t end = 0;
  while (end < text.size() && end < kShownBytesMax) {
    end += std::max<std::size_t>(telemetry::utf8_char_bytes(text.substr(end)), 1);
  }
  std::string out;
  telemetry::append_json_string(out, text.substr(0, end));
  out = out.substr(1, out.size() - 2);  // the escapes without the quotes
  if (end < text.size()) out += "...";
  return out;
}

std::string join_with_or(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t index = 0; index < words.size(); ++index) {
    if (index > 0) out += index + 1 == words.size() ? " or " : ", ";
    out += words[index];
  }
  return out;
}

}  // namespace config
