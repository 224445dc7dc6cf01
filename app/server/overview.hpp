// server/overview.hpp: the house as the admin server asks for it.
//
// It stands before the house is built, so that a start that takes long can be told, and
// until the house has come down. Thread-safe: answers on the admin server's thread, told
// by main how far things are.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "admin/facts.hpp"
#include "audit/trail.hpp"
#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "config/configuration.hpp"
#include "deliver/dispatcher.hpp"
#include "intake/live_rules.hpp"
#include "server/doors.hpp"
#include "store/outbox.hpp"

namespace server {

class Overview final : public admin::Facts {
 public:
  // What there is to look at once all has started. Lives until close() returns.
  struct Rooms {
    const intake::LiveRules& rules;
    store::Outbox& outbox;
    const Doors& doors;
    const deliver::Dispatcher& dispatcher;
    const audit::Trail* trail = nullptr;  // none with STORE=memory
  };

  // Settings and clock outlive it.
  Overview(const config::ServerSettings& settings, const base::Clock& clock);

  void open(Rooms rooms);  // from now on: serving
  void begin_draining();   // still to be looked at
  void close();            // nothing more is looked at

  [[nodiscard]] std::vector<admin::Unready> unready(bool lanes_too) override;
  [[nodiscard]] admin::StatusFacts status() override;
  [[nodiscard]] std::vector<admin::ConnectorFacts> connectors() override;
  [[nodiscard]] std::vector<admin::ConnectionFacts> connections() override;
  [[nodiscard]] std::vector<admin::RuleFacts> rules() override;

 private:
  enum class Phase : std::uint8_t { kStarting, kServing, kDraining };

  void add_store_troubles(std::vector<admin::Unready>& reasons) const;

  const config::ServerSettings& settings_;
  const base::Clock& clock_;
  const base::WallTime started_at_;
  std::atomic<Phase> phase_{Phase::kStarting};  // no lock: the drain waits for nobody's question
  mutable base::Mutex mutex_;
  std::optional<Rooms> rooms_ GUARDED_BY(mutex_);
};

}  // namespace server
