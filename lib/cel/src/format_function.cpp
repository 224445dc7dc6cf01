#include "format_function.hpp"

#include "arena_sink.hpp"
#include "cel/collections.hpp"
#include "format_clause.hpp"
#include "number_text.hpp"
#include "value_text.hpp"

namespace cel {
namespace {

// As a double what %f and %e take; absent for other values.
Value to_real(const Value& value) {
  switch (value.kind()) {
    case Kind::kInt: return Value::real(static_cast<double>(value.as_int()));
    case Kind::kUint: return Value::real(static_cast<double>(value.as_uint()));
    case Kind::kDouble: return value;
    default: return {};
  }
}

// Each of these is false for a value of a type that the verb does not take.
bool append_decimal(TextSink& out, const Value& value) {
  switch (value.kind()) {
    case Kind::kInt: append_int(out, value.as_int()); return true;
    case Kind::kUint: append_uint(out, value.as_uint()); return true;
    case Kind::kDouble: append_plain_double(out, value.as_double()); return true;
    default: return false;
  }
}

bool append_real(TextSink& out, const Value& value, const FormatClause& clause) {
  const Value real = to_real(value);
  if (real.is_absent()) return false;
  if (clause.verb == FormatVerb::kFixed) {
    append_fixed(out, real.as_double(), clause.precision);
  } else {
    append_scientific(out, real.as_double(), clause.precision);
  }
  return true;
}

bool append_in_base(TextSink& out, const Value& value, int base,
                    LetterCase letters = LetterCase::kLower) {
  if (value.is(Kind::kInt)) {
    append_int(out, value.as_int(), base, letters);
  } else if (value.is(Kind::kUint)) {
    append_uint(out, value.as_uint(), base, letters);
  } else {
    return false;
  }
  return true;
}

bool append_binary(TextSink& out, const Value& value) {
  if (!value.is(Kind::kBool)) return append_in_base(out, value, 2);
  out.append(value.as_bool() ? '1' : '0');
  return true;
}

bool append_hexadecimal(TextSink& out, const Value& value, LetterCase letters) {
  if (!value.is(Kind::kString) && !value.is(Kind::kBytes)) {
    return append_in_base(out, value, 16, letters);
  }
  append_hex(out, value.as_text(), letters);
  return true;
}

std::string_view reason_for(FormatVerb verb) noexcept {
  switch (verb) {
    case FormatVerb::kDecimal: return "format: %d takes int, uint and double only";
    case FormatVerb::kFixed: return "format: %f takes int, uint and double only";
    case FormatVerb::kScientific: return "format: %e takes int, uint and double only";
    case FormatVerb::kBinary: return "format: %b takes int, uint and bool only";
    case FormatVerb::kHex: return "format: %x takes int, uint, string and bytes only";
    case FormatVerb::kUpperHex: return "format: %X takes int, uint, string and bytes only";
    case FormatVerb::kOctal: return "format: %o takes int and uint only";
    case FormatVerb::kString: break;
  }
  return "";
}

bool append_by_verb(TextSink& out, const Value& value, const FormatClause& clause) {
  switch (clause.verb) {
    case FormatVerb::kDecimal: return append_decimal(out, value);
    case FormatVerb::kFixed:
    case FormatVerb::kScientific: return append_real(out, value, clause);
    case FormatVerb::kBinary: return append_binary(out, value);
    case FormatVerb::kHex: return append_hexadecimal(out, value, LetterCase::kLower);
    case FormatVerb::kUpperHex: return append_hexadecimal(out, value, LetterCase::kUpper);
    case FormatVerb::kOctal: return append_in_base(out, value, 8);
    case FormatVerb::kString: break;
  }
  return false;
}

// Null, or an error.
Value append_argument(Context& context, TextSink& out, const Value& value,
                      const FormatClause& clause) {
  if (value.is_error()) return value;
  if (clause.verb == FormatVerb::kString) return append_value_text(context, out, value);
  if (append_by_verb(out, value, clause)) return Value::null();
  return context.fail(Fault::kInvalidArgument, reason_for(clause.verb));
}

}  // namespace

Value format(Context& context, Args args) {
  const std::size_t arguments_count = list_size(args[1]);
  std::size_t argument_index = 0;
  ArenaSink out(context, args[0].as_text().size());
  FormatReader reader(args[0].as_text());
  while (const auto piece = reader.next()) {
    if (!piece->clause) {
      out.append(piece->text);
      continue;
    }
    if (argument_index == arguments_count) {
      return context.fail(Fault::kIndexOutOfRange,
                          Value::integer(static_cast<std::int64_t>(argument_index)));
    }
    const Value argument = list_at(args[1], argument_index++, context.arena());
    const Value fault = append_argument(context, out, argument, *piece->clause);
    if (fault.is_error()) return fault;
    if (out.has_failed()) return out.failure();
  }
  if (reader.fault()) return context.fail(Fault::kInvalidArgument, to_reason(*reader.fault()));
  return out.finish_string();
}

}  // namespace cel
