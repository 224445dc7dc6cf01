#include "value_text.hpp"

#include <algorithm>
#include <bit>

#include "arena_sink.hpp"
#include "cel/collections.hpp"
#include "number_text.hpp"
#include "time_values.hpp"

namespace cel {
namespace {

constexpr std::uint64_t kOctetsOfEntry = 128;  // as many could be compared in the time

// An entry of a map, to be printed in order of the texts of the keys.
struct SortedEntry {
  std::string_view key_text;
  Value value;
  std::size_t index;

  friend bool operator<(const SortedEntry& left, const SortedEntry& right) noexcept {
    if (left.key_text != right.key_text) return left.key_text < right.key_text;
    return left.index < right.index;
  }
};

// A list or map that is being printed, and how far it is.
struct Frame {
  Value list;                            // a list, or absent
  const SortedEntry* entries = nullptr;  // of a map
  std::size_t count = 0;
  std::size_t next = 0;

  [[nodiscard]] bool is_list() const noexcept { return !list.is_absent(); }
};

// False for what is no scalar.
bool append_scalar(TextSink& out, const Value& value) {
  switch (value.kind()) {
    case Kind::kNull: out.append("null"); return true;
    case Kind::kBool: out.append(value.as_bool() ? "true" : "false"); return true;
    case Kind::kInt: append_int(out, value.as_int()); return true;
    case Kind::kUint: append_uint(out, value.as_uint()); return true;
    case Kind::kDouble: append_plain_double(out, value.as_double()); return true;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType: out.append(value.as_text()); return true;
    case Kind::kTimestamp:
      append_timestamp(out, {value.seconds(), static_cast<std::int32_t>(value.nanos())});
      return true;
    case Kind::kDuration: append_duration(out, value.duration_nanos()); return true;
    default: return false;
  }
}

class ValuePrinter {
 public:
  ValuePrinter(Context& context, TextSink& out) noexcept
      : context_(context), out_(out), frames_(context.arena()) {}

  Value print(const Value& value) {
    Value fault = begin(value);
    while (fault.is(Kind::kNull) && !frames_.is_empty()) fault = step();
    return fault;
  }

 private:
  // Prints a scalar, or opens a list or map.
  Value begin(const Value& value) {
    if (value.is_error()) return value;
    if (append_scalar(out_, value)) return Value::null();
    if (frames_.size() == kNestingMax) {
      return context_.fail(Fault::kInvalidArgument, "format: nested too deep");
    }
    if (value.is(Kind::kList)) {
      out_.append('[');
      return open({value, nullptr, list_size(value), 0});
    }
    if (value.is(Kind::kMap)) return open_map(value);
    return context_.fail(Fault::kInvalidArgument, "format: a value of this type has no text");
  }

  Value open(const Frame& frame) {
    return frames_.push(frame) ? Value::null() : context_.fail(Fault::kMemoryLimit);
  }

  Value open_map(const Value& map) {
    const std::size_t count = map_size(map);
    auto* const entries = context_.arena().allocate_array<SortedEntry>(count);
    if (entries == nullptr && count != 0) return context_.fail(Fault::kMemoryLimit);
    std::uint64_t octets = 0;
    for (std::size_t index = 0; index < count; ++index) {
      const MapEntry entry = map_entry_at(map, index, context_.arena());
      if (entry.value.is_error()) return entry.value;
      ArenaSink key(context_);
      append_scalar(key, entry.key);
      if (key.has_failed()) return key.failure();
      octets += key.text().size() + kOctetsOfEntry;
      new (&entries[index]) SortedEntry{key.text(), entry.value, index};
    }
    if (!context_.arena().spend(octets / 8 * std::bit_width(count))) {
      return Value::error(Fault::kWorkLimit);
    }
    std::sort(entries, entries + count);
    out_.append('{');
    return open({Value(), entries, count, 0});
  }

  // The next item of the innermost list or map, or its end.
  Value step() {
    Frame& frame = frames_.top();
    if (frame.next == frame.count || out_.has_failed()) {
      out_.append(frame.is_list() ? ']' : '}');
      frames_.pop();
      return Value::null();
    }
    if (frame.next > 0) out_.append(", ");
    const std::size_t index = frame.next++;
    if (frame.is_list()) return begin(list_at(frame.list, index, context_.arena()));
    const SortedEntry& entry = frame.entries[index];
    out_.append(entry.key_text);
    out_.append(": ");
    return begin(entry.value);
  }

  Context& context_;
  TextSink& out_;
  ArenaStack<Frame> frames_;
};

}  // namespace

Value append_value_text(Context& context, TextSink& out, const Value& value) {
  return ValuePrinter(context, out).print(value);
}

}  // namespace cel
