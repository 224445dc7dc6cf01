// Any octets as an expression: compiling them says what they are or what is wrong with them, and
// what is said can be shown.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cel/environment.hpp"

namespace {

cel::Environment make_environment(bool check_types) {
  cel::EnvironmentOptions options;
  options.check_types = check_types;
  options.test_macros = true;
  cel::Environment environment(options);
  static constexpr std::string_view kFields[] = {"id", "name"};
  static_cast<void>(environment.add_record("Pid", kFields));
  static_cast<void>(environment.add_variable("pid", "Pid"));
  static_cast<void>(environment.add_variable("x", "dyn"));
  static_cast<void>(environment.add_variable("a.b", "list(map(string, int))"));
  return environment;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const cel::Environment kChecked = make_environment(true);
  static const cel::Environment kUnchecked = make_environment(false);
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  for (const cel::Environment* environment : {&kChecked, &kUnchecked}) {
    const auto program = environment->compile(source);
    if (program) {
      const cel::CostEstimate estimate = program->cost_estimate();
      if (estimate.min > estimate.max || program->result_type().empty()) std::abort();
    } else if (program.error().empty() || cel::render(program.error(), source).empty()) {
      std::abort();
    }
  }
  return 0;
}
