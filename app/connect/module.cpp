#include "connect/module.hpp"

#include <dlfcn.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <utility>

#include "base/check.hpp"

namespace connectors {
namespace {

abi::Text to_abi(std::string_view text) noexcept { return {text.data(), text.size()}; }

std::string from_abi(abi::Text text) { return std::string(text.data, text.bytes); }

// A configuration's nodes as the module sees them. Owns the children's arrays.
class NodeTree {
 public:
  abi::Node add(std::string_view key, const config::Node& node) {
    std::vector<abi::Node> children;
    for (const config::Node& item : node.items) children.push_back(add("", item));
    for (const auto& [name, value] : node.entries) children.push_back(add(name, value));
    const std::vector<abi::Node>& kept = arrays_.emplace_back(std::move(children));
    return {.kind = static_cast<std::uint8_t>(node.kind),
            .quoted = static_cast<std::uint8_t>(node.quoted),
            .line = node.line,
            .column = node.column,
            .key_line = node.key_line,
            .key_column = node.key_column,
            .key = to_abi(key),
            .text = to_abi(node.text),
            .children = kept.data(),
            .child_count = kept.size()};
  }

 private:
  std::deque<std::vector<abi::Node>> arrays_;
};

abi::Delivery to_abi(const Delivery& delivery) {
  abi::Delivery crossing{
      .entry = delivery.id.value,
      .attempt = delivery.attempt,
      .message_id = {},
      .received_at_micros = delivery.received_at.time_since_epoch().count(),
      .control_id = to_abi(delivery.control_id),
      .type = to_abi(delivery.type),
      .trigger = to_abi(delivery.trigger),
      .message = to_abi(base::as_text(delivery.message)),
      .traceparent = to_abi(delivery.traceparent),
  };
  std::ranges::copy(delivery.message_id.octets, std::begin(crossing.message_id));
  return crossing;
}

Outcome from_abi(const abi::Outcome& outcome) {
  switch (outcome.kind) {
    case abi::OutcomeKind::kDelivered: return Delivered{};
    case abi::OutcomeKind::kNotTried: return NotTried{};
    case abi::OutcomeKind::kFailed: break;
  }
  Failure failure{.what = static_cast<FailureClass>(outcome.what),
                  .blame = static_cast<Blame>(outcome.blame),
                  .reason = from_abi(outcome.reason),
                  .words = from_abi(outcome.words)};
  if (outcome.retry_after_nanos >= 0) {
    failure.retry_after = std::chrono::nanoseconds(outcome.retry_after_nanos);
  }
  return failure;
}

class ModuleConnector final : public Connector {
 public:
  ModuleConnector(const abi::ModuleApi& api, void* connector) : api_(api), connector_(connector) {}

  ~ModuleConnector() override { api_.close(connector_); }

  std::vector<Outcome> deliver(std::span<const Delivery> deliveries,
                               std::stop_token stop) override {
    std::vector<Outcome> outcomes(deliveries.size(), NotTried{});
    std::vector<abi::Delivery> crossing;
    crossing.reserve(deliveries.size());
    for (const Delivery& delivery : deliveries) crossing.push_back(to_abi(delivery));

    const abi::OutcomeSink sink{
        &outcomes, [](void* context, std::size_t index, const abi::Outcome* outcome) noexcept {
          auto& all = *static_cast<std::vector<Outcome>*>(context);
          CHECK(index < all.size());
          all[index] = from_abi(*outcome);
        }};
    api_.arm(connector_);
    const std::stop_callback on_stop(stop, [this] { api_.stop(connector_); });
    api_.deliver(connector_, crossing.data(), crossing.size(), &sink);
    return outcomes;
  }

  [[nodiscard]] std::size_t batch_max() const noexcept override {
    return api_.batch_max(connector_);
  }

 private:
  const abi::ModuleApi& api_;
  void* const connector_;
};

class ModulePlan final : public ConnectorPlan {
 public:
  ModulePlan(const abi::ModuleApi& api, void* plan) : api_(api), plan_(plan) {}

  ~ModulePlan() override { api_.destroy_plan(plan_); }

  ModulePlan(const ModulePlan&) = delete;
  ModulePlan& operator=(const ModulePlan&) = delete;

  [[nodiscard]] std::unique_ptr<Connector> open() const override {
    return std::make_unique<ModuleConnector>(api_, api_.open(plan_));
  }

  [[nodiscard]] std::string describe() const override {
    std::string words;
    const abi::TextSink sink{&words, [](void* context, abi::Text text) noexcept {
                               *static_cast<std::string*>(context) = from_abi(text);
                             }};
    api_.describe(plan_, &sink);
    return words;
  }

 private:
  const abi::ModuleApi& api_;
  void* const plan_;
};

// What a module finds wrong, put back at its place in the configuration.
struct ProblemBasket {
  const config::Node& node;
  config::Problems& problems;

  static void add(void* context, const abi::Problem* problem) noexcept {
    auto& basket = *static_cast<ProblemBasket*>(context);
    config::Node place;
    place.source = basket.node.source;
    place.line = problem->line;
    place.column = problem->column;
    basket.problems.push_back(place.problem(from_abi(problem->text)));
  }
};

std::string missing_library(const ModuleType& type, std::string_view what) {
  return fmt::format(
      "type {0} needs the library of the Debian package {1} (apt-get install {1}): "
      "{2}",
      type.name, type.package, what);
}

}  // namespace

std::string module_path(std::string_view type) {
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const auto folder = program.parent_path().parent_path() / "lib" / "mllp-server";
  return (folder / (std::string(type) + ".so")).string();
}

base::Result<const abi::ModuleApi*, std::string> load_module(const ModuleType& type,
                                                             const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) {
    return base::fail(
        fmt::format("type {} is in a module that is missing: {} (Debian package "
                    "mllp-server, apt-get install --reinstall mllp-server)",
                    type.name, path));
  }
  void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return base::fail(missing_library(type, ::dlerror()));
  const auto entry = reinterpret_cast<abi::Entry>(::dlsym(handle, abi::kEntryName));
  if (entry == nullptr) return base::fail(fmt::format("{} is no module of mllp-server", path));
  const abi::ModuleApi* const api = entry();
  if (std::string_view(api->build_id) != MLLP_MODULE_BUILD_ID) {
    return base::fail(
        fmt::format("{} is of another build ({}, the program is {}): install both "
                    "from one package",
                    path, api->build_id, MLLP_MODULE_BUILD_ID));
  }
  return api;
}

std::unique_ptr<ConnectorPlan> make_module_plan(const ModuleType& type,
                                                const config::ConnectorSettings& settings,
                                                config::Problems& problems) {
  const auto api = load_module(type, module_path(type.name));
  if (!api) {
    const config::Node* const place = settings.node.find("type");
    problems.push_back((place != nullptr ? *place : settings.node)
                           .problem("connectors." + settings.name + ".type: " + api.error()));
    return nullptr;
  }
  NodeTree tree;
  const abi::Settings crossing{to_abi(settings.name), settings.batch, tree.add("", settings.node)};
  ProblemBasket basket{settings.node, problems};
  const abi::ProblemSink sink{&basket, ProblemBasket::add};
  void* const plan = (*api)->make_plan(&crossing, &sink);
  if (plan == nullptr) return nullptr;
  return std::make_unique<ModulePlan>(**api, plan);
}

}  // namespace connectors
