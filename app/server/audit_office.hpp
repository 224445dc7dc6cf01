// server/audit_office.hpp: the audit trail of this server, as the settings ask for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/trail.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "server/open_store.hpp"

namespace server {

// Opens the trail of DATA_DIR, or says why not. Null with STORE=memory. Its records are sealed
// with the store's cipher, where there is one.
[[nodiscard]] base::Result<std::unique_ptr<audit::Trail>, std::string> open_trail(
    const config::ServerSettings& settings, const std::shared_ptr<store::PayloadCipher>& cipher);

// A rekey of the store takes the trail along. REQUIRES: the trail outlives the care, or nothing is
// taken along any more before it goes.
void seal_along(store::Care& care, audit::Trail& trail);

// What of a running server goes to its trail. From main's thread.
class AuditOffice {
 public:
  // No trail: all of this does nothing, and refused messages go to their bin alone.
  // REQUIRES: `store` outlives it.
  AuditOffice(std::unique_ptr<audit::Trail> trail, Store& store);
  ~AuditOffice();
  AuditOffice(const AuditOffice&) = delete;
  AuditOffice& operator=(const AuditOffice&) = delete;

  // Null where there is none.
  [[nodiscard]] audit::Trail* trail() noexcept { return trail_.get(); }

  // Where refused messages go.
  [[nodiscard]] store::RejectedBin* bin() noexcept;

  // Records the start: on disk when this returns, or one sentence that says why not. From now
  // on messages are recorded. What the trail cannot do is told on the log.
  [[nodiscard]] base::Status<std::string> begin(const std::vector<std::string>& listeners);

  void reloaded(bool is_taken, std::uint64_t revision);

  // Records what is left, and the end. REQUIRES: the store was closed.
  void end(std::string_view signal);

 private:
  Store& store_;
  std::unique_ptr<audit::Trail> trail_;
  std::optional<audit::RecordedBin> bin_;
};

}  // namespace server
