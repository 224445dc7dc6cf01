#include "hl7/frame.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "hl7/delimiters.hpp"
#include "hl7/message.hpp"
#include "line_reader.hpp"
#include "parts.hpp"

namespace hl7 {
namespace {

constexpr std::size_t kNameBytes = 3;

enum class LineKind : std::uint8_t {
  kOther,
  kMessageHeader,
  kBatchHeader,
  kBatchTrailer,
  kFileHeader,
  kFileTrailer,
};

LineKind kind_of_name(std::string_view name) noexcept {
  if (name == "MSH") return LineKind::kMessageHeader;
  if (name == "BHS") return LineKind::kBatchHeader;
  if (name == "BTS") return LineKind::kBatchTrailer;
  if (name == "FHS") return LineKind::kFileHeader;
  if (name == "FTS") return LineKind::kFileTrailer;
  return LineKind::kOther;
}

bool is_trailer(LineKind kind) noexcept {
  return kind == LineKind::kBatchTrailer || kind == LineKind::kFileTrailer;
}

base::ByteView as_bytes(std::string_view text) noexcept { return base::as_bytes(text); }

// Walks the lines of one payload and keeps the book of what is open.
class Splitter {
 public:
  Splitter(base::ByteView payload, const SplitLimits& limits, FrameContents& contents) noexcept
      : payload_(base::as_text(payload)),
        text_(base::as_text(skip_blanks(payload))),
        limits_(limits),
        contents_(contents) {}

  void split() {
    if (!begins_readably()) return;
    for (LineReader reader(text_); reader.next() && !full_;) take_line(reader.line());
    close_message(text_.data() + text_.size());
    finish();
  }

 private:
  // A readable MSH, or an envelope, whatever its delimiters.
  [[nodiscard]] bool begins_readably() const noexcept {
    switch (kind_of_name(text_.substr(0, kNameBytes))) {
      case LineKind::kMessageHeader: return parse_delimiters(text_).has_value();
      case LineKind::kBatchHeader:
      case LineKind::kFileHeader: return true;
      case LineKind::kOther:
      case LineKind::kBatchTrailer:
      case LineKind::kFileTrailer: break;
    }
    return false;
  }

  [[nodiscard]] LineKind kind_of(std::string_view line) const noexcept {
    if (line.empty() || (line[0] != 'M' && line[0] != 'B' && line[0] != 'F')) {
      return LineKind::kOther;
    }
    const LineKind kind = kind_of_name(line.substr(0, kNameBytes));
    if (kind == LineKind::kOther || line.data() == text_.data()) return kind;
    // A line of a note may begin with the same letters: the separator decides.
    if (line.size() == kNameBytes) return is_trailer(kind) ? kind : LineKind::kOther;
    const char next = line[kNameBytes];
    const bool separates =
        next == message_separator_ || next == batch_separator_ || next == file_separator_;
    const bool readable = separates || (!is_trailer(kind) && parse_delimiters(line).has_value());
    return readable ? kind : LineKind::kOther;
  }

  void take_line(std::string_view line) {
    const LineKind kind = kind_of(line);
    if (kind == LineKind::kOther) {
      if (message_ == nullptr && !trim_blanks(line).empty()) report(BatchFault::kStrayText, line);
      return;
    }
    close_message(line.data());
    if (file_closed_) report(BatchFault::kMisplaced, line);
    switch (kind) {
      case LineKind::kMessageHeader: open_message(line); break;
      case LineKind::kBatchHeader: open_batch(line); break;
      case LineKind::kBatchTrailer: close_batch(line); break;
      case LineKind::kFileHeader: open_file(line); break;
      case LineKind::kFileTrailer: close_file(line); break;
      case LineKind::kOther: break;
    }
  }

  void open_message(std::string_view line) {
    if (contents_.messages.size() == limits_.messages_max) return stop(line);
    if (!batch_open_ && !start_batch(line)) return;
    message_ = line.data();
    if (line.size() > kNameBytes) message_separator_ = line[kNameBytes];
  }

  void close_message(const char* end) {
    if (message_ == nullptr) return;
    contents_.messages.push_back(as_bytes({message_, static_cast<std::size_t>(end - message_)}));
    ++contents_.batches.back().message_count;
    message_ = nullptr;
  }

  // Opens a batch that has no header yet. False when there are too many.
  bool start_batch(std::string_view line) {
    if (contents_.batches.size() == limits_.messages_max) {
      stop(line);
      return false;
    }
    contents_.batches.emplace_back().message_index = contents_.messages.size();
    batch_open_ = true;
    return true;
  }

  void open_batch(std::string_view line) {
    end_batch(line);
    if (!start_batch(line)) return;
    contents_.batches.back().header = as_bytes(line);
    take_separator(line, batch_separator_);
  }

  void close_batch(std::string_view line) {
    enveloped_ = true;
    const bool headed = batch_open_ && !contents_.batches.back().header.empty();
    if (!headed) report(BatchFault::kHeaderMissing, line);
    if (!batch_open_ && !start_batch(line)) return;
    Batch& batch = contents_.batches.back();
    batch.trailer = as_bytes(line);
    batch.declared_count = read_count(line);
    if (batch.declared_count && *batch.declared_count != batch.message_count) {
      report(BatchFault::kMessageCountMismatch, line);
    }
    batch_open_ = false;
  }

  // The end of a batch that has no trailer, seen at `line`.
  void end_batch(std::string_view line) {
    if (batch_open_ && !contents_.batches.back().header.empty()) {
      report(BatchFault::kTrailerMissing, line);
    }
    batch_open_ = false;
  }

  void open_file(std::string_view line) {
    end_batch(line);
    if (line.data() != text_.data() && !file_closed_) report(BatchFault::kMisplaced, line);
    if (contents_.file_header.empty()) contents_.file_header = as_bytes(line);
    take_separator(line, file_separator_);
  }

  void close_file(std::string_view line) {
    enveloped_ = true;
    end_batch(line);
    if (contents_.file_header.empty()) report(BatchFault::kHeaderMissing, line);
    if (contents_.file_trailer.empty()) contents_.file_trailer = as_bytes(line);
    contents_.declared_batch_count = read_count(line);
    if (contents_.declared_batch_count &&
        *contents_.declared_batch_count != contents_.batches.size()) {
      report(BatchFault::kBatchCountMismatch, line);
    }
    file_closed_ = true;
  }

  void take_separator(std::string_view line, char& separator) {
    enveloped_ = true;
    if (!parse_delimiters(line)) report(BatchFault::kBadDelimiters, line);
    if (line.size() > kNameBytes) separator = line[kNameBytes];
  }

  // BTS-1 or FTS-1. The trailer's own fourth octet is its separator.
  std::optional<std::uint64_t> read_count(std::string_view line) {
    if (line.size() <= kNameBytes) return std::nullopt;
    const std::string_view text = trim_blanks(nth_part(line, line[kNameBytes], 1));
    if (text.empty()) return std::nullopt;
    std::uint64_t count = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    if (read.ec == std::errc{} && read.ptr == text.data() + text.size()) return count;
    report(BatchFault::kBadCount, line);
    return std::nullopt;
  }

  void finish() {
    const std::string_view end(payload_.data() + payload_.size(), 0);
    if (enveloped_) {
      contents_.kind = FrameKind::kBatch;
      if (!full_) end_batch(end);
      const bool untrailed = !contents_.file_header.empty() && contents_.file_trailer.empty();
      if (untrailed && !full_) report(BatchFault::kTrailerMissing, end);
      return;
    }
    contents_.kind = contents_.messages.size() > 1 ? FrameKind::kSeveral : FrameKind::kSingle;
    contents_.batches.clear();
  }

  void stop(std::string_view line) {
    report(BatchFault::kTooManyMessages, line);
    full_ = true;
  }

  void report(BatchFault fault, std::string_view line) {
    if (contents_.problems.size() == FrameContents::kProblemsMax) return;
    contents_.problems.push_back({fault, static_cast<std::size_t>(line.data() - payload_.data())});
  }

  std::string_view payload_;
  std::string_view text_;  // the payload from its first line on
  const SplitLimits& limits_;
  FrameContents& contents_;
  const char* message_ = nullptr;  // where the open message begins
  char message_separator_ = 0;     // of the last MSH
  char batch_separator_ = 0;       // of the last BHS
  char file_separator_ = 0;        // of the last FHS
  bool batch_open_ = false;        // messages belong to contents_.batches.back()
  bool enveloped_ = false;         // a line of an envelope was seen
  bool file_closed_ = false;       // FTS was seen
  bool full_ = false;              // a limit was reached
};

}  // namespace

std::string_view to_string(FrameKind kind) noexcept {
  switch (kind) {
    case FrameKind::kUnreadable: return "unreadable";
    case FrameKind::kSingle: return "single";
    case FrameKind::kSeveral: return "several";
    case FrameKind::kBatch: return "batch";
  }
  return "unknown";
}

std::string_view to_string(BatchFault fault) noexcept {
  switch (fault) {
    case BatchFault::kBadDelimiters: return "bad_delimiters";
    case BatchFault::kMessageCountMismatch: return "message_count_mismatch";
    case BatchFault::kBatchCountMismatch: return "batch_count_mismatch";
    case BatchFault::kBadCount: return "bad_count";
    case BatchFault::kTrailerMissing: return "trailer_missing";
    case BatchFault::kHeaderMissing: return "header_missing";
    case BatchFault::kStrayText: return "stray_text";
    case BatchFault::kMisplaced: return "misplaced";
    case BatchFault::kTooManyMessages: return "too_many_messages";
  }
  return "unknown";
}

bool is_corrupt(BatchFault fault) noexcept {
  return fault != BatchFault::kTrailerMissing && fault != BatchFault::kHeaderMissing;
}

bool FrameContents::is_corrupt() const noexcept {
  return std::any_of(problems.begin(), problems.end(),
                     [](const BatchProblem& problem) { return hl7::is_corrupt(problem.fault); });
}

void split_frame(base::ByteView payload, FrameContents& contents, const SplitLimits& limits) {
  contents.kind = FrameKind::kUnreadable;
  contents.messages.clear();
  contents.file_header = {};
  contents.file_trailer = {};
  contents.declared_batch_count.reset();
  contents.batches.clear();
  contents.problems.clear();
  Splitter(payload, limits, contents).split();
}

FrameContents split_frame(base::ByteView payload, const SplitLimits& limits) {
  FrameContents contents;
  split_frame(payload, contents, limits);
  return contents;
}

bool is_surely_single(const Message& parsed) noexcept {
  const auto segments = parsed.segments();
  if (segments.empty()) return false;
  return std::ranges::all_of(segments.subspan(1), [](const Segment& segment) {
    return kind_of_name(segment.text.substr(0, kNameBytes)) == LineKind::kOther;
  });
}

bool is_blank(base::ByteView payload) noexcept {
  const base::ByteView rest = skip_blanks(payload);
  return std::all_of(rest.begin(), rest.end(), [](std::byte octet) {
    return octet == std::byte{0} || octet == std::byte{' '} || octet == std::byte{'\t'} ||
           octet == std::byte{'\r'} || octet == std::byte{'\n'};
  });
}

}  // namespace hl7
