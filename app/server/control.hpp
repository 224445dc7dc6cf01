// server/control.hpp: control.sock of a running server, with its lanes beside its store.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "audit/journal.hpp"
#include "base/clock.hpp"
#include "control/audited_operations.hpp"
#include "control/control_server.hpp"
#include "control/store_operations.hpp"
#include "deliver/dispatcher.hpp"
#include "store/archive.hpp"
#include "store/outbox.hpp"

namespace server {

// What operators look at, and where that is recorded.
struct Kept {
  store::Outbox& outbox;
  store::Archive* archive = nullptr;
  audit::Journal* journal = nullptr;
};

class Control {
 public:
  // All outlive stop(); destroy it after the outbox was closed. Archive and journal may be none.
  Control(const Kept& kept, deliver::Dispatcher& dispatcher, const base::Clock& clock);

  // A server that nobody can ask is better than none: says on the log why it cannot.
  void start(const std::string& folder);

  // Ends the exchange that is under way.
  void stop() { server_.reset(); }

 private:
  const base::Clock& clock_;
  control::StoreOperations operations_;
  std::optional<control::AuditedOperations> audited_;
  std::unique_ptr<control::ControlServer> server_;
};

}  // namespace server
