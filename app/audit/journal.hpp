// audit/journal.hpp: where it is told what happened, to be recorded.
//
// What is told here is chained to all that was told before: see trail.hpp, which is the one
// real journal.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "store/entry.hpp"

namespace audit {

// One try of a connector at one entry, and what came of it. Views are valid for the call.
struct AttemptMade {
  store::EntryId entry;
  base::Uuid message_id;
  std::string_view connector;
  std::uint32_t number = 1;
  base::WallTime at;
  std::string_view outcome;  // "delivered", "retry", "dead_letter", "expired", "interrupted"
  std::string reason;        // a class and a code; no patient data
};

class RecordText;

// Thread-safe.
class Journal {
 public:
  virtual ~Journal() = default;

  // Written when this returns, on disk within a second. To be called before the outbox is told
  // of the same: then the end of the process loses none of them. What cannot be written is kept
  // in memory, within a limit; what is beyond it is counted, and the count is recorded.
  virtual void attempts(std::span<const AttemptMade> made) = 0;

  // On disk when this returns: its number in the trail, or one sentence that says why not.
  [[nodiscard]] virtual base::Result<std::uint64_t, std::string> record_now(RecordText record) = 0;
};

}  // namespace audit
