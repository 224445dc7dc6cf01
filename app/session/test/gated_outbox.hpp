// A store that commits when the test says so, and with the outcome that it says.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/outbox.hpp"

namespace session {

// Keeps appends until commit() or refuse(); lanes are not its business.
class GatedOutbox final : public store::Outbox {
 public:
  void append(std::vector<std::unique_ptr<store::Append>> batch) override {
    const std::lock_guard lock(mutex_);
    ++batch_count_;
    for (auto& append : batch) waiting_.push_back(std::move(append));
    changed_.notify_all();
  }

  // Blocks until so many appends wait at the gate.
  void await_waiting(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() >= count; });
  }

  [[nodiscard]] std::size_t waiting_count() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

  // How often append() was called.
  [[nodiscard]] std::size_t batch_count() {
    const std::lock_guard lock(mutex_);
    return batch_count_;
  }

  // Commits all that waits, as one group, but for what was overtaken; returns how many
  // that were.
  std::size_t commit() {
    return let_go([this](store::Append& append) {
      if (store::is_overtaken(append)) {
        return store::refuse(append, {store::StoreFault::kOvertaken, 0});
      }
      append.outcome = store::EntryId{++last_id_};
      for (const store::Draft& draft : append.drafts) {
        stored_.emplace_back(base::as_text(draft.payload));
        kept_.push_back(
            {std::string(draft.facts.peer), std::string(draft.facts.control_id), draft.facts.id});
      }
    });
  }

  std::size_t refuse(store::StoreFault fault) {
    return let_go([fault](store::Append& append) { store::refuse(append, {fault, 0}); });
  }

  // Payloads, in the order of commit.
  [[nodiscard]] const std::vector<std::string>& stored() const { return stored_; }

  struct Kept {
    std::string peer;
    std::string control_id;
    base::Uuid id{};
  };

  // The same messages, by whom they are from.
  [[nodiscard]] const std::vector<Kept>& kept() const { return kept_; }

  base::Result<store::ConnectorId, store::StoreError> connector_id(std::string_view) override {
    return store::ConnectorId{1};
  }

  base::Result<std::vector<store::Claim>, store::StoreError> claim(const store::LaneSlice&,
                                                                   std::size_t) override {
    return std::vector<store::Claim>{};
  }

  void limit_backlog(store::ConnectorId, const store::BacklogLimit&) override {}

  void settle(store::ConnectorId, std::vector<Settlement>) override {}

  void return_claims(store::ConnectorId, std::span<const store::EntryId>) override {}

  void wait(const store::LaneSlice&, base::SteadyTime, std::stop_token) override {}

  base::Result<bool, store::StoreError> release(store::ConnectorId, store::EntryId) override {
    return false;
  }

  [[nodiscard]] store::LaneStatus status(store::ConnectorId) const override { return {}; }

  base::Result<std::vector<store::ParkedEntry>, store::StoreError> parked(store::ConnectorId,
                                                                          store::EntryId,
                                                                          std::size_t) override {
    return std::vector<store::ParkedEntry>{};
  }

  base::Result<std::vector<store::Attempt>, store::StoreError> attempts(store::ConnectorId,
                                                                        store::EntryId) override {
    return std::vector<store::Attempt>{};
  }

  base::Result<std::vector<store::EntryId>, store::StoreError> give_up(
      store::ConnectorId, std::size_t, const store::Discard&) override {
    return std::vector<store::EntryId>{};
  }

  base::Result<bool, store::StoreError> discard(store::ConnectorId, store::EntryId,
                                                const store::Discard&) override {
    return false;
  }

  base::Result<std::vector<store::DiscardedEntry>, store::StoreError> discarded(
      store::ConnectorId, store::EntryId, std::size_t) override {
    return std::vector<store::DiscardedEntry>{};
  }

  [[nodiscard]] std::vector<store::Registered> connectors() const override { return {}; }

  base::Result<std::optional<store::OldestEntry>, store::StoreError> oldest(
      store::ConnectorId) override {
    return std::optional<store::OldestEntry>();
  }

  base::Result<store::DebtState, store::StoreError> debt(store::ConnectorId,
                                                         store::EntryId) override {
    return store::DebtState::kDelivered;
  }

  [[nodiscard]] store::EntryId last() const override { return {last_id_}; }

  base::Result<std::optional<store::StoredMessage>, store::StoreError> message(
      store::EntryId) override {
    return std::optional<store::StoredMessage>();
  }

  base::Result<std::vector<store::StoredMessage>, store::StoreError> newest(store::EntryId,
                                                                            std::size_t) override {
    return std::vector<store::StoredMessage>{};
  }

  void close() override { static_cast<void>(refuse(store::StoreFault::kClosed)); }

 private:
  template <class Settle>
  std::size_t let_go(Settle settle) {
    std::vector<std::unique_ptr<store::Append>> group;
    {
      const std::lock_guard lock(mutex_);
      group.swap(waiting_);
    }
    const std::size_t count = group.size();
    if (count == 0) return 0;
    for (auto& append : group) settle(*append);
    store::AppendSink& sink = *group.front()->sink;
    sink.appended(std::move(group));
    return count;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<store::Append>> waiting_;
  std::vector<std::string> stored_;
  std::vector<Kept> kept_;
  std::uint64_t last_id_ = 0;
  std::size_t batch_count_ = 0;
};

}  // namespace session
