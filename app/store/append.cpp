#include "store/append.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace store {

std::string_view to_string(StoreFault fault) noexcept {
  switch (fault) {
    case StoreFault::kFull: return "full";
    case StoreFault::kIo: return "io";
    case StoreFault::kSyncFailed: return "sync_failed";
    case StoreFault::kClosed: return "closed";
    case StoreFault::kOvertaken: return "overtaken";
    case StoreFault::kDamaged: return "damaged";
    case StoreFault::kBacklogFull: return "backlog_full";
  }
  return "unknown";
}

void refuse(Append& append, StoreError error) noexcept {
  append.outcome = base::fail(error);
  if (append.stream == nullptr) return;
  auto& failed = append.stream->failed_epoch;
  std::uint32_t seen = failed.load();
  while (seen < append.epoch && !failed.compare_exchange_weak(seen, append.epoch)) {
  }
}

bool is_overtaken(const Append& append) noexcept {
  return append.stream != nullptr && append.epoch <= append.stream->failed_epoch.load();
}

std::size_t stored_count(const Append& append) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(append.drafts, &Draft::is_stored));
}

void hand_back(std::vector<std::unique_ptr<Append>> batch) {
  while (!batch.empty()) {
    AppendSink* const sink = batch.front()->sink;
    const auto others = std::stable_partition(
        batch.begin(), batch.end(), [sink](const auto& append) { return append->sink == sink; });
    std::vector<std::unique_ptr<Append>> rest(std::make_move_iterator(others),
                                              std::make_move_iterator(batch.end()));
    batch.erase(others, batch.end());
    sink->appended(std::move(batch));
    batch = std::move(rest);
  }
}

}  // namespace store
