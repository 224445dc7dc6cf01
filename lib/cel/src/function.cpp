#include "cel/function.hpp"

#include <new>

#include "cel/collections.hpp"
#include "utf8_text.hpp"

namespace cel {

Value Context::fail(Fault fault, const Value& subject) noexcept {
  auto* kept = arena_.allocate_array<Value>(1);
  if (kept == nullptr) return Value::error(Fault::kMemoryLimit);
  return Value::error(fault, new (kept) Value(subject));
}

Value Context::copy_string(std::string_view text) noexcept {
  if (text.size() > limits_.text_bytes_max) return fail(Fault::kSizeLimit);
  TextBuilder copy(arena_, text.size());
  copy.add(text);
  return copy.finish_string();
}

Value Context::copy_bytes(std::string_view octets) noexcept {
  if (octets.size() > limits_.text_bytes_max) return fail(Fault::kSizeLimit);
  TextBuilder copy(arena_, octets.size());
  copy.add(octets);
  return copy.finish_bytes();
}

Value Context::some(const Value& value) noexcept {
  auto* kept = arena_.allocate_array<Value>(1);
  if (kept == nullptr) return Value::error(Fault::kMemoryLimit);
  return Value::optional(new (kept) Value(value));
}

std::uint64_t unit_cost(Args /*args*/) noexcept { return 1; }

std::uint64_t cost_size(const Value& value) {
  switch (value.kind()) {
    case Kind::kString: return count_code_points(value.as_text());
    case Kind::kBytes: return value.as_text().size();
    case Kind::kList: return list_size(value);
    case Kind::kMap: return map_size(value);
    default: return 1;
  }
}

std::uint64_t traversal_cost(std::uint64_t size) noexcept { return size / 10 + (size % 10 != 0); }

}  // namespace cel
