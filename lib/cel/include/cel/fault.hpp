// cel/fault.hpp: what can go wrong while an expression is evaluated.
//
// A fault is a value of the language (`Kind::kError`): it travels through the expression, `&&`,
// `||` and the macros may absorb it, and what reaches the top is the verdict of the rule. The
// numbers are logged and exported as metric labels: add at the end, never renumber.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cel {

class Value;

enum class Fault : std::uint8_t {
  kNoSuchAttribute = 1,  // a variable that is not bound
  kNoSuchKey = 2,        // a map without that key; the subject is the key
  kNoSuchOverload = 3,   // no function of that name takes these types; the subject is the name
  kIndexOutOfRange = 4,  // a list or string without that index; the subject is the index
  kDivisionByZero = 5,
  kModulusByZero = 6,
  kOverflow = 7,           // of an int, uint, timestamp or duration
  kInvalidArgument = 8,    // a value the function refuses; the subject is a text that says why
  kInvalidConversion = 9,  // a text that is no number, no timestamp …; the subject is a text
  kInvalidUtf8 = 10,       // bytes that are no text
  kDuplicateKey = 11,      // in a map; the subject is the key
  kUnsupportedKey = 12,    // a map key of a type that keys cannot have
  kInvalidRegex = 13,      // the subject is a text
  kNotABool = 14,          // `&&`, `||`, `!`, `?:` or a predicate got something else
  kEmptyOptional = 15,     // the value of an optional that has none
  kCostLimit = 16,         // stops the evaluation: nothing absorbs it
  kMemoryLimit = 17,       // stops the evaluation: nothing absorbs it
  kSizeLimit = 18,         // a list, map or text beyond its limit
  kHost = 19,              // a function of the host failed; the subject is a text
  kUnsupported = 20,       // protobuf messages; the subject is a text
  kWorkLimit = 21,         // stops the evaluation: nothing absorbs it
};

// A short lower-case name for logs and metric labels, e.g. "no_such_key".
[[nodiscard]] std::string_view to_string(Fault fault) noexcept;

// One line for people, made when it is asked for: `no such key: "country"`.
// REQUIRES: `error` is of kind kError.
[[nodiscard]] std::string describe(const Value& error);

}  // namespace cel
