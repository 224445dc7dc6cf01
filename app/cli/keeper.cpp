#include "cli/keeper.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/try.hpp"
#include "control/audited_operations.hpp"
#include "control/control_client.hpp"
#include "server/audit_office.hpp"
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
  keeper->store_ = TRY(server::open_store(configuration.server, clock));
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
