#include "cli/json_bindings.hpp"

#include <boost/json.hpp>
#include <cstdint>
#include <utility>

#include "cel/collections.hpp"

namespace cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 100;

struct Typed {
  std::string type;
  cel::Value value;
};

Typed convert(const json::value& value, cel::Arena& arena);

cel::Value copy(std::string_view text, cel::Arena& arena) {
  cel::TextBuilder builder(arena, text.size());
  builder.add(text);
  return builder.finish_string();
}

// What all elements have in common.
class CommonType {
 public:
  void add(std::string type) {
    if (is_first_)
      common_ = std::move(type);
    else if (common_ != type)
      common_ = "dyn";
    is_first_ = false;
  }

  [[nodiscard]] std::string take() { return is_first_ ? "dyn" : std::move(common_); }

 private:
  std::string common_;
  bool is_first_ = true;
};

Typed convert_array(const json::array& array, cel::Arena& arena) {
  cel::ListBuilder list(arena, array.size());
  CommonType element;
  for (const json::value& each : array) {
    Typed converted = convert(each, arena);
    list.add(converted.value);
    element.add(std::move(converted.type));
  }
  return {"list(" + element.take() + ")", list.finish()};
}

Typed convert_object(const json::object& object, cel::Arena& arena) {
  cel::MapBuilder map(arena, object.size());
  CommonType member;
  for (const auto& each : object) {
    Typed converted = convert(each.value(), arena);
    map.add(copy({each.key().data(), each.key().size()}, arena), converted.value);
    member.add(std::move(converted.type));
  }
  return {"map(string, " + member.take() + ")", map.finish()};
}

Typed convert(const json::value& value, cel::Arena& arena) {
  switch (value.kind()) {
    case json::kind::null: return {"dyn", cel::Value::null()};
    case json::kind::bool_: return {"bool", cel::Value::boolean(value.as_bool())};
    case json::kind::int64: return {"int", cel::Value::integer(value.as_int64())};
    case json::kind::uint64: return {"uint", cel::Value::unsigned_integer(value.as_uint64())};
    case json::kind::double_: return {"double", cel::Value::real(value.as_double())};
    case json::kind::string: {
      const json::string& text = value.as_string();
      return {"string", copy({text.data(), text.size()}, arena)};
    }
    case json::kind::array: return convert_array(value.as_array(), arena);
    case json::kind::object: break;
  }
  return convert_object(value.as_object(), arena);
}

}  // namespace

base::Result<std::vector<Binding>, std::string> read_bindings(std::string_view text,
                                                              cel::Arena& arena) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  boost::system::error_code error;
  const json::value root = json::parse(text, error, {}, options);
  if (error) return base::fail("not JSON: " + error.message());
  if (!root.is_object()) return base::fail(std::string("a JSON object is wanted"));
  std::vector<Binding> bindings;
  for (const auto& each : root.as_object()) {
    Typed converted = convert(each.value(), arena);
    bindings.push_back({std::string(each.key().data(), each.key().size()),
                        std::move(converted.type), converted.value});
  }
  if (arena.exhausted()) return base::fail(std::string("the bindings are too large"));
  return bindings;
}

}  // namespace cli
