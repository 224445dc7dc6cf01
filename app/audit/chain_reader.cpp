#include "audit/chain_reader.hpp"

#include <utility>

namespace audit {
namespace {

struct Words {
  std::string_view name;
  std::string_view sentence;
};

Words words_of(Finding finding) noexcept {
  switch (finding) {
    case Finding::kMalformed: return {"malformed", "what stands here is no record"};
    case Finding::kChanged: return {"changed", "it was changed, or its MAC was"};
    case Finding::kMissing: return {"missing", "it and perhaps others behind it are not there"};
    case Finding::kInserted: return {"inserted", "another one stands in its place"};
    case Finding::kUnfinished:
      return {"unfinished",
              "it does not end: it was cut, or the process died while it was written"};
    case Finding::kNoCheckpoint:
      return {"no_checkpoint", "the file does not begin with what ended the one before it"};
    case Finding::kUnknownKey:
      return {"unknown_key", "from here on it is chained with a key that AUDIT_KEY_FILE lacks"};
    case Finding::kUnkeyed:
      return {"unkeyed", "from here on it is chained without a key, which anybody can do"};
    case Finding::kFileMissing: return {"file_missing", "the file that holds it is not there"};
    case Finding::kBeginMissing:
      return {"begin_missing", "what came before it is not there, and no retention has taken it"};
    case Finding::kHeadMissing:
      return {"head_missing", "the trail ends before it: its tail was cut"};
    case Finding::kHeadDiffers: return {"head_differs", "it is not the one whose head was given"};
    case Finding::kSealed:
      return {"sealed", "it is encrypted with a key that ENCRYPTION_KEY_FILE lacks"};
    case Finding::kNotReadable: return {"not_readable", "the file cannot be read"};
  }
  return {"unknown", "unknown"};
}

}  // namespace

std::string_view to_string(Finding finding) noexcept { return words_of(finding).name; }

std::string_view sentence(Finding finding) noexcept { return words_of(finding).sentence; }

void ChainReader::read(std::string_view octets, const Events& events) {
  bool is_first = true;
  has_told_ = false;
  for (std::size_t offset = 0; offset < octets.size() || is_first;) {
    const std::size_t line_end = octets.find('\n', offset);
    const std::uint64_t expected = head_.sequence + 1;
    if (line_end == std::string_view::npos) {
      static_cast<void>(events.on_finding(Finding::kUnfinished, expected, offset));
      return;
    }
    const std::string_view raw = octets.substr(offset, line_end - offset);
    const LineState state = open_line(cipher_, raw, clear_);
    const auto line = parse_line(state == LineState::kOpened ? std::string_view(clear_) : raw);
    const auto finding = line ? judge(*line, is_first, state) : Finding::kMalformed;
    if (line) before_ = head_ = {line->sequence, line->mac};
    if (finding && !events.on_finding(*finding, expected, offset)) return;
    if (line && !finding) events.on_record(*line, offset, line_end + 1);
    offset = line_end + 1;
    is_first = false;
  }
}

std::optional<Finding> ChainReader::judge(const TrailLine& line, bool is_first, LineState state) {
  if (is_first) {
    if (const auto finding = begin_file(line)) return finding;
  } else if (line.kind == kCheckpoint) {
    return Finding::kNoCheckpoint;
  }
  const std::uint64_t expected = head_.sequence + 1;
  if (line.sequence > expected) return Finding::kMissing;
  if (line.sequence < expected) return Finding::kInserted;
  if (state == LineState::kBroken) return Finding::kChanged;
  if (state == LineState::kNoKey) {
    return std::exchange(has_told_, true) ? std::nullopt : std::optional(Finding::kSealed);
  }
  if (chain_ && chain_->next(head_.mac, line.text) != line.mac) return Finding::kChanged;
  return std::nullopt;
}

// The first file says itself what was before it: its MAC covers that.
std::optional<Finding> ChainReader::begin_file(const TrailLine& line) {
  const auto key_name = line.word("key");
  const auto after = line.word("after");
  const auto before = after ? parse_mac(*after) : std::nullopt;
  if (line.kind != kCheckpoint || !key_name || !before || line.sequence == 0) {
    return Finding::kNoCheckpoint;
  }
  const bool was_keyed = !key_name_.empty();
  key_name_ = *key_name;
  const AuditKey* const key = keys_.find(key_name_);
  chain_.reset();
  if (key != nullptr) chain_.emplace(*key);
  if (before_ && (before_->mac != *before || before_->sequence + 1 != line.sequence)) {
    return before_->sequence + 1 < line.sequence ? Finding::kMissing : Finding::kNoCheckpoint;
  }
  head_ = {line.sequence - 1, *before};
  if (key == nullptr) return Finding::kUnknownKey;
  if (was_keyed && key_name_.empty()) return Finding::kUnkeyed;
  return std::nullopt;
}

}  // namespace audit
