// `format` with any text and values of every kind. It never writes more than the limit, and what
// it cannot do is an error of the language.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "../src/format_function.hpp"
#include "cel/collections.hpp"

namespace {

cel::Value value_of(std::uint8_t choice, cel::Arena& arena) {
  const cel::Value scalars[] = {
      cel::Value::null(),
      cel::Value::boolean(true),
      cel::Value::integer(INT64_MIN),
      cel::Value::unsigned_integer(UINT64_MAX),
      cel::Value::real(-1.7976931348623157e308),
      cel::Value::real(5e-324),
      cel::Value::string("text"),
      cel::Value::bytes("\xFF\x01"),
      cel::Value::timestamp(-62'135'596'800, 999'999'999),
      cel::Value::duration(INT64_MIN),
      cel::Value::type("int"),
      cel::Value::optional(nullptr),
  };
  const cel::Value scalar = scalars[choice % std::size(scalars)];
  if (choice < 128) return scalar;
  cel::ListBuilder list(arena);
  list.add(scalar);
  cel::MapBuilder map(arena);
  map.add(cel::Value::string("k"), scalar);
  map.add(cel::Value::integer(1), list.finish());
  list.add(map.finish());
  return list.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kChoicesCount = 4;
  if (size < kChoicesCount) return 0;
  cel::ValueLimits limits;
  limits.text_bytes_max = 4096;
  cel::Arena arena(std::size_t{1} << 20U);
  std::shared_ptr<cel::PatternCache> patterns;
  cel::Context context(arena, limits, patterns);
  cel::ListBuilder list(arena);
  for (std::size_t index = 0; index < kChoicesCount; ++index) {
    list.add(value_of(data[index], arena));
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + kChoicesCount,
                              size - kChoicesCount);
  const cel::Value args[] = {cel::Value::string(text), list.finish()};
  const cel::Value result = cel::format(context, args);
  if (!result.is_error() && !result.is(cel::Kind::kString)) std::abort();
  if (result.is(cel::Kind::kString) && result.as_text().size() > limits.text_bytes_max) {
    std::abort();
  }
  return 0;
}
