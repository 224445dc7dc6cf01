// connect/recent_messages.hpp: what was sent not long ago, and how it ended.
//
// Answers that come too late, or twice, name a message that no longer waits for
// one. They are told from answers to nothing we know, so that they disturb nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connect/mllp_answer.hpp"

namespace connectors {

enum class Fate : std::uint8_t {
  kAnswered,        // for good: another answer is one too many
  kCommitAccepted,  // CA: an AA, AE or AR may follow (enhanced mode)
  kUnanswered,      // given up: time-out or reset
};

[[nodiscard]] std::string_view to_string(Fate fate) noexcept;

// Holds the last kCountMax ids of at most kIdBytesMax octets. Not thread-safe.
class RecentMessages {
 public:
  static constexpr std::size_t kCountMax = 64;
  static constexpr std::size_t kIdBytesMax = 256;

  struct Entry {
    std::string control_id;
    Fate fate = Fate::kAnswered;
  };

  // Of an id that is there already, the fate is replaced.
  void remember(std::string_view control_id, Fate fate);

  // The message that MSA-2 names; nullptr if none of ours does. Valid until the
  // next remember().
  [[nodiscard]] const Entry* find(Match match, std::string_view answered) const noexcept;

 private:
  std::vector<Entry> entries_;
  std::size_t oldest_index_ = 0;  // once entries_ is full
};

}  // namespace connectors
