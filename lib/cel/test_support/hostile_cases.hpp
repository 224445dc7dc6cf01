// hostile_cases.hpp: expressions that take long for what they cost, and what they are about.
//
// Each would keep an engine that counts only cost units busy for seconds to days within a budget of
// 100,000 units. The test holds all of them to the counts, the benchmark to the clock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cel/collections.hpp"
#include "cel/environment.hpp"

namespace cel::test_support {

struct HostileCase {
  const char* what;
  const char* expression;
};

inline constexpr HostileCase kHostileCases[] = {
    {"size of a text", "turns.exists(i, size(big) == i)"},
    {"size of a text of two octets each", "turns.exists(i, size(wide) == i)"},
    {"size of a dyn", "turns.exists(i, size(dyn_big) == i)"},
    {"text against empty text", "turns.exists(i, big == empty)"},
    {"text against a constant", "turns.exists(i, big == 'ABCDEFGHIJKLMNOP')"},
    {"field against a constant", "turns.exists(i, fields.big == 'ABCDEFGHIJKLMNOP')"},
    {"texts as dyn", "turns.exists(i, dyn_big < dyn(big))"},
    {"text contains nothing", "turns.exists(i, !big.contains(empty))"},
    {"key of megabytes", "turns.exists(i, big in fields)"},
    {"lookup by megabytes", "turns.exists(i, has(fields.x) || fields[?big].hasValue())"},
    {"lists in a list", "turns.exists(i, nested != same_nested)"},
    {"list in a list of lists", "turns.exists(i, numbers in [same_numbers + [1]])"},
    {"dyn in dyn", "turns.exists(i, dyn(-1) in dyn(numbers))"},
    {"maps", "turns.exists(i, table != same_table)"},
    {"one text in many alike", "big in copies"},
    {"turns that cost nothing", "numbers.exists(i, numbers.filter(j, false) != [])"},
    {"turns of exists_one", "numbers.exists(i, numbers.exists_one(j, false))"},
    {"sets of lists", "turns.exists(i, !sets.contains(pairs, []))"},
    {"sets of lists, alike", "turns.exists(i, sets.intersects([], pairs))"},
    {"dyn texts sorted", "dyn(copies).sort() == []"},
    {"dyn numbers sorted", "turns.exists(i, dyn(numbers).sort() == [])"},
    {"dyn distinct", "turns.exists(i, dyn(pairs).distinct() == [])"},
    {"flatten to nothing", "turns.exists(i, [hollow].flatten(9) != [])"},
    {"unwrap nothing", "turns.exists(i, optional.unwrap(nones) != [])"},
    {"dyn matched by table", "turns.exists(i, dyn_big.matches('^[A-Z]*#$'))"},
    {"dyn matched by RE2", "turns.exists(i, dyn_big.matches('(?i)^[a-z]*#$'))"},
    {"many states", "turns.exists(i, few_letters.matches('(a|b)*a(a|b){300}c'))"},
    {"a large program", "turns.exists(i, few_letters.matches('(((.{9}){9}){9})c'))"},
    {"groups",
     "turns.exists(i, regex.extract(few_letters, '((a|b)*a(a|b){300})').hasValue() == false)"},
    {"patterns compiled", "turns.exists(i, empty.matches(patterns[i % 12]))"},
    {"patterns too large", "turns.exists(i, empty.matches(too_large[i % 12]))"},
    {"many matches", "turns.exists(i, regex.replace(letters, 'a|b', '') != '')"},
    {"searches that look far", "regex.replace(brackets, '<[^>]*>|<', '') != ''"},
    {"from the back", "turns.exists(i, dyn_big.lastIndexOf('#########') > 0)"},
    {"from the front", "turns.exists(i, dyn_big.indexOf('#########') > 0)"},
    {"blanks", "turns.exists(i, dyn(blanks).trim() != '')"},
    {"base64 that is none", "turns.exists(i, base64.decode(big + '#') == b'')"},
    {"number of megabytes", "turns.exists(i, int(zeros) == i)"},
    {"double of megabytes", "turns.exists(i, double(zeros) == 1.0)"},
    {"time of megabytes", "turns.exists(i, timestamp(zeros) == timestamp(i))"},
    {"duration of megabytes", "turns.exists(i, duration(zeros) == duration('1s'))"},
    {"address of megabytes", "turns.exists(i, isIP(zeros) || isCIDR(zeros))"},
    {"zones", "turns.exists(i, timestamp(i).getHours(zones[i % 2]) > 24)"},
    {"zones that are none", "turns.exists(i, timestamp(i).getHours(zones[2 + i % 2]) > 24)"},
    {"splits", "turns.exists(i, letters.split('c') == [])"},
    {"joins", "turns.exists(i, numbers.map(j, '').join('') != '')"},
    {"formats", "turns.exists(i, '%s'.format([table]) == '')"},
    {"formats of precision", "turns.exists(i, '%.1000f'.format([1.0e300]) == '')"},
    {"case", "turns.exists(i, letters.upperAscii() == '')"},
    {"concatenation", "turns.exists(i, numbers + numbers == [])"},
};

// The values that the cases are about; 4 MiB texts, 100,000 items.
class HostileBindings {
 public:
  static constexpr std::size_t kTextBytes = std::size_t{4} << 20U;
  static constexpr std::size_t kItems = 100'000;

  HostileBindings()
      : big_(kTextBytes, 'A'),
        wide_(make_wide()),
        zeros_(kTextBytes, '0'),
        blanks_(kTextBytes, ' '),
        brackets_(200'000, '<') {
    for (std::size_t index = 0; index < 100'000; ++index) {
      letters_ += (index * index / 7 + index / 3) % 2 == 0 ? 'a' : 'b';
    }
    bind_texts();
    bind_lists();
    bind_patterns();
  }

  // Its variables are bound by `activation`.
  [[nodiscard]] Environment& environment() { return environment_; }

  [[nodiscard]] Activation activation() const {
    Activation activation(values_.size());
    for (std::size_t index = 0; index < values_.size(); ++index) {
      activation.bind(index, values_[index]);
    }
    return activation;
  }

 private:
  static std::string make_wide() {
    std::string text;
    for (std::size_t size = 0; size < kTextBytes; size += 2) text += "\xC3\xA4";
    return text;
  }

  void bind(std::string_view name, std::string_view type, const Value& value) {
    static_cast<void>(environment_.add_variable(name, type));
    values_.push_back(value);
  }

  void bind_texts() {
    bind("big", "string", Value::string(big_));
    bind("dyn_big", "dyn", Value::string(big_));
    bind("wide", "string", Value::string(wide_));
    bind("zeros", "string", Value::string(zeros_));
    bind("blanks", "string", Value::string(blanks_));
    bind("letters", "string", Value::string(letters_));
    bind("few_letters", "string", Value::string(std::string_view(letters_).substr(0, 2'000)));
    bind("brackets", "string", Value::string(brackets_));
    bind("empty", "string", Value::string(""));
    MapBuilder fields(arena_);
    fields.add(Value::string("big"), Value::string(big_));
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) {
      fields.add(Value::string(name), Value::string(name));
    }
    bind("fields", "map(string, string)", fields.finish());
  }

  Value list_of(std::size_t count, const Value& item) {
    ListBuilder list(arena_, count);
    for (std::size_t index = 0; index < count; ++index) list.add(item);
    return list.finish();
  }

  Value numbers() {
    ListBuilder list(arena_, kItems);
    for (std::size_t index = 0; index < kItems; ++index) {
      list.add(Value::integer(static_cast<std::int64_t>(index)));
    }
    return list.finish();
  }

  Value pairs() {
    ListBuilder list(arena_, kItems);
    for (std::size_t index = 0; index < kItems; ++index) {
      list.add(list_of(2, Value::integer(static_cast<std::int64_t>(index))));
    }
    return list.finish();
  }

  Value table() {
    MapBuilder map(arena_);
    for (std::int64_t index = 0; index < 10'000; ++index) {
      map.add(Value::integer(index), Value::integer(index));
    }
    return map.finish();
  }

  void bind_lists() {
    bind("turns", "list(int)", numbers());
    bind("numbers", "list(int)", numbers());
    bind("same_numbers", "list(int)", numbers());
    bind("nested", "list(list(int))", list_of(1, numbers()));
    bind("same_nested", "list(list(int))", list_of(1, numbers()));
    bind("pairs", "list(list(int))", pairs());
    bind("hollow", "list(list(int))", list_of(kItems, list_of(0, {})));
    bind("nones", "list(optional_type(int))", list_of(kItems, Value::optional(nullptr)));
    bind("copies", "list(string)", copies());
    bind("table", "map(int, int)", table());
    bind("same_table", "map(int, int)", table());
  }

  // As large as the text, and different at its end only.
  Value copies() {
    other_ = big_;
    other_.back() = 'B';
    return list_of(10'000, Value::string(other_));
  }

  void bind_patterns() {
    ListBuilder patterns(arena_);
    ListBuilder too_large(arena_);
    for (std::size_t index = 0; index < 12; ++index) {
      patterns_[index] = "(\\pL{" + std::to_string(30 + index) + "}){2}";
      too_large_[index] = "(\\pL{" + std::to_string(90 + index) + "}){10}";
      patterns.add(Value::string(patterns_[index]));
      too_large.add(Value::string(too_large_[index]));
    }
    bind("patterns", "list(string)", patterns.finish());
    bind("too_large", "list(string)", too_large.finish());
    ListBuilder zones(arena_);
    for (const char* zone : {"Europe/Helsinki", "America/New_York", "Europe/Nowhere", "Nowhere"}) {
      zones.add(Value::string(zone));
    }
    bind("zones", "list(string)", zones.finish());
  }

  std::string big_;
  std::string other_;
  std::string wide_;
  std::string zeros_;
  std::string blanks_;
  std::string brackets_;
  std::string letters_;
  std::string patterns_[12];
  std::string too_large_[12];
  Arena arena_{std::size_t{256} << 20U};
  Environment environment_;
  std::vector<Value> values_;
};

}  // namespace cel::test_support
