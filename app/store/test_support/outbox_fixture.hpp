// store/test_support/outbox_fixture.hpp: the words in which tests of an outbox
// are written.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/outbox.hpp"

namespace store::test_support {

// A sink that keeps what comes back, in order, until it is asked for.
class Collector final : public AppendSink {
 public:
  void appended(std::vector<std::unique_ptr<Append>> batch) override;

  // The next `count` appends. Fewer if they do not come within ten seconds.
  [[nodiscard]] std::vector<std::unique_ptr<Append>> take(std::size_t count);

  // How many came back and were not taken yet.
  [[nodiscard]] std::size_t pending_count();

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::unique_ptr<Append>> appends_;
};

// A message by its text. What its views look at is in the append's keep_alive.
struct Letter {
  std::string text;
  std::vector<LaneKey> lanes;
};

// An append of these letters, with facts that are made from their texts.
[[nodiscard]] std::unique_ptr<Append> make_append(const std::vector<Letter>& letters,
                                                  AppendSink& sink);

// What make_append() puts into the facts of a letter.
[[nodiscard]] std::string control_id_of(std::string_view text);
[[nodiscard]] base::Uuid message_id_of(std::string_view text);

[[nodiscard]] std::string text_of(const Claim& claim);
[[nodiscard]] std::vector<std::string> texts_of(const std::vector<Claim>& claims);

// An outbox with one sink, driven one step at a time.
class Desk {
 public:
  explicit Desk(Outbox& outbox) : outbox_(outbox) {}

  [[nodiscard]] ConnectorId connector(std::string_view name);

  // Appends one letter and waits for it to come back committed; returns its id.
  EntryId put(std::string_view text, std::vector<LaneKey> lanes);

  // All that the slice can claim now, at most `count_max`.
  [[nodiscard]] std::vector<Claim> claim(const LaneSlice& slice, std::size_t count_max = 1000);
  [[nodiscard]] std::vector<Claim> claim(ConnectorId connector, std::size_t count_max = 1000);

  void settle(ConnectorId connector, EntryId id, Verdict verdict);

  Collector& sink() { return sink_; }

 private:
  Outbox& outbox_;
  Collector sink_;
};

}  // namespace store::test_support
