#include "regex.hpp"

#include <re2/re2.h>

#include "utf8_text.hpp"

namespace cel {
namespace {

// For the program of a pattern and the states that matching makes of it.
constexpr std::int64_t kMemoryMax = std::int64_t{2} << 20U;

re2::StringPiece to_piece(std::string_view text) noexcept { return {text.data(), text.size()}; }

// What compiling takes: of any pattern, for each octet of it and each instruction of its program;
// and of one whose program is too large, which shows at the end only.
constexpr std::uint64_t kCompileSteps = 20'000;
constexpr std::uint64_t kCompileStepsOfOctet = 500;
constexpr std::uint64_t kCompileStepsOfInstruction = 700;
constexpr std::uint64_t kCompileStepsOfTooLarge = 80'000'000;

// What reading an octet takes: by table; by RE2, which may have to follow all instructions at once;
// and within a match whose groups are wanted, where each carries their places along.
constexpr std::uint64_t kTableSteps = 2;
constexpr std::uint64_t kReadSteps = 4;
constexpr std::uint64_t kReadStepsOfInstruction = 2;
constexpr std::uint64_t kGroupStepsOfInstruction = 12;
constexpr std::uint64_t kFindSteps = 500;

std::uint64_t steps_to_compile(std::string_view pattern, const re2::RE2* compiled) noexcept {
  std::uint64_t steps = kCompileSteps + pattern.size() * kCompileStepsOfOctet;
  if (compiled == nullptr) return steps;
  if (compiled->ok()) {
    steps += static_cast<std::uint64_t>(compiled->ProgramSize()) * kCompileStepsOfInstruction;
  } else if (compiled->error_code() == re2::RE2::ErrorPatternTooLarge) {
    steps += kCompileStepsOfTooLarge;
  }
  return steps;
}

std::uint64_t steps_per_octet(const re2::RE2& compiled) noexcept {
  return kReadSteps + static_cast<std::uint64_t>(compiled.ProgramSize()) * kReadStepsOfInstruction;
}

std::unique_ptr<const re2::RE2> compile_re2(std::string_view pattern, std::uint64_t* steps) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryMax);
  auto compiled = std::make_unique<const re2::RE2>(to_piece(pattern), options);
  if (steps != nullptr) *steps = steps_to_compile(pattern, compiled.get());
  if (!compiled->ok()) return nullptr;
  return compiled;
}

// A choice (an alternative, an optional group) whose first branch may run on without end.
bool has_endless_choice(std::string_view pattern) noexcept {
  bool has_choice = false;
  bool is_endless = false;
  for (std::size_t index = 0; index < pattern.size(); ++index) {
    const char octet = pattern[index];
    const char next = index + 1 < pattern.size() ? pattern[index + 1] : '\0';
    if (octet == '\\') {
      ++index;
    } else if (octet == '|' || (octet == ')' && (next == '?' || next == '*' || next == '{'))) {
      has_choice = true;
    }
    if (octet == '*' || octet == '+' || octet == '{') is_endless = true;
  }
  return has_choice && is_endless;
}

class Re2MatchPattern final : public MatchPattern {
 public:
  Re2MatchPattern(std::optional<QuickPattern> quick, std::unique_ptr<const re2::RE2> slow) noexcept
      : MatchPattern(std::move(quick), slow == nullptr ? kTableSteps : steps_per_octet(*slow)),
        slow_(std::move(slow)) {}

 private:
  bool matches_slowly(std::string_view text) const override {
    return slow_->Match(to_piece(text), 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
  }

  std::unique_ptr<const re2::RE2> slow_;
};

class Re2SearchPattern final : public SearchPattern {
 public:
  explicit Re2SearchPattern(std::unique_ptr<const re2::RE2> compiled) noexcept
      : compiled_(std::move(compiled)), may_look_far_(has_endless_choice(compiled_->pattern())) {}

  bool may_look_far() const override { return may_look_far_; }

  std::size_t groups_count() const override {
    return static_cast<std::size_t>(compiled_->NumberOfCapturingGroups());
  }

  std::uint64_t steps_to_find(std::size_t read_bytes,
                              std::size_t match_bytes) const noexcept override {
    const auto size = static_cast<std::uint64_t>(compiled_->ProgramSize());
    const std::uint64_t group_steps = groups_count() == 0 ? 0 : size * kGroupStepsOfInstruction;
    return kFindSteps + read_bytes * steps_per_octet(*compiled_) + match_bytes * group_steps;
  }

  bool find(std::string_view text, std::size_t from, Match& match) const override {
    std::array<re2::StringPiece, kSpansMax> pieces;
    const std::size_t count = std::min(groups_count() + 1, kSpansMax);
    if (!compiled_->Match(to_piece(text), from, text.size(), re2::RE2::UNANCHORED, pieces.data(),
                          static_cast<int>(count))) {
      return false;
    }
    for (std::size_t index = 0; index < kSpansMax; ++index) {
      match.spans[index] = index < count
                               ? std::string_view(pieces[index].data(), pieces[index].size())
                               : std::string_view();
    }
    return true;
  }

 private:
  std::unique_ptr<const re2::RE2> compiled_;
  bool may_look_far_;
};

}  // namespace

std::shared_ptr<const MatchPattern> MatchPattern::compile(std::string_view pattern,
                                                          std::size_t bytes_max,
                                                          std::uint64_t* steps) {
  if (pattern.size() > bytes_max) return nullptr;
  if (steps != nullptr) *steps = steps_to_compile(pattern, nullptr);
  auto quick = QuickPattern::compile(pattern);
  auto slow = quick ? nullptr : compile_re2(pattern, steps);
  if (!quick && slow == nullptr) return nullptr;
  return std::make_shared<const Re2MatchPattern>(std::move(quick), std::move(slow));
}

std::shared_ptr<const SearchPattern> SearchPattern::compile(std::string_view pattern,
                                                            std::size_t bytes_max,
                                                            std::uint64_t* steps) {
  if (pattern.size() > bytes_max) return nullptr;
  auto compiled = compile_re2(pattern, steps);
  if (compiled == nullptr) return nullptr;
  return std::make_shared<const Re2SearchPattern>(std::move(compiled));
}

void MatchWalk::step_over_one() noexcept {
  if (from_ == text_.size()) {
    finished_ = true;
  } else {
    from_ += decode_code_point(text_.substr(from_)).length;
  }
}

bool MatchWalk::next(SearchPattern::Match& match) {
  while (!finished_) {
    const std::size_t left_bytes = text_.size() - from_;
    const bool may_look_far = pattern_.may_look_far();
    if (may_look_far && !arena_.spend(pattern_.steps_to_find(left_bytes, 0))) break;
    if (!pattern_.find(text_, from_, match)) {
      arena_.spend(pattern_.steps_to_find(left_bytes, 0));
      break;
    }
    const auto begin = static_cast<std::size_t>(match.spans[0].data() - text_.data());
    const std::size_t end = begin + match.spans[0].size();
    if (!arena_.spend(pattern_.steps_to_find(may_look_far ? 0 : end - from_, end - begin))) break;
    const bool is_behind_match = last_end_ && *last_end_ == begin && begin == end;
    if (end == from_) {
      step_over_one();
    } else {
      from_ = end;
    }
    last_end_ = end;
    if (!is_behind_match) return true;
  }
  finished_ = true;
  return false;
}

}  // namespace cel
