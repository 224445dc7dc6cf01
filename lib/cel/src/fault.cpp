#include "cel/fault.hpp"

#include <iterator>

#include "cel/render.hpp"
#include "cel/value.hpp"

namespace cel {

namespace {

struct FaultText {
  std::string_view name;
  std::string_view text;
};

constexpr FaultText kTexts[] = {
    {"no_such_attribute", "no such variable"},
    {"no_such_key", "no such key"},
    {"no_such_overload", "no such overload"},
    {"index_out_of_range", "index out of range"},
    {"division_by_zero", "division by zero"},
    {"modulus_by_zero", "modulus by zero"},
    {"overflow", "overflow"},
    {"invalid_argument", "invalid argument"},
    {"invalid_conversion", "invalid conversion"},
    {"invalid_utf8", "bytes that are no UTF-8"},
    {"duplicate_key", "duplicate map key"},
    {"unsupported_key", "a map key must be a bool, int, uint or string"},
    {"invalid_regex", "invalid regular expression"},
    {"not_a_bool", "a bool is wanted here"},
    {"empty_optional", "the optional has no value"},
    {"cost_limit", "the cost limit is exceeded"},
    {"memory_limit", "the memory limit is exceeded"},
    {"size_limit", "a value is larger than allowed"},
    {"host", "the host failed"},
    {"unsupported", "not supported"},
    {"work_limit", "the evaluation reads too much for its cost limit"},
};

const FaultText& text_of(Fault fault) noexcept {
  const auto index = static_cast<std::size_t>(fault) - 1;
  return kTexts[index < std::size(kTexts) ? index : std::size(kTexts) - 1];
}

// A reason in words stands as it is; a key or an index is written as the language writes it.
bool is_reason(Fault fault) noexcept {
  switch (fault) {
    case Fault::kNoSuchKey:
    case Fault::kIndexOutOfRange:
    case Fault::kDuplicateKey:
    case Fault::kUnsupportedKey: return false;
    default: return true;
  }
}

}  // namespace

std::string_view to_string(Fault fault) noexcept { return text_of(fault).name; }

std::string describe(const Value& error) {
  std::string text(text_of(error.fault()).text);
  const Value* subject = error.subject();
  if (subject == nullptr) return text;
  text += ": ";
  if (subject->is(Kind::kString) && is_reason(error.fault())) {
    text += subject->as_text();
  } else {
    append_literal(text, *subject);
  }
  return text;
}

}  // namespace cel
