#include "cli/listen_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/try.hpp"
#include "config/values.hpp"

namespace cli {
namespace {

using Words = std::string;

constexpr std::size_t kStepsMax = 10'000;
constexpr std::uint64_t kCountMax = 1'000'000'000;
constexpr std::string_view kBlanks = " \t\r";

constexpr std::array<std::pair<std::string_view, ListenAct>, 8> kActs{{
    {"wrong", ListenAct::kWrong},
    {"empty", ListenAct::kEmpty},
    {"garbage", ListenAct::kGarbage},
    {"half", ListenAct::kHalf},
    {"silent", ListenAct::kSilent},
    {"late", ListenAct::kLate},
    {"close", ListenAct::kClose},
    {"reset", ListenAct::kReset},
}};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// What stands in front of the first `mark`, which goes as well.
std::string_view take_until(std::string_view& text, std::string_view marks) {
  const std::size_t end = std::min(text.find_first_of(marks), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

base::Result<ListenPart, Words> parse_word(std::string_view word) {
  if (const auto code = hl7::find_ack_code(word)) {
    return ListenPart{.act = ListenAct::kAnswer, .code = *code};
  }
  for (const auto& [name, act] : kActs) {
    if (name == word) return ListenPart{.act = act};
  }
  std::string text = "expected AA AE AR CA CE CR or one of";
  for (const auto& [name, act] : kActs) text += fmt::format(" {}", name);
  return base::fail(text + fmt::format(", found '{}'", word));
}

base::Result<ListenPart, Words> parse_part(std::string_view text) {
  const std::size_t at = text.find('@');
  ListenPart part = TRY(parse_word(trimmed(text.substr(0, at))));
  if (at == text.npos) return part;
  const auto delay = config::parse_duration(trimmed(text.substr(at + 1)));
  if (!delay) {
    return base::fail(fmt::format("expected a time such as 200ms behind @, found '{}'", text));
  }
  part.delay = *delay;
  return part;
}

base::Result<ListenStep, Words> parse_step(std::string_view text) {
  ListenStep step;
  step.text = text;
  const std::size_t star = text.find('*');
  if (star != text.npos) {
    const std::string_view count = trimmed(text.substr(star + 1));
    const auto [end, error] =
        std::from_chars(count.data(), count.data() + count.size(), step.count);
    const bool whole = error == std::errc() && end == count.data() + count.size();
    if (!whole || step.count < 1 || step.count > kCountMax) {
      return base::fail(fmt::format("expected a number behind *, found '{}'", text));
    }
    text = text.substr(0, star);
    step.text = trimmed(text);
  }
  do {
    step.parts.push_back(TRY(parse_part(take_until(text, "+"))));
  } while (!text.empty());
  return step;
}

}  // namespace

base::Result<ListenScript, std::string> ListenScript::parse(std::string_view text) {
  ListenScript script;
  while (!text.empty()) {
    std::string_view line = take_until(text, "\n");
    line = line.substr(0, line.find('#'));
    while (!trimmed(line).empty()) {
      const std::string_view step = trimmed(take_until(line, ","));
      if (script.steps_.size() == kStepsMax) return base::fail(std::string("too many steps"));
      script.steps_.push_back(TRY(parse_step(step)));
    }
  }
  if (script.steps_.empty()) return base::fail(std::string("expected a step such as AA"));
  return script;
}

const ListenStep& ListenScript::next() {
  if (done_ == steps_[index_].count && index_ + 1 < steps_.size()) {
    ++index_;
    done_ = 0;
  }
  if (done_ < steps_[index_].count) ++done_;
  return steps_[index_];
}

}  // namespace cli
