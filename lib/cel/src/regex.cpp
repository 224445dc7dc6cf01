#include "regex.hpp"

#include <re2/re2.h>

#include "utf8_text.hpp"

namespace cel {
namespace {

// For the program of a pattern and the states that matching makes of it.
constexpr std::int64_t kMemoryMax = std::int64_t{2} << 20U;

re2::StringPiece to_piece(std::string_view text) noexcept { return {text.data(), text.size()}; }

std::unique_ptr<const re2::RE2> compile_re2(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryMax);
  auto compiled = std::make_unique<const re2::RE2>(to_piece(pattern), options);
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
      : MatchPattern(std::move(quick)), slow_(std::move(slow)) {}

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
                                                          std::size_t bytes_max) {
  if (pattern.size() > bytes_max) return nullptr;
  auto quick = QuickPattern::compile(pattern);
  auto slow = quick ? nullptr : compile_re2(pattern);
  if (!quick && slow == nullptr) return nullptr;
  return std::make_shared<const Re2MatchPattern>(std::move(quick), std::move(slow));
}

std::shared_ptr<const SearchPattern> SearchPattern::compile(std::string_view pattern,
                                                            std::size_t bytes_max) {
  if (pattern.size() > bytes_max) return nullptr;
  auto compiled = compile_re2(pattern);
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
    if (pattern_.may_look_far()) read_bytes_ += text_.size() - from_;
    has_given_up_ = read_bytes_ > kReadMax;
    if (has_given_up_ || !pattern_.find(text_, from_, match)) break;
    const auto begin = static_cast<std::size_t>(match.spans[0].data() - text_.data());
    const std::size_t end = begin + match.spans[0].size();
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
