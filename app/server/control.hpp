// server/control.hpp: control.sock of a running server, with its lanes beside its store.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "control/control_server.hpp"
#include "control/store_operations.hpp"
#include "deliver/dispatcher.hpp"
#include "store/archive.hpp"
#include "store/outbox.hpp"

namespace server {

class Control {
 public:
  // All outlive stop(); destroy it after the outbox was closed. The archive may be none.
  Control(store::Outbox& outbox, store::Archive* archive, deliver::Dispatcher& dispatcher,
          const base::Clock& clock);

  // A server that nobody can ask is better than none: says on the log why it cannot.
  void start(const std::string& folder);

  // Ends the exchange that is under way.
  void stop() { server_.reset(); }

 private:
  const base::Clock& clock_;
  control::StoreOperations operations_;
  std::unique_ptr<control::ControlServer> server_;
};

}  // namespace server
