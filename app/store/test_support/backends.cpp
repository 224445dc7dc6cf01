#include "store/test_support/backends.hpp"

#include <string>

#include "base/check.hpp"
#include "store/memory_outbox.hpp"
#include "store/test_support/outbox_fixture.hpp"

namespace store::test_support {
namespace {

class MemoryBackend final : public Backend {
 public:
  explicit MemoryBackend(const base::Clock& clock)
      : outbox_(make_memory_outbox(clock, {kBytesMax})) {}

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

}  // namespace

std::string_view to_string(BackendKind kind) noexcept {
  switch (kind) {
    case BackendKind::kMemory: return "memory";
  }
  return "unknown";
}

std::unique_ptr<Backend> make_backend(BackendKind kind, const base::Clock& clock) {
  switch (kind) {
    case BackendKind::kMemory: return std::make_unique<MemoryBackend>(clock);
  }
  return nullptr;
}

}  // namespace store::test_support
