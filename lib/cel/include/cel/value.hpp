// cel/value.hpp: one value of the language, in sixteen octets.
//
// A Value is copied freely and owns nothing. Texts, lists and maps point at memory that lives
// elsewhere: in the evaluation's arena, in the program's constants, or at the host. Whoever hands a
// value to an evaluation keeps what it points at alive until the result has been read.
//
//     kind      what it holds
//     null … double, timestamp, duration     the value itself
//     string, bytes, type                    pointer and size in octets; strings are UTF-8
//     list      an array of Values, or a ListView of the host
//     map       a MapNode in an arena, or a MapView of the host
//     optional  a pointer to the value, null for none
//     opaque    an object of a type the language does not look into: net.IP
//     error     a fault and the value it is about; text is made when somebody reads it
//     absent    not a value: what a look-up returns that found nothing
//
// Reading a side that is not there is a programmer error and is not checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "cel/fault.hpp"

namespace cel {

class Arena;
class ListView;
class MapView;
class MapNode;
class Opaque;

enum class Kind : std::uint8_t {
  kAbsent = 0,
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kList,
  kMap,
  kType,
  kTimestamp,
  kDuration,
  kOptional,
  kOpaque,
  kError,
};

class Value {
 public:
  constexpr Value() noexcept = default;  // absent

  [[nodiscard]] static constexpr Value null() noexcept { return Value(Kind::kNull, 0, 0); }

  [[nodiscard]] static constexpr Value boolean(bool value) noexcept {
    return Value(Kind::kBool, 0, value ? 1 : 0);
  }

  [[nodiscard]] static constexpr Value integer(std::int64_t value) noexcept {
    return Value(Kind::kInt, 0, static_cast<std::uint64_t>(value));
  }

  [[nodiscard]] static constexpr Value unsigned_integer(std::uint64_t value) noexcept {
    return Value(Kind::kUint, 0, value);
  }

  [[nodiscard]] static Value real(double value) noexcept;

  // REQUIRES: at most 4 GiB, and valid UTF-8 where it is a string.
  [[nodiscard]] static Value string(std::string_view text) noexcept {
    return Value(Kind::kString, text);
  }

  [[nodiscard]] static Value bytes(std::string_view octets) noexcept {
    return Value(Kind::kBytes, octets);
  }

  // A type as a value, by its name: "int", "list", "google.protobuf.Timestamp".
  [[nodiscard]] static Value type(std::string_view name) noexcept {
    return Value(Kind::kType, name);
  }

  // Seconds since 1970-01-01T00:00:00Z, and nanoseconds from 0 to 999,999,999 on top.
  [[nodiscard]] static constexpr Value timestamp(std::int64_t seconds,
                                                 std::uint32_t nanos) noexcept {
    return Value(Kind::kTimestamp, nanos, static_cast<std::uint64_t>(seconds));
  }

  [[nodiscard]] static constexpr Value duration(std::int64_t nanos) noexcept {
    return Value(Kind::kDuration, 0, static_cast<std::uint64_t>(nanos));
  }

  [[nodiscard]] static Value list(const Value* items, std::size_t count) noexcept {
    return Value(Kind::kList, static_cast<std::uint32_t>(count), to_word(items));
  }

  [[nodiscard]] static Value list(const ListView& view) noexcept {
    return Value(Kind::kList, 0, to_word(&view), Form::kHost);
  }

  [[nodiscard]] static Value map(const MapNode& node) noexcept {
    return Value(Kind::kMap, 0, to_word(&node));
  }

  [[nodiscard]] static Value map(const MapView& view) noexcept {
    return Value(Kind::kMap, 0, to_word(&view), Form::kHost);
  }

  // `value` is null for an optional without a value.
  [[nodiscard]] static Value optional(const Value* value) noexcept {
    return Value(Kind::kOptional, 0, to_word(value));
  }

  [[nodiscard]] static Value opaque(const Opaque& object) noexcept {
    return Value(Kind::kOpaque, 0, to_word(&object));
  }

  // `subject` may be null and must live as long as the evaluation.
  [[nodiscard]] static Value error(Fault fault, const Value* subject = nullptr) noexcept {
    Value made(Kind::kError, 0, to_word(subject));
    made.tag_ = static_cast<std::uint16_t>(fault);
    return made;
  }

  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }

  [[nodiscard]] constexpr bool is(Kind kind) const noexcept { return kind_ == kind; }

  [[nodiscard]] constexpr bool is_error() const noexcept { return kind_ == Kind::kError; }

  [[nodiscard]] constexpr bool is_absent() const noexcept { return kind_ == Kind::kAbsent; }

  // Whether both are strings of one size, or both bytes; for what compares many.
  [[nodiscard]] bool has_shape_of(const Value& other) const noexcept {
    std::uint64_t mine = 0;
    std::uint64_t others = 0;
    std::memcpy(&mine, this, sizeof mine);
    std::memcpy(&others, &other, sizeof others);
    return mine == others;
  }

  [[nodiscard]] constexpr bool as_bool() const noexcept { return word_ != 0; }

  [[nodiscard]] constexpr std::int64_t as_int() const noexcept {
    return static_cast<std::int64_t>(word_);
  }

  [[nodiscard]] constexpr std::uint64_t as_uint() const noexcept { return word_; }

  [[nodiscard]] double as_double() const noexcept;

  // The octets of a string, of bytes, or the name of a type.
  [[nodiscard]] std::string_view as_text() const noexcept { return {to_pointer<char>(), length_}; }

  [[nodiscard]] constexpr std::int64_t seconds() const noexcept { return as_int(); }  // timestamp

  [[nodiscard]] constexpr std::uint32_t nanos() const noexcept { return length_; }  // timestamp

  [[nodiscard]] constexpr std::int64_t duration_nanos() const noexcept { return as_int(); }

  [[nodiscard]] const Value* optional_value() const noexcept { return to_pointer<Value>(); }

  [[nodiscard]] const Opaque& as_opaque() const noexcept { return *to_pointer<Opaque>(); }

  [[nodiscard]] Fault fault() const noexcept { return static_cast<Fault>(tag_); }

  [[nodiscard]] const Value* subject() const noexcept { return to_pointer<Value>(); }

  // Lists and maps: which of the two forms it has. Prefer `list_size`, `list_at`, `map_find`.
  [[nodiscard]] constexpr bool is_host() const noexcept { return form_ == Form::kHost; }

  [[nodiscard]] const Value* list_items() const noexcept { return to_pointer<Value>(); }

  [[nodiscard]] std::uint32_t list_count() const noexcept { return length_; }

  [[nodiscard]] const ListView& list_view() const noexcept { return *to_pointer<ListView>(); }

  [[nodiscard]] const MapNode& map_node() const noexcept { return *to_pointer<MapNode>(); }

  [[nodiscard]] const MapView& map_view() const noexcept { return *to_pointer<MapView>(); }

 private:
  enum class Form : std::uint8_t { kOwn = 0, kHost = 1 };

  constexpr Value(Kind kind, std::uint32_t length, std::uint64_t word,
                  Form form = Form::kOwn) noexcept
      : kind_(kind), form_(form), length_(length), word_(word) {}

  Value(Kind kind, std::string_view text) noexcept
      : kind_(kind),
        length_(static_cast<std::uint32_t>(text.size())),
        word_(to_word(text.data())) {}

  [[nodiscard]] static std::uint64_t to_word(const void* pointer) noexcept {
    return reinterpret_cast<std::uintptr_t>(pointer);
  }

  template <class T>
  [[nodiscard]] const T* to_pointer() const noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): one word holds numbers and pointers
    return reinterpret_cast<const T*>(static_cast<std::uintptr_t>(word_));
  }

  Kind kind_ = Kind::kAbsent;
  Form form_ = Form::kOwn;
  std::uint16_t tag_ = 0;     // error: its Fault
  std::uint32_t length_ = 0;  // octets, items, or the nanoseconds of a timestamp
  std::uint64_t word_ = 0;
};

static_assert(sizeof(Value) == 16 && std::is_trivially_copyable_v<Value>);

// A list of the host, read when an expression reads it. What `at` returns may lie in `arena`.
class ListView {
 public:
  [[nodiscard]] virtual std::size_t size() const = 0;
  // REQUIRES: index < size().
  [[nodiscard]] virtual Value at(std::size_t index, Arena& arena) const = 0;

 protected:
  ~ListView() = default;
};

// A map of the host, read when an expression reads it.
class MapView {
 public:
  [[nodiscard]] virtual std::size_t size() const = 0;
  // The value of a key, or absent. An int and a uint of the same number are the same key.
  [[nodiscard]] virtual Value find(const Value& key, Arena& arena) const = 0;
  // Keys in an order of the host's. REQUIRES: index < size().
  [[nodiscard]] virtual Value key_at(std::size_t index, Arena& arena) const = 0;

  // The field of a declared record, by its place in the declaration; `key` is its name.
  [[nodiscard]] virtual Value field(std::uint32_t /*index*/, const Value& key, Arena& arena) const {
    return find(key, arena);
  }

 protected:
  ~MapView() = default;
};

// An object that only functions look into. Lives in an arena: trivially destructible.
class Opaque {
 public:
  [[nodiscard]] virtual std::string_view type_name() const = 0;
  // REQUIRES: `other` has the same type name.
  [[nodiscard]] virtual bool equals(const Opaque& other) const = 0;

 protected:
  ~Opaque() = default;
};

// The name that `type(value)` has: "int", "list", "google.protobuf.Duration", "net.IP".
[[nodiscard]] std::string_view type_name(const Value& value) noexcept;

}  // namespace cel
