#include "cli/keeper.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/try.hpp"
#include "control/audited_operations.hpp"
#include "control/control_client.hpp"
#include "server/audit_office.hpp"
#include "server/reload.hpp"
#include "store/sqlite/layout.hpp"

namespace cli {
namespace {

control::Lanes offline_lanes(const config::Configuration& configuration) {
  std::vector<control::LaneView> views;
  for (const config::ConnectorSettings& each : configuration.connectors) {
    views.push_back({each.name, each.type, "offline", ""});
  }
  return {[views = std::move(views)] { return views; }};
}

// None where there are none: rules that cannot be compiled are then no hindrance.
base::Result<std::unique_ptr<intake::IndexFields>, std::string> make_fields(
    const config::Configuration& configuration) {
  if (configuration.index.empty()) return std::unique_ptr<intake::IndexFields>();
  auto rules = server::compile_rules(configuration, 1);
  if (!rules) return base::fail(config::to_string(rules.error()));
  return std::make_unique<intake::IndexFields>(configuration, *std::move(rules));
}

}  // namespace

base::Result<std::unique_ptr<Keeper>, std::string> Keeper::open(
    const config::Configuration& configuration, const base::Clock& clock) {
  const std::string& folder = configuration.server.data_dir;
  std::unique_ptr<Keeper> keeper(new Keeper());
  keeper->operations_ = control::ControlClient::find(folder, clock);
  if (keeper->operations_) return keeper;
  if (configuration.server.store == config::StoreKind::kMemory) {
    return base::fail(
        fmt::format("no server answers in {}, and STORE=memory keeps nothing", folder));
  }
  if (::access(store::sqlite::Layout(folder).lanes_file().c_str(), F_OK) != 0) {
    return base::fail(fmt::format("no server answers in {}, and it holds no store", folder));
  }
  keeper->fields_ = TRY(make_fields(configuration));
  keeper->store_ =
      TRY(server::open_store(configuration.server, std::nullopt, clock, keeper->fields_.get()));
  keeper->trail_ = TRY(server::open_trail(configuration.server, keeper->store_.cipher));
  if (keeper->trail_) server::seal_along(keeper->store_.archive->care(), *keeper->trail_);
  keeper->unaudited_ = std::make_unique<control::StoreOperations>(
      *keeper->store_.outbox, keeper->store_.archive.get(), clock, offline_lanes(configuration));
  keeper->operations_ =
      std::make_unique<control::AuditedOperations>(*keeper->unaudited_, *keeper->trail_, clock);
  keeper->operations_->called_by(control::own_caller());
  return keeper;
}

// Operations last: what they gave to the store comes back to them.
Keeper::~Keeper() {
  if (store_.archive) store_.archive->close();
  if (store_.outbox) store_.outbox->close();
}

}  // namespace cli
