#include "store/test_support/backends.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "store/memory_outbox.hpp"
#include "store/sqlite/sqlite_outbox.hpp"
#include "store/test_support/guest_disk.hpp"
#include "store/test_support/keys.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "store/test_support/temporary_folder.hpp"

namespace store::test_support {
namespace {

// Only what asks is known again: all other appends are as without it.
const DedupOptions kDedup = {.window = std::chrono::hours(1), .entries_max = 1'000'000};

class MemoryBackend final : public Backend {
 public:
  explicit MemoryBackend(const base::Clock& clock)
      : outbox_(make_memory_outbox(clock, {kBytesMax, kDedup})) {}

  Outbox& outbox() override { return *outbox_; }

  // A connector of its own is owed all there is room for.
  void set_full(bool full) override {
    Desk desk(*outbox_);
    const ConnectorId ballast = desk.connector("ballast");
    if (full) {
      filling_ = desk.put(std::string(kBytesMax, 'x'), {{ballast}});
    } else {
      CHECK(desk.claim(ballast).size() == 1);
      desk.settle(ballast, filling_, Delivered{});
    }
  }

 private:
  static constexpr std::size_t kBytesMax = 64 * base::kMiB;

  std::unique_ptr<Outbox> outbox_;
  EntryId filling_;
};

class SqliteBackend final : public Backend {
 public:
  SqliteBackend(const base::Clock& clock, std::shared_ptr<PayloadCipher> cipher) {
    SqliteOptions options;
    options.cipher = std::move(cipher);
    options.data_dir = folder_.path() + "/data";
    options.clock = &clock;
    options.disk = &disk_;
    options.min_free_bytes = 1;
    options.dedup = kDedup;
    options.retry_every = std::chrono::milliseconds(2);
    auto outbox = open_sqlite_outbox(std::move(options));
    CHECK(outbox.has_value());
    outbox_ = std::move(outbox).value();
  }

  Outbox& outbox() override { return *outbox_; }

  void set_full(bool full) override { disk_.set_full(full); }

 private:
  TemporaryFolder folder_;
  GuestDisk disk_;
  std::unique_ptr<Outbox> outbox_;
};

}  // namespace

std::string_view to_string(BackendKind kind) noexcept {
  switch (kind) {
    case BackendKind::kMemory: return "memory";
    case BackendKind::kSqlite: return "sqlite";
    case BackendKind::kSealed: return "sealed";
  }
  return "unknown";
}

std::unique_ptr<Backend> make_backend(BackendKind kind, const base::Clock& clock) {
  switch (kind) {
    case BackendKind::kMemory: return std::make_unique<MemoryBackend>(clock);
    case BackendKind::kSqlite: return std::make_unique<SqliteBackend>(clock, nullptr);
    case BackendKind::kSealed: return std::make_unique<SqliteBackend>(clock, cipher_of({kKeyOne}));
  }
  return nullptr;
}

}  // namespace store::test_support
