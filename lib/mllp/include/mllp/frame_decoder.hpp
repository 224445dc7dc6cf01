// mllp/frame_decoder.hpp: finds messages in a stream of octets.
//
// MLLP puts one message between a start octet and an end pair:
//
//     frame := 0B payload 1C 0D
//
// Octets go in as they arrive, in pieces of any size; frames come out whole.
// How the stream was cut into pieces never changes what comes out: not the
// frames, not the order of events, not the counts.
//
//                  0B                     payload > limit
//      between ─────────► inside a frame ────────────────► discarding
//         ▲                  │   │    ▲                      │  │  │
//         │      1C 0D       │   └────┘ 0B MSH: cut, anew    │  │  │ > 4 x limit
//         ├──────────────────┘        ▲──────────────────────┘  │  ▼
//         └─────────────────────────────────────────────────────┘ spent
//
// It knows nothing of HL7 but the names MSH, FHS and BHS, by which a start
// octet inside a frame is told from a soft line break in a note.
//
// No I/O, no clock, no lock. Deadlines are the caller's: a peer that stops in
// mid frame yields nothing, ever.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "mllp/octets.hpp"

namespace mllp {

// What a start octet inside a frame means.
enum class Resync : std::uint8_t {
  kHeader,  // before MSH, FHS or BHS the frame so far was cut and one begins; else payload
  kAny,     // a frame was cut and one begins, whatever follows
  kClose,   // the stream is beyond repair
};

// What ends a frame.
enum class FrameEnd : std::uint8_t {
  kFsCr,  // 1C 0D; a 1C before anything else is payload
  kFs,    // any 1C; a 0D right behind it belongs to the end
};

// How much of an oversize frame is kept for its answer, in octets.
inline constexpr std::size_t kHeadBytesMax = 64 * base::kKiB;

struct FrameOptions {
  // Largest payload, in octets, framing not counted. REQUIRES: at least 1, and
  // no more than a quarter of what a std::size_t can hold.
  std::size_t payload_bytes_max = 32 * base::kMiB;

  // Most octets that may stand between frames until one ends. 0: no limit.
  std::size_t garbage_bytes_max = 64 * base::kKiB;

  Resync resync = Resync::kHeader;
  FrameEnd end = FrameEnd::kFsCr;

  // In multiples of payload_bytes_max: how long an oversize frame is read to
  // find its end, and how many octets of cut frames may pass until a frame
  // ends. REQUIRES: at least 1.
  unsigned discard_factor = 4;
};

// After a spent event the stream has lost its step: each further decode()
// repeats the event and consumes nothing.
enum class DecodeEvent : std::uint8_t {
  kNeedMore,          // all input is consumed; no frame has ended
  kFrame,             // payload() is the frame just closed
  kOversize,          // a frame over the limit has ended; head() is how it began. Goes on
  kOversizeEndless,   // spent: it does not end, either; head() is how it began
  kGarbageLimit,      // spent: too many octets without the end of a frame
  kStartInsideFrame,  // spent: Resync::kClose only
};

struct DecodeStep {
  std::size_t consumed_bytes;  // of the input; the rest is for the next call
  DecodeEvent event;
};

// Since construction. Blank means: nothing but blanks, tabs, CR, LF and NUL.
struct FrameCounts {
  std::uint64_t frames = 0;             // closed and handed out as kFrame
  std::uint64_t blank_frames = 0;       // closed, but empty or blank: dropped
  std::uint64_t oversize_frames = 0;    // kOversize and kOversizeEndless
  std::uint64_t cut_frames = 0;         // begun, then cut by a start octet: dropped
  std::uint64_t cut_bytes = 0;          // of these, start octets counted
  std::uint64_t unfinished_frames = 0;  // open when the stream ended: dropped
  std::uint64_t unfinished_bytes = 0;   // of these, start octets counted
  std::uint64_t embedded_starts = 0;    // 0B taken as payload, in frames of any fate
  std::uint64_t embedded_ends = 0;      // 1C taken as payload, in frames of any fate
  std::uint64_t bare_ends = 0;          // FrameEnd::kFs: 1C without 0D behind it
  std::uint64_t garbage_bytes = 0;      // between frames: dropped

  friend bool operator==(const FrameCounts&, const FrameCounts&) = default;
};

// Not thread-safe; one decoder belongs to one connection. Movable, not copied.
//
// Memory: nothing between frames; while a frame is open at most its octets,
// doubled, and never more than payload_bytes_max; while discarding only the
// head. Growing copies, so that for a moment 1.5 x payload_bytes_max is
// reserved, of which no more than payload_bytes_max has been written to.
class FrameDecoder {
 public:
  explicit FrameDecoder(FrameOptions options);

  FrameDecoder(FrameDecoder&&) noexcept = default;
  FrameDecoder& operator=(FrameDecoder&&) noexcept = default;

  // Reads `input` up to the first event, or all of it. Lets go of the last
  // frame first, memory included: decode({}) does only that.
  [[nodiscard]] DecodeStep decode(base::ByteView input);

  // The frame just closed. A view, valid until the next call of decode(),
  // take_payload() or finish(), and only as long as the input of the decode()
  // that closed it: where the whole frame lay in that one input, it points
  // INTO IT (nothing was copied); otherwise it points into the decoder.
  // REQUIRES: the last decode() said kFrame.
  [[nodiscard]] base::ByteView payload() const noexcept;

  // The same as the caller's own, in place of what was in `into`. Moves the buffer
  // where the frame was put together from several inputs; else copies, into the
  // memory that `into` has. REQUIRES: as payload(), once.
  void take_payload(std::vector<std::byte>& into);

  // The first octets of the oversize frame: kHeadBytesMax of them or, where
  // that is less, payload_bytes_max. Valid until the next decode() or finish();
  // for a spent decoder, for its life. REQUIRES: the last decode() said so.
  [[nodiscard]] base::ByteView head() const noexcept;

  // Whether a start octet has come and no end. A frame that is cut by the next
  // leaves no gap: a deadline for the frame goes on running.
  [[nodiscard]] bool inside_frame() const noexcept {
    return state_ == State::kInside || state_ == State::kDiscarding;
  }

  // Octets since (and with) the start octet of the open frame, held or
  // discarded; 0 between frames.
  [[nodiscard]] std::uint64_t open_frame_bytes() const noexcept;

  // Memory held beside the decoder itself, in octets: for the caller's budget.
  [[nodiscard]] std::size_t buffered_bytes() const noexcept;

  // The stream has ended. Drops an open frame, counts it and says how many
  // octets it had, start octet counted; 0: the end came between frames.
  std::size_t finish();

  [[nodiscard]] const FrameCounts& counts() const noexcept { return counts_; }

 private:
  enum class State : std::uint8_t {
    kBetween,       // no frame is open
    kAfterBareEnd,  // likewise, but one 0D would still belong to the last end
    kInside,        // the octets of the open frame are kept
    kDiscarding,    // it is over the limit: only its head is kept
    kSpent,
  };

  // Where decode() stands in its input.
  struct Cursor {
    base::ByteView input;
    std::size_t at = 0;             // the octet to look at next
    std::size_t payload_begin = 0;  // from here on, nothing is in buffer_ yet

    [[nodiscard]] bool at_end() const noexcept { return at == input.size(); }

    [[nodiscard]] base::ByteView rest() const noexcept { return input.subspan(at); }

    [[nodiscard]] base::ByteView payload_up_to(std::size_t end) const noexcept {
      return input.subspan(payload_begin, end - payload_begin);
    }
  };

  // Each reads at least one octet, or settles what is pending. kNeedMore: go on.
  DecodeEvent read_gap(Cursor& cursor);
  DecodeEvent read_frame(Cursor& cursor);
  DecodeEvent read_mark(Cursor& cursor);
  DecodeEvent read_pending(Cursor& cursor);

  void begin_frame(Cursor& cursor);
  void count_cut();
  DecodeEvent cut_frame(Cursor& cursor);
  DecodeEvent close_frame(const Cursor& cursor, std::size_t end_bytes);
  DecodeEvent keep_run(Cursor& cursor, std::size_t run_bytes);
  DecodeEvent keep_pending(const Cursor& cursor);
  DecodeEvent check_size(const Cursor& cursor);
  DecodeEvent spend(DecodeEvent event);

  void start_discarding(const Cursor& cursor);
  void store(base::ByteView octets);
  void store_rest(const Cursor& cursor);
  void let_go();
  [[nodiscard]] std::size_t pending_in(const Cursor& cursor) const noexcept;

  FrameOptions options_;
  std::uint64_t dropped_bytes_max_;  // payload_bytes_max x discard_factor
  FrameCounts counts_;
  std::vector<std::byte> buffer_;       // payload from earlier inputs, or the head
  base::ByteView closed_;               // payload(): in buffer_ or in the last input
  std::uint64_t payload_bytes_ = 0;     // of the open frame, pending_ not counted
  std::size_t gap_bytes_ = 0;           // garbage since a frame ended
  std::uint64_t cut_run_bytes_ = 0;     // octets of cut frames since a frame ended
  std::array<std::byte, 4> pending_{};  // 1C, or 0B and what followed: not yet told what it is
  std::uint8_t pending_bytes_ = 0;
  State state_ = State::kBetween;
  DecodeEvent spent_event_ = DecodeEvent::kNeedMore;
};

}  // namespace mllp
