#include "connect/sql_state.hpp"

namespace connectors {
namespace {

constexpr std::string_view kCanceled = "57014";

}  // namespace

Blame blame_for_sql_state(std::string_view state) noexcept {
  const std::string_view group = state.substr(0, 2);
  if (group == "21" || group == "22" || group == "23" || group == "54") return Blame::kMessage;
  if (group == "P0" || state == kCanceled) return Blame::kUnclear;
  return Blame::kTarget;
}

FailureClass class_for_sql_state(std::string_view state) noexcept {
  const std::string_view group = state.substr(0, 2);
  if (state == kCanceled) return FailureClass::kTimeout;
  if (group == "08") return FailureClass::kConnect;
  if (group == "53" || group == "58") return FailureClass::kDisk;
  return FailureClass::kSqlState;
}

}  // namespace connectors
