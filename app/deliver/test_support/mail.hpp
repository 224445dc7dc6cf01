// deliver/test_support/mail.hpp: an outbox in memory, and messages to put into it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "store/outbox.hpp"

namespace deliver::test_support {

// A whole ADT with that MSH-10, for a patient called DOE.
[[nodiscard]] std::string message_of(std::string_view control_id);

// What a message in a file or on a socket is called: its MSH-10.
[[nodiscard]] std::string control_id_of(std::string_view message);

class Mail final : public store::AppendSink {
 public:
  explicit Mail(const base::Clock& clock);

  [[nodiscard]] store::Outbox& outbox() { return *outbox_; }

  [[nodiscard]] store::ConnectorId connector(std::string_view name);

  // One message, for all those connectors, committed when it returns.
  store::EntryId put(std::string_view control_id, std::vector<store::LaneKey> lanes);

  // Messages called after their number, from `first` on; one key for all.
  void put_many(store::ConnectorId connector, int first, int count);

  void appended(std::vector<std::unique_ptr<store::Append>> batch) override;

 private:
  const base::Clock& clock_;
  std::unique_ptr<store::Outbox> outbox_;
  store::EntryId last_;
};

}  // namespace deliver::test_support
