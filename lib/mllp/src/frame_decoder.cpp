#include "mllp/frame_decoder.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "base/check.hpp"
#include "frame_text.hpp"
#include "mark_search.hpp"

namespace mllp {

namespace {

// The smallest buffer worth its allocation.
constexpr std::size_t kBufferBytesMin = 512;

// Limits are multiplied; so far and no further.
constexpr std::uint64_t kDroppedBytesMax = std::numeric_limits<std::uint64_t>::max() / 2;

[[nodiscard]] std::uint64_t dropped_bytes_max(const FrameOptions& options) noexcept {
  const std::uint64_t limit_bytes = options.payload_bytes_max;
  const std::uint64_t factor = options.discard_factor;
  return std::min(limit_bytes, kDroppedBytesMax / factor) * factor;
}

// The next rung of a ladder that halves down from the limit: the last step is
// from half the limit to the limit, whatever the limit. Doubling from below
// could step from just under the limit to the limit and hold it twice.
[[nodiscard]] std::size_t rung_for(std::size_t wanted_bytes, std::size_t limit_bytes) noexcept {
  std::size_t rung_bytes = limit_bytes;
  while (rung_bytes / 2 >= std::max(wanted_bytes, kBufferBytesMin)) rung_bytes /= 2;
  return std::max(rung_bytes, wanted_bytes);
}

// The octets before the first start octet.
[[nodiscard]] std::size_t garbage_bytes(base::ByteView octets) noexcept {
  if (octets.front() == kStartOctet) return 0;  // no garbage: by far the most often
  const std::string_view text = base::as_text(octets);
  return std::min(text.find(static_cast<char>(kStartOctet)), text.size());
}

// Not clear(): the memory goes back, too.
void release(std::vector<std::byte>& buffer) noexcept { std::vector<std::byte>().swap(buffer); }

// What a decoder works with: the options, made sure of.
[[nodiscard]] const FrameOptions& checked(const FrameOptions& options) {
  CHECK(options.payload_bytes_max > 0);
  CHECK(options.payload_bytes_max < std::numeric_limits<std::size_t>::max() / 4);
  CHECK(options.discard_factor > 0);
  return options;
}

}  // namespace

FrameDecoder::FrameDecoder(FrameOptions options)
    : options_(checked(options)), dropped_bytes_max_(dropped_bytes_max(options)) {}

DecodeStep FrameDecoder::decode(base::ByteView input) {
  if (state_ == State::kSpent) return {0, spent_event_};
  let_go();
  Cursor cursor{input};
  while (!cursor.at_end()) {
    const DecodeEvent event = inside_frame() ? read_frame(cursor) : read_gap(cursor);
    if (event != DecodeEvent::kNeedMore) return {cursor.at, event};
  }
  store_rest(cursor);
  return {cursor.at, DecodeEvent::kNeedMore};
}

base::ByteView FrameDecoder::payload() const noexcept { return closed_; }

void FrameDecoder::take_payload(std::vector<std::byte>& into) {
  const base::ByteView closed = std::exchange(closed_, {});
  if (buffer_.empty()) {
    into.assign(closed.begin(), closed.end());
  } else {
    into = std::exchange(buffer_, {});
  }
}

base::ByteView FrameDecoder::head() const noexcept { return buffer_; }

std::uint64_t FrameDecoder::open_frame_bytes() const noexcept {
  return inside_frame() ? 1 + payload_bytes_ + pending_bytes_ : 0;
}

std::size_t FrameDecoder::buffered_bytes() const noexcept { return buffer_.capacity(); }

std::size_t FrameDecoder::finish() {
  if (state_ == State::kSpent) return 0;
  const std::uint64_t open_bytes = open_frame_bytes();
  if (inside_frame()) ++counts_.unfinished_frames;
  if (state_ == State::kAfterBareEnd) ++counts_.bare_ends;
  counts_.unfinished_bytes += open_bytes;
  state_ = State::kBetween;
  let_go();
  return static_cast<std::size_t>(open_bytes);
}

// Between frames: everything up to a start octet is garbage.
DecodeEvent FrameDecoder::read_gap(Cursor& cursor) {
  if (state_ == State::kAfterBareEnd) {
    state_ = State::kBetween;
    if (cursor.rest().front() == kCloseOctet) {
      ++cursor.at;
      return DecodeEvent::kNeedMore;
    }
    ++counts_.bare_ends;
  }

  const std::size_t dropped = garbage_bytes(cursor.rest());
  if (options_.garbage_bytes_max != 0 && dropped > options_.garbage_bytes_max - gap_bytes_) {
    const std::size_t allowed = options_.garbage_bytes_max - gap_bytes_;
    counts_.garbage_bytes += allowed + 1;
    cursor.at += allowed + 1;
    return spend(DecodeEvent::kGarbageLimit);
  }
  counts_.garbage_bytes += dropped;
  gap_bytes_ += dropped;
  cursor.at += dropped;
  if (cursor.at_end()) return DecodeEvent::kNeedMore;

  ++cursor.at;
  begin_frame(cursor);
  return DecodeEvent::kNeedMore;
}

DecodeEvent FrameDecoder::read_frame(Cursor& cursor) {
  if (pending_bytes_ > 0) return read_pending(cursor);
  const DecodeEvent event = keep_run(cursor, find_mark(cursor.rest()));
  if (event != DecodeEvent::kNeedMore || cursor.at_end()) return event;
  return read_mark(cursor);
}

// A mark may need the octets behind it to be told from payload. They may not
// have come yet, so it waits in pending_ in any case: one way for all cuts.
DecodeEvent FrameDecoder::read_mark(Cursor& cursor) {
  const std::byte mark = cursor.input[cursor.at++];
  if (mark == kEndOctet && options_.end == FrameEnd::kFs) return close_frame(cursor, 1);
  if (mark == kStartOctet && options_.resync != Resync::kHeader) {
    if (options_.resync == Resync::kAny) return cut_frame(cursor);
    count_cut();
    return spend(DecodeEvent::kStartInsideFrame);
  }
  pending_[0] = mark;
  pending_bytes_ = 1;
  return DecodeEvent::kNeedMore;
}

DecodeEvent FrameDecoder::read_pending(Cursor& cursor) {
  const std::byte next = cursor.rest().front();
  if (pending_[0] == kEndOctet) {
    if (next != kCloseOctet) {
      ++counts_.embedded_ends;
      return keep_pending(cursor);
    }
    ++cursor.at;
    return close_frame(cursor, 2);
  }

  pending_[pending_bytes_] = next;
  if (!begins_header_name({pending_.data() + 1, pending_bytes_})) {
    ++counts_.embedded_starts;
    return keep_pending(cursor);
  }
  ++cursor.at;
  ++pending_bytes_;
  return pending_bytes_ > kHeaderNameBytes ? cut_frame(cursor) : DecodeEvent::kNeedMore;
}

// What follows the cursor is payload.
void FrameDecoder::begin_frame(Cursor& cursor) {
  release(buffer_);
  payload_bytes_ = 0;
  cursor.payload_begin = cursor.at;
  state_ = State::kInside;
}

void FrameDecoder::count_cut() {
  ++counts_.cut_frames;
  counts_.cut_bytes += 1 + payload_bytes_;
  cut_run_bytes_ += 1 + payload_bytes_;
}

// A start octet has been read inside a frame, and the header's name behind it
// where that is what tells. The name is the first of the new frame's payload.
DecodeEvent FrameDecoder::cut_frame(Cursor& cursor) {
  count_cut();
  if (cut_run_bytes_ > dropped_bytes_max_) return spend(DecodeEvent::kGarbageLimit);
  begin_frame(cursor);
  if (pending_bytes_ == 0) return DecodeEvent::kNeedMore;

  std::shift_left(pending_.begin(), pending_.end(), 1);
  --pending_bytes_;
  cursor.payload_begin -= pending_in(cursor);
  return keep_pending(cursor);
}

// `end_bytes` octets before the cursor ended the open frame.
DecodeEvent FrameDecoder::close_frame(const Cursor& cursor, std::size_t end_bytes) {
  const bool oversize = state_ == State::kDiscarding;
  state_ = options_.end == FrameEnd::kFs ? State::kAfterBareEnd : State::kBetween;
  pending_bytes_ = 0;
  gap_bytes_ = 0;
  cut_run_bytes_ = 0;
  if (oversize) {
    ++counts_.oversize_frames;
    return DecodeEvent::kOversize;
  }

  const std::size_t run_end = cursor.at - std::min(cursor.at, end_bytes);
  const base::ByteView run = cursor.payload_up_to(run_end);
  if (!buffer_.empty()) store(run);
  closed_ = buffer_.empty() ? run : base::ByteView(buffer_);
  if (!is_blank(closed_)) {
    ++counts_.frames;
    return DecodeEvent::kFrame;
  }
  ++counts_.blank_frames;
  let_go();
  return DecodeEvent::kNeedMore;
}

// The octets at the cursor are payload: of an endless frame only as many as
// show that it is one, so that the end is seen at the same octet in any cut.
DecodeEvent FrameDecoder::keep_run(Cursor& cursor, std::size_t run_bytes) {
  const std::uint64_t telling_bytes = dropped_bytes_max_ + 1 - payload_bytes_;
  const auto kept_bytes =
      static_cast<std::size_t>(std::min<std::uint64_t>(run_bytes, telling_bytes));
  cursor.at += kept_bytes;
  payload_bytes_ += kept_bytes;
  return check_size(cursor);
}

// What was pending is payload after all.
DecodeEvent FrameDecoder::keep_pending(const Cursor& cursor) {
  const std::size_t before_bytes = pending_bytes_ - pending_in(cursor);
  if (state_ == State::kInside) store({pending_.data(), before_bytes});
  payload_bytes_ += std::exchange(pending_bytes_, std::uint8_t{0});
  return check_size(cursor);
}

// All octets of the open frame before the cursor have been told to be payload.
DecodeEvent FrameDecoder::check_size(const Cursor& cursor) {
  if (payload_bytes_ <= options_.payload_bytes_max) return DecodeEvent::kNeedMore;
  if (state_ == State::kInside) start_discarding(cursor);
  if (payload_bytes_ <= dropped_bytes_max_) return DecodeEvent::kNeedMore;
  ++counts_.oversize_frames;
  return spend(DecodeEvent::kOversizeEndless);
}

DecodeEvent FrameDecoder::spend(DecodeEvent event) {
  if (event != DecodeEvent::kOversizeEndless) release(buffer_);
  state_ = State::kSpent;
  spent_event_ = event;
  return event;
}

// Makes a buffer of its own for the head, so that the large one goes back.
void FrameDecoder::start_discarding(const Cursor& cursor) {
  const std::size_t head_bytes = std::min(kHeadBytesMax, options_.payload_bytes_max);
  const base::ByteView stored = base::ByteView(buffer_).first(std::min(buffer_.size(), head_bytes));
  const base::ByteView run = cursor.payload_up_to(cursor.at).first(head_bytes - stored.size());
  std::vector<std::byte> head;
  head.reserve(head_bytes);
  head.insert(head.end(), stored.begin(), stored.end());
  head.insert(head.end(), run.begin(), run.end());
  buffer_.swap(head);
  state_ = State::kDiscarding;
}

void FrameDecoder::store(base::ByteView octets) {
  const std::size_t wanted_bytes = buffer_.size() + octets.size();
  if (wanted_bytes > buffer_.capacity()) {
    buffer_.reserve(rung_for(wanted_bytes, options_.payload_bytes_max + pending_.size()));
  }
  buffer_.insert(buffer_.end(), octets.begin(), octets.end());
}

// The input is about to go: what of it is payload must be kept.
void FrameDecoder::store_rest(const Cursor& cursor) {
  if (state_ == State::kInside) store(cursor.payload_up_to(cursor.at - pending_in(cursor)));
}

// Forgets the frame that was handed out last, memory included.
void FrameDecoder::let_go() {
  closed_ = {};
  if (!inside_frame()) release(buffer_);
}

// How many of the pending octets came in this input; the rest came before it.
std::size_t FrameDecoder::pending_in(const Cursor& cursor) const noexcept {
  return std::min<std::size_t>(cursor.at, pending_bytes_);
}

}  // namespace mllp
