// cli/keeper.hpp: the operations on a server's store, wherever it is open.
#pragma once

#include <memory>
#include <string>

#include "audit/trail.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "control/operations.hpp"
#include "control/store_operations.hpp"
#include "intake/index_fields.hpp"
#include "server/open_store.hpp"

namespace cli {

class Keeper {
 public:
  // A running server's, or those of its folder, which is then locked until this is destroyed.
  // A folder without a store is an error: nothing is made. REQUIRES: the clock outlives it.
  [[nodiscard]] static base::Result<std::unique_ptr<Keeper>, std::string> open(
      const config::Configuration& configuration, const base::Clock& clock);

  // What was decided on a folder is durable when this returns.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  [[nodiscard]] control::Operations& operations() noexcept { return *operations_; }

  [[nodiscard]] bool is_running() const noexcept { return store_.outbox == nullptr; }

 private:
  Keeper() = default;

  std::unique_ptr<intake::IndexFields> fields_;  // the index is built here as the server would
  server::Store store_;                          // of a stopped server
  std::unique_ptr<audit::Trail> trail_;
  std::unique_ptr<control::Operations> unaudited_;
  std::unique_ptr<control::Operations> operations_;
};

}  // namespace cli
