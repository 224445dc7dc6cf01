#include "format_clause.hpp"

#include "number_text.hpp"

namespace cel {
namespace {

constexpr int kDefaultPrecision = 6;

std::optional<FormatVerb> verb_of(char letter) noexcept {
  switch (letter) {
    case 's': return FormatVerb::kString;
    case 'd': return FormatVerb::kDecimal;
    case 'f': return FormatVerb::kFixed;
    case 'e': return FormatVerb::kScientific;
    case 'b': return FormatVerb::kBinary;
    case 'x': return FormatVerb::kHex;
    case 'X': return FormatVerb::kUpperHex;
    case 'o': return FormatVerb::kOctal;
    default: return std::nullopt;
  }
}

}  // namespace

std::string_view to_reason(FormatFault fault) noexcept {
  switch (fault) {
    case FormatFault::kUnknownVerb: return "format: unrecognized formatting clause";
    case FormatFault::kNoVerb: return "format: the text ends within a formatting clause";
    case FormatFault::kBadPrecision:
      return "format: a precision is a number of one to three digits";
    case FormatFault::kPrecisionMax: return "format: the largest precision is 100";
  }
  return "";
}

std::optional<FormatPiece> FormatReader::fail(FormatFault fault) noexcept {
  fault_ = fault;
  return std::nullopt;
}

std::optional<FormatPiece> FormatReader::next() noexcept {
  if (fault_ || rest_.empty()) return std::nullopt;
  if (rest_.front() == '%') {
    rest_.remove_prefix(1);
    if (!rest_.starts_with('%')) return read_clause();
    const FormatPiece percent{rest_.substr(0, 1), std::nullopt};
    rest_.remove_prefix(1);
    return percent;
  }
  const FormatPiece piece{rest_.substr(0, rest_.find('%')), std::nullopt};
  rest_.remove_prefix(piece.text.size());
  return piece;
}

std::optional<int> FormatReader::read_precision() noexcept {
  if (!rest_.starts_with('.')) return kDefaultPrecision;
  rest_.remove_prefix(1);
  std::size_t size = 0;
  int value = 0;
  for (; size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9'; ++size) {
    if (size < 3) value = value * 10 + (rest_[size] - '0');
  }
  rest_.remove_prefix(size);
  if (size == 0 || size > 3) {
    fault_ = FormatFault::kBadPrecision;
    return std::nullopt;
  }
  if (value > kPrecisionMax) {
    fault_ = FormatFault::kPrecisionMax;
    return std::nullopt;
  }
  return value;
}

std::optional<FormatPiece> FormatReader::read_clause() noexcept {
  const auto precision = read_precision();
  if (!precision) return std::nullopt;
  if (rest_.empty()) return fail(FormatFault::kNoVerb);
  const auto verb = verb_of(rest_.front());
  if (!verb) return fail(FormatFault::kUnknownVerb);
  rest_.remove_prefix(1);
  return FormatPiece{{}, FormatClause{*verb, *precision}};
}

}  // namespace cel
