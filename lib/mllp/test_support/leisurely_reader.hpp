// leisurely_reader.hpp: the same stream by the words of the specification.
//
// An oracle: octet by octet, the whole stream in sight, no buffers and no haste.
// It shares nothing with the decoder but its types.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "transcript.hpp"

namespace mllp {

class LeisurelyReader {
 public:
  LeisurelyReader(std::string_view stream, const FrameOptions& options)
      : rest_(stream), options_(options) {}

  Transcript read() {
    while (!spent_ && !rest_.empty()) inside_ ? read_in_frame() : read_in_gap();
    if (!spent_ && inside_) {
      const std::size_t open_bytes = 1 + payload_.size() + undecided_bytes_;
      ++counts().unfinished_frames;
      counts().unfinished_bytes += open_bytes;
      tell("open: " + std::to_string(open_bytes));
    }
    return transcript_;
  }

 private:
  static constexpr char kStart = '\v';
  static constexpr char kEnd = '\034';
  static constexpr std::array<std::string_view, 3> kNames = {"MSH", "FHS", "BHS"};

  [[nodiscard]] FrameCounts& counts() { return transcript_.counts; }

  [[nodiscard]] std::size_t drop_max() const {
    return options_.payload_bytes_max * options_.discard_factor;
  }

  [[nodiscard]] std::string head() const {
    return payload_.substr(0, std::min(kHeadBytesMax, options_.payload_bytes_max));
  }

  void tell(std::string line) { transcript_.told.push_back(std::move(line)); }

  void spend(std::string line) {
    spent_ = true;
    tell(std::move(line));
  }

  char take() {
    const char octet = rest_.front();
    rest_.remove_prefix(1);
    return octet;
  }

  void read_in_gap() {
    if (take() == kStart) {
      inside_ = true;
      payload_.clear();
      return;
    }
    ++counts().garbage_bytes;
    ++gap_bytes_;
    if (options_.garbage_bytes_max > 0 && gap_bytes_ > options_.garbage_bytes_max) {
      spend("garbage limit");
    }
  }

  void read_in_frame() {
    const char octet = take();
    if (octet == kEnd) return read_end();
    if (octet == kStart) return read_start();
    add(octet);
  }

  void read_end() {
    const bool closed = !rest_.empty() && rest_.front() == '\r';
    if (options_.end == FrameEnd::kFs || closed) {
      if (closed) take();
      close_frame();
      if (!closed) ++counts().bare_ends;
      return;
    }
    if (rest_.empty()) return leave_undecided();
    ++counts().embedded_ends;
    add(kEnd);
  }

  void read_start() {
    if (options_.resync == Resync::kClose) {
      count_cut();
      return spend("start inside frame");
    }
    if (options_.resync == Resync::kAny || header_name_follows()) return cut_frame();
    if (may_become_header_name()) return leave_undecided();
    ++counts().embedded_starts;
    add(kStart);
  }

  // The stream ended where one octet more would have told.
  void leave_undecided() {
    undecided_bytes_ = 1 + rest_.size();
    rest_ = {};
  }

  [[nodiscard]] bool header_name_follows() const {
    return std::any_of(kNames.begin(), kNames.end(),
                       [this](std::string_view name) { return rest_.starts_with(name); });
  }

  [[nodiscard]] bool may_become_header_name() const {
    return std::any_of(kNames.begin(), kNames.end(),
                       [this](std::string_view name) { return name.starts_with(rest_); });
  }

  void count_cut() {
    ++counts().cut_frames;
    counts().cut_bytes += 1 + payload_.size();
    cut_run_bytes_ += 1 + payload_.size();
  }

  void cut_frame() {
    count_cut();
    payload_.clear();
    if (cut_run_bytes_ > drop_max()) spend("garbage limit");
  }

  void close_frame() {
    inside_ = false;
    gap_bytes_ = 0;
    cut_run_bytes_ = 0;
    if (payload_.size() > options_.payload_bytes_max) {
      ++counts().oversize_frames;
      tell("oversize: " + head());
    } else if (payload_.find_first_not_of(std::string_view("\0\t\n\r ", 5)) == std::string::npos) {
      ++counts().blank_frames;
    } else {
      ++counts().frames;
      tell(payload_);
    }
  }

  void add(char octet) {
    payload_.push_back(octet);
    if (payload_.size() <= drop_max()) return;
    ++counts().oversize_frames;
    spend("endless: " + head());
  }

  std::string_view rest_;
  FrameOptions options_;
  Transcript transcript_;
  std::string payload_;
  std::size_t undecided_bytes_ = 0;
  std::size_t gap_bytes_ = 0;
  std::size_t cut_run_bytes_ = 0;
  bool inside_ = false;
  bool spent_ = false;
};

[[nodiscard]] inline Transcript listen_at_leisure(std::string_view stream,
                                                  const FrameOptions& options) {
  return LeisurelyReader(stream, options).read();
}

}  // namespace mllp
