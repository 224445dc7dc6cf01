// server/open_store.hpp: the store that the settings ask for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "store/archive.hpp"
#include "store/dedup_window.hpp"
#include "store/index_fields.hpp"
#include "store/outbox.hpp"
#include "store/payload_cipher.hpp"

namespace server {

// A store, and what is searched of it: none with STORE=memory.
struct Store {
  std::shared_ptr<store::PayloadCipher> cipher;  // null: it is in clear
  std::unique_ptr<store::Outbox> outbox;
  std::unique_ptr<store::Archive> archive;         // goes before the outbox
  std::optional<store::DedupSecret> dedup_secret;  // none: no listener has DEDUP
};

// Opens it, with recovery after a crash, or says why not. When a sync fails later,
// the process ends there and then, without an answer to anybody. REQUIRES: index fields, where
// there are any, outlive it.
[[nodiscard]] base::Result<Store, std::string> open_store(
    const config::ServerSettings& settings, const std::optional<store::DedupOptions>& dedup,
    const base::Clock& clock, store::FieldSource* fields);

// What the store is to know again; none where no listener wants it to.
[[nodiscard]] std::optional<store::DedupOptions> dedup_options(
    const config::Configuration& configuration);

// Ends the process there and then: nothing that is said after a failed sync would be known to
// be true, not an answer to a sender, not a delivery.
[[noreturn]] void end_after_failed_sync(const store::StoreError& error);

// Room on the disk below which the store refuses: MIN_FREE, or what it is by default.
[[nodiscard]] std::uint64_t min_free_bytes(const config::ServerSettings& settings);

}  // namespace server
