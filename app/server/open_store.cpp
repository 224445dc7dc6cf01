#include "server/open_store.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "audit/trail_folder.hpp"
#include "base/bytes.hpp"
#include "base/try.hpp"
#include "server/open_cipher.hpp"
#include "server/server.hpp"
#include "store/memory_outbox.hpp"
#include "store/sqlite/sqlite_outbox.hpp"
#include "telemetry/log.hpp"

namespace server {

using telemetry::Level;

constexpr base::Duration kLookAtSizeEvery = std::chrono::seconds(1);

// The next start reads what the disk really has.
void end_after_failed_sync(const store::StoreError& error) {
  telemetry::log(Level::kCritical, "sync_failed",
                 {{"fault", to_string(error.fault)},
                  {"os_error", error.os_error},
                  {"text", "what is on disk is unknown: ending without further answers"}});
  std::_Exit(kExitSyncFailed);
}

// MIN_FREE, else 512 MiB or 5 % of the disk, whichever is less: a small disk is no
// reason to refuse everything.
std::uint64_t min_free_bytes(const config::ServerSettings& settings) {
  constexpr std::uint64_t kMost = 512 * base::kMiB;
  if (settings.min_free) return *settings.min_free;

  struct statvfs disk {};

  const bool there = statvfs(settings.data_dir.c_str(), &disk) == 0 || statvfs(".", &disk) == 0;
  if (!there) return kMost;
  return std::min<std::uint64_t>(kMost, disk.f_blocks * disk.f_frsize / 20);
}

namespace {

// Whole segments go, so there are some in what is kept: by age, and by size.
void set_segments(const config::ServerSettings& settings, store::SqliteOptions& options) {
  constexpr base::Duration kShortest = std::chrono::minutes(1);
  constexpr std::uint64_t kSmallest = base::kMiB;
  if (settings.retain != base::Duration::zero()) {
    options.segment_age = std::clamp(settings.retain / 10, kShortest, options.segment_age);
  }
  if (settings.max_store_size != 0) {
    options.segment_bytes =
        std::clamp(settings.max_store_size / 20, kSmallest, options.segment_bytes);
  }
}

}  // namespace

std::optional<store::DedupOptions> dedup_options(const config::Configuration& configuration) {
  const bool is_wanted = std::ranges::any_of(
      configuration.listeners,
      [](const config::ListenerSettings& each) { return each.dedup != config::Dedup::kOff; });
  if (!is_wanted) return std::nullopt;
  store::DedupOptions options;
  options.window = configuration.server.dedup_window;
  options.entries_max = configuration.server.dedup_entries_max;
  return options;
}

base::Result<Store, std::string> open_store(const config::ServerSettings& settings,
                                            const std::optional<store::DedupOptions>& dedup,
                                            const base::Clock& clock, store::FieldSource* fields) {
  if (settings.store == config::StoreKind::kMemory) {
    telemetry::log(Level::kWarning, "store_not_durable",
                   {{"text", "STORE=memory: everything is lost when the process ends"}});
    store::MemoryOptions memory;
    memory.dedup = dedup;
    Store in_memory{nullptr, store::make_memory_outbox(clock, memory), nullptr, std::nullopt};
    if (dedup) in_memory.dedup_secret = store::new_dedup_secret();
    return in_memory;
  }
  store::SqliteOptions options;
  options.data_dir = settings.data_dir;
  options.cipher = TRY(open_cipher(settings));
  options.clock = &clock;
  options.min_free_bytes = min_free_bytes(settings);
  options.dedup = dedup;
  options.bytes_max = settings.max_store_size;
  options.on_fatal = end_after_failed_sync;
  set_segments(settings, options);
  store::ArchiveOptions archive;
  archive.retain = settings.retain;
  archive.retain_rejected = settings.retain_rejected;
  archive.rejected_bytes_max = settings.max_rejected_size;
  if (settings.max_store_size != 0) archive.look_every = kLookAtSizeEvery;
  archive.min_free_bytes = options.min_free_bytes;
  archive.is_audited = true;
  archive.fields = fields;
  archive.load_keys = [source = key_source(settings)] { return store::load_keys(source); };
  archive.besides = {std::string(audit::kFolderName)};
  const auto cipher = options.cipher;
  auto opened = store::open_sqlite_store(std::move(options), archive);
  if (!opened) return base::fail(to_string(opened.error()));
  return Store{cipher, std::move(opened->outbox), std::move(opened->archive), opened->dedup_secret};
}

}  // namespace server
