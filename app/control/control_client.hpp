// control/control_client.hpp: the operations of a server that runs, by its control.sock.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "control/operations.hpp"
#include "control/wire_form.hpp"

namespace control {

class ControlClient final : public Operations {
 public:
  // How long a server may take for one answer.
  static constexpr auto kAnswerTime = std::chrono::seconds(60);
  static constexpr std::size_t kLineBytesMax = std::size_t{1} << 30U;

  // None if no server answers in this folder. The clock outlives it.
  [[nodiscard]] static std::unique_ptr<ControlClient> find(const std::string& folder,
                                                           const base::Clock& clock);

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
  struct Reply {
    std::vector<Object> lines;
    Object end;
  };

  ControlClient(std::string folder, const base::Clock& clock)
      : folder_(std::move(folder)), clock_(clock) {}

  [[nodiscard]] Answer<Reply> ask(const Object& request) const;
  template <class Read>
  [[nodiscard]] auto ask_for(const Object& request, Read read) const;

  const std::string folder_;
  const base::Clock& clock_;
};

}  // namespace control
