// control/store_operations.hpp: the operations on a store that this process has open.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "control/operations.hpp"
#include "store/outbox.hpp"

namespace control {

// The lanes beside the store. Called on the caller's thread.
struct Lanes {
  std::function<std::vector<LaneView>()> views;                // of what is configured
  std::function<bool(const std::string& connector)> resume{};  // false: no such lane; may be unset
};

class EditSink;

// One thread at a time. Destroy it after the outbox was closed: an edit that was not
// committed in time may still come back to it.
class StoreOperations final : public Operations {
 public:
  // All outlive it. The archive may be none: STORE=memory.
  StoreOperations(store::Outbox& outbox, store::Archive* archive, const base::Clock& clock,
                  Lanes lanes);
  ~StoreOperations() override;

  Answer<std::vector<Queue>> queues() override;
  Answer<LetterPage> letters(const LetterFilter& filter, const std::optional<LetterId>& after,
                             std::size_t count_max) override;
  Answer<std::vector<store::Attempt>> attempts(const LetterId& id) override;
  Answer<std::vector<DiscardedLetter>> discarded(const std::string& connector, store::EntryId after,
                                                 std::size_t count_max) override;
  Answer<std::size_t> replay(const std::string& connector,
                             const std::vector<store::EntryId>& ids) override;
  Answer<std::size_t> discard(const std::string& connector, const std::vector<store::EntryId>& ids,
                              const std::string& reason) override;
  Answer<GivenUp> give_up(const std::string& connector, const std::string& reason) override;
  Answer<store::EntryId> edit(const LetterId& id, base::ByteView octets) override;
  Answer<base::Done> resume(const std::string& connector) override;
  Answer<store::FoundPage> search(const store::Search& search,
                                  const std::optional<store::MessageKey>& after,
                                  std::size_t count_max) override;
  Answer<std::optional<store::MessageRecord>> record(const store::MessageKey& key) override;
  Answer<std::optional<store::StoredMessage>> message(store::EntryId id) override;
  Answer<store::StoreStats> store_stats() override;
  Answer<base::Done> begin_backup(const std::string& folder) override;
  Answer<store::BackupState> backup_state() override;
  Answer<base::Done> begin_rekey() override;
  Answer<store::RekeyState> rekey_state() override;

 private:
  [[nodiscard]] Answer<store::Care*> care() const;
  [[nodiscard]] Answer<std::vector<store::EntryId>> give_up_letters(store::ConnectorId connector,
                                                                    std::size_t count_max,
                                                                    const std::string& reason);
  [[nodiscard]] Answer<base::Done> check_fields(const store::Search& search);
  [[nodiscard]] Answer<store::ConnectorId> find(std::string_view connector) const;
  [[nodiscard]] Answer<store::ParkedEntry> find_letter(store::ConnectorId connector,
                                                       const LetterId& id);
  [[nodiscard]] Answer<store::EntryId> append(store::LaneKey key, base::ByteView octets);

  store::Outbox& outbox_;
  store::Archive* const archive_;
  const base::Clock& clock_;
  const Lanes lanes_;
  std::unique_ptr<EditSink> sink_;
};

}  // namespace control
