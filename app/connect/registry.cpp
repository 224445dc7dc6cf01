#include "connect/registry.hpp"

#include <array>
#include <string>
#include <string_view>

#include "connect/file.hpp"
#include "connect/mllp.hpp"
#include "connect/module.hpp"

namespace connectors {
namespace {

struct Type {
  std::string_view name;
  std::unique_ptr<ConnectorPlan> (*make)(const config::ConnectorSettings&, const base::Clock&,
                                         config::Problems&);
  std::string_view package{};  // of a module: Debian's, of its library
};

constexpr std::array kTypes{
    Type{"http", nullptr, "libcurl4"},
    Type{"mllp", make_mllp_plan},
    Type{"postgres", nullptr, "libpq5"},
    Type{"file", make_file_plan},
};

config::Problem unknown_type(const config::ConnectorSettings& settings) {
  std::string text = "connectors." + settings.name + ".type: expected one of";
  for (const Type& type : kTypes) text.append(" ").append(type.name);
  text += ", found '" + settings.type + "'";
  const config::Node* node = settings.node.find("type");
  return (node != nullptr ? *node : settings.node).problem(std::move(text));
}

}  // namespace

std::unique_ptr<ConnectorPlan> make_plan(const config::ConnectorSettings& settings,
                                         const base::Clock& clock, config::Problems& problems) {
  for (const Type& type : kTypes) {
    if (type.name != settings.type) continue;
    if (type.make != nullptr) return type.make(settings, clock, problems);
    return make_module_plan({type.name, type.package}, settings, problems);
  }
  problems.push_back(unknown_type(settings));
  return nullptr;
}

}  // namespace connectors
