// hl7/frame.hpp: what a frame holds, told before anything is parsed.
//
//     frame := message | message message … | file
//     file  := [ FHS ] { [ BHS ] { message } [ BTS ] } [ FTS ]
//
// A message goes from its MSH to the next line that begins with MSH, BHS, BTS,
// FHS or FTS. FHS and BHS name their own delimiters, which may differ from the
// messages'. One pass, no copy; all views are into the payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace hl7 {

class Message;

enum class FrameKind : std::uint8_t {
  kUnreadable = 1,  // begins with neither a readable MSH nor FHS or BHS
  kSingle = 2,      // one message
  kSeveral = 3,     // several messages without an envelope
  kBatch = 4,       // FHS, BHS, BTS or FTS is there
};

[[nodiscard]] std::string_view to_string(FrameKind kind) noexcept;

// What can be wrong with an envelope. The values are logged and exported as
// metric labels: add at the end, never renumber.
enum class BatchFault : std::uint8_t {
  kBadDelimiters = 1,         // FHS or BHS without usable delimiters
  kMessageCountMismatch = 2,  // BTS-1 is not the number of messages in the batch
  kBatchCountMismatch = 3,    // FTS-1 is not the number of batches in the file
  kBadCount = 4,              // BTS-1 or FTS-1 is valued and no number
  kTrailerMissing = 5,        // BHS without BTS, or FHS without FTS
  kHeaderMissing = 6,         // BTS without BHS, or FTS without FHS
  kStrayText = 7,             // a line that belongs to no message and is no envelope
  kMisplaced = 8,             // FHS not first, or anything behind FTS
  kTooManyMessages = 9,       // more than SplitLimits::messages_max: the rest was not split
};

// A short lower-case name for logs and metric labels, e.g. "stray_text".
[[nodiscard]] std::string_view to_string(BatchFault fault) noexcept;

// A batch is itself corrupt where its counts disagree, and then nothing of it
// should be taken (chapter 2, 2.10.3); a missing header or trailer alone, or an
// empty count, is common and harmless.
[[nodiscard]] bool is_corrupt(BatchFault fault) noexcept;

struct BatchProblem {
  BatchFault fault;
  std::size_t offset;  // 0-based, of the line, into the payload

  friend bool operator==(const BatchProblem&, const BatchProblem&) = default;
};

// One BHS to BTS, or messages that stand in a file without them.
struct Batch {
  base::ByteView header{};        // the BHS line without its end; empty when missing
  base::ByteView trailer{};       // the BTS line likewise
  std::size_t message_index = 0;  // of its first, in FrameContents::messages
  std::size_t message_count = 0;  // as found; 0 is allowed
  std::optional<std::uint64_t> declared_count{};  // BTS-1, when it is a number
};

struct SplitLimits {
  std::size_t messages_max = 100'000;  // also the limit of batches
};

// Reusable: split_frame() into the same object allocates nothing in the steady state.
struct FrameContents {
  FrameKind kind = FrameKind::kUnreadable;
  std::vector<base::ByteView> messages{};  // each from its MSH, line ends included; in order

  // The envelope; empty unless kind is kBatch.
  base::ByteView file_header{};   // the FHS line without its end; empty when missing
  base::ByteView file_trailer{};  // the FTS line likewise
  std::optional<std::uint64_t> declared_batch_count{};  // FTS-1, when it is a number
  std::vector<Batch> batches{};
  std::vector<BatchProblem> problems{};  // the first kProblemsMax, in order of the payload

  static constexpr std::size_t kProblemsMax = 32;

  // True if a problem is_corrupt().
  [[nodiscard]] bool is_corrupt() const noexcept;
};

// Fills `contents` anew. A kUnreadable frame has no messages. A single message
// ends with the payload.
void split_frame(base::ByteView payload, FrameContents& contents, const SplitLimits& limits = {});

[[nodiscard]] FrameContents split_frame(base::ByteView payload, const SplitLimits& limits = {});

// True of a payload that split_frame() would surely call single, told from its index
// alone: no later line is named like a header or trailer. False: split it to know.
[[nodiscard]] bool is_surely_single(const Message& parsed) noexcept;

// Nothing but a BOM, blanks (space, tab, CR, LF) and NULs: some devices' heartbeat.
[[nodiscard]] bool is_blank(base::ByteView payload) noexcept;

}  // namespace hl7
