// store/append.hpp: a message on its way into the store, and back with the outcome.
//
// Ownership travels with the message: the caller hands an Append to
// Outbox::append and gets the same object back through its sink, once, with
// `outcome` filled in. Whatever the views in it look at lives in `keep_alive`
// or in the Append itself, so nothing dangles when a connection dies first.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/dedup.hpp"
#include "store/entry.hpp"

namespace store {

// The values are logged and exported as metric labels: add at the end, never renumber.
enum class StoreFault : std::uint8_t {
  kFull = 1,         // no room: MIN_FREE, MAX_STORE_SIZE or the disk; nothing was written
  kIo = 2,           // a read or write failed; nothing was promised
  kSyncFailed = 3,   // what is on disk is unknown: the process must end
  kClosed = 4,       // close() was called
  kOvertaken = 5,    // an earlier append of the same stream failed: see Stream
  kDamaged = 6,      // a row or file that must be there cannot be read
  kBacklogFull = 7,  // a connector's backlog is at its limit; nothing was written
};

// A short lower-case name for logs and metric labels, e.g. "sync_failed".
[[nodiscard]] std::string_view to_string(StoreFault fault) noexcept;

struct StoreError {
  StoreFault fault = StoreFault::kIo;
  int os_error = 0;  // errno, or 0 where the fault is our own limit

  friend bool operator==(const StoreError&, const StoreError&) = default;
};

// One source of ordered messages: a connection.
//
// When an append of a stream fails, those of the same stream behind it must fail
// as well, or a retry of the first would be overtaken. So the store refuses
// (kOvertaken) each append whose `epoch` is not above `failed_epoch`, which it
// sets when one fails. The connection counts `epoch` up once everything it had
// in flight has come back.
struct Stream {
  std::atomic<std::uint32_t> failed_epoch{0};  // epochs start at 1
};

// One message of an append. Views: see the top of this file.
struct Draft {
  MessageFacts facts;
  base::ByteView payload;      // as received
  std::vector<LaneKey> lanes;  // may be empty: kept all the same; no two of one connector

  // None: it is stored, whatever came before.
  std::optional<DedupQuery> dedup;

  // Filled in by the store.
  Recognition recognition;
  bool is_stored = true;  // false: it came before, or was only asked about
};

class AppendSink;

struct Append {
  // Filled in by the caller.
  std::vector<Draft> drafts;       // all or none; at least one
  std::shared_ptr<Stream> stream;  // none: it stands for itself
  std::uint32_t epoch = 1;
  // How long kFull, kIo and kBacklogFull are waited out.
  base::SteadyTime give_up_at = base::SteadyTime::max();
  AppendSink* sink = nullptr;        // REQUIRES: outlives the outbox's close()
  std::shared_ptr<void> keep_alive;  // what the views look at, and who asked

  // Filled in by the store: the id of the first draft that is stored, the others follow it.
  // Where none is, it says only that those they repeat are committed.
  base::Result<EntryId, StoreError> outcome = base::fail(StoreError{});
};

// Where appends come back to: one sink for each network thread.
class AppendSink {
 public:
  virtual ~AppendSink() = default;

  // Called on the store's thread with the appends of one commit that belong to
  // this sink, in order of append. Hand them on; do no work here. The memory
  // outbox calls from within append(), on the caller's own thread.
  virtual void appended(std::vector<std::unique_ptr<Append>> batch) = 0;
};

// For the stores themselves.

// Sets the outcome, and with it the fate of those behind it in its stream.
void refuse(Append& append, StoreError error) noexcept;

// True if an earlier append of its stream failed: it must be refused as kOvertaken.
[[nodiscard]] bool is_overtaken(const Append& append) noexcept;

// How many of its drafts are stored, once the store has looked at them.
[[nodiscard]] std::size_t stored_count(const Append& append) noexcept;

// Gives each append back to its sink: one call for each sink, in order of append.
void hand_back(std::vector<std::unique_ptr<Append>> batch);

}  // namespace store
