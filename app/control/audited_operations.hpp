// control/audited_operations.hpp: the operations, each look and decision recorded first.
//
// A look is recorded when what it found is known and before anybody sees it; a decision before
// it is made, and a second record tells what came of it where that is not all that was asked
// for. What cannot be recorded is neither shown nor done.
//
// Queues are no patient data, nor is what was discarded: they leave no record.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.hpp"
#include "audit/record.hpp"
#include "base/clock.hpp"
#include "control/operations.hpp"

namespace control {

// One thread at a time. What it is given outlives it.
class AuditedOperations final : public Operations {
 public:
  AuditedOperations(Operations& operations, audit::Journal& journal, const base::Clock& clock)
      : operations_(operations), journal_(journal), clock_(clock) {}

  void called_by(const Caller& caller) override { caller_ = caller; }

  Answer<std::vector<Queue>> queues() override { return operations_.queues(); }

  Answer<LetterPage> letters(const LetterFilter& filter, const std::optional<LetterId>& after,
                             std::size_t count_max) override;
  Answer<std::vector<store::Attempt>> attempts(const LetterId& id) override;

  Answer<std::vector<DiscardedLetter>> discarded(const std::string& connector, store::EntryId after,
                                                 std::size_t count_max) override {
    return operations_.discarded(connector, after, count_max);
  }

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

  Answer<store::StoreStats> store_stats() override { return operations_.store_stats(); }

  Answer<base::Done> begin_backup(const std::string& folder) override;

  Answer<store::BackupState> backup_state() override { return operations_.backup_state(); }

  Answer<base::Done> begin_rekey() override;

  Answer<store::RekeyState> rekey_state() override { return operations_.rekey_state(); }

 private:
  [[nodiscard]] audit::RecordText begin(std::string_view kind, std::string_view what) const;
  [[nodiscard]] Answer<std::uint64_t> look(audit::RecordText record);
  [[nodiscard]] Answer<std::uint64_t> decide(audit::RecordText record);
  [[nodiscard]] Answer<std::uint64_t> decide_letters(std::string_view what,
                                                     const std::string& connector,
                                                     const std::vector<store::EntryId>& ids);
  [[nodiscard]] Answer<std::uint64_t> told_failed(std::uint64_t decision);
  [[nodiscard]] Answer<std::size_t> told_count(std::uint64_t decision, std::size_t asked,
                                               Answer<std::size_t> done);

  Operations& operations_;
  audit::Journal& journal_;
  const base::Clock& clock_;
  Caller caller_;
};

}  // namespace control
