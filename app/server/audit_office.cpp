#include "server/audit_office.hpp"

#include <utility>

#include "base/try.hpp"
#include "telemetry/log.hpp"

namespace server {

using audit::RecordText;
using telemetry::Level;

base::Result<std::unique_ptr<audit::Trail>, std::string> open_trail(
    const config::ServerSettings& settings, const std::shared_ptr<store::PayloadCipher>& cipher) {
  if (settings.store == config::StoreKind::kMemory) return std::unique_ptr<audit::Trail>();
  audit::TrailOptions options;
  options.data_dir = settings.data_dir;
  options.cipher = cipher;
  options.keys = TRY(audit::AuditKeys::load(settings.audit_key_file));
  options.min_free_bytes = min_free_bytes(settings);
  options.retain = settings.retain_audit;
  options.on_fatal = end_after_failed_sync;
  return audit::Trail::open(std::move(options));
}

void seal_along(store::Care& care, audit::Trail& trail) {
  care.seal_besides([&trail](bool is_first) { return trail.seal_step(is_first); });
}

AuditOffice::AuditOffice(std::unique_ptr<audit::Trail> trail, Store& store)
    : store_(store), trail_(std::move(trail)) {
  if (!trail_ || !store_.archive) return;
  bin_.emplace(*trail_, *store_.archive);
  store_.archive->care().let_go_behind([trail = trail_.get()] { return trail->recorded_to(); });
  seal_along(store_.archive->care(), *trail_);
}

AuditOffice::~AuditOffice() {
  if (!bin_) return;
  store_.archive->care().let_go_behind([] { return store::EntryId{}; });
  store_.archive->care().seal_besides({});
}

store::RejectedBin* AuditOffice::bin() noexcept {
  if (bin_) return &*bin_;
  return store_.archive.get();
}

base::Status<std::string> AuditOffice::begin(const std::vector<std::string>& listeners) {
  if (!trail_) {
    telemetry::log(Level::kWarning, "audit_off",
                   {{"text", "STORE=memory: there is no audit trail either"}});
    return base::Done{};
  }
  if (!trail_->is_keyed()) {
    telemetry::log(Level::kInfo, "audit_without_key",
                   {{"text", "without AUDIT_KEY_FILE the audit trail shows damage, not forgery"}});
  }
  RecordText record("start", base::Clock::system().wall_now());
  record.add("version", MLLP_SERVER_VERSION).add_list("listeners", listeners);
  static_cast<void>(TRY(trail_->record_now(std::move(record))));
  trail_->follow(*store_.outbox, *store_.archive);
  return base::Done{};
}

// A reload that cannot be recorded has happened all the same: it is told on the log.
void AuditOffice::reloaded(bool is_taken, std::uint64_t revision) {
  if (!trail_) return;
  RecordText record("reload", base::Clock::system().wall_now());
  record.add_flag("taken", is_taken).add("revision", revision);
  static_cast<void>(trail_->record_now(std::move(record)));
}

void AuditOffice::end(std::string_view signal) {
  if (!trail_) return;
  RecordText record("stop", base::Clock::system().wall_now());
  record.add("signal", signal);
  trail_->close(std::move(record));
}

}  // namespace server
