#include "intake/explanation.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>

#include "cel/collections.hpp"
#include "cel/render.hpp"
#include "intake/expression_scan.hpp"

namespace intake {
namespace {

constexpr std::size_t kSeenMax = 12;
constexpr std::size_t kShownBytesMax = 200;
constexpr int kDepthMax = 16;
constexpr std::uint64_t kCostLimit = 10'000'000;

constexpr std::array<std::string_view, 7> kComparisons = {"==", "!=", "<=", ">=", "<", ">", "in"};

class Explainer {
 public:
  Explainer(const cel::Environment& environment, MessageContext& context)
      : environment_(environment), context_(context) {}

  // Which part of a condition made it what it is.
  void look_into(std::string_view source, int depth) {
    source = without_brackets(source);
    const Tokens tokens = scan(source);
    if (depth == 0 || seen_.size() >= kSeenMax || tokens.empty()) return;
    if (const auto parts = split(source, tokens, "||"); parts.size() > 1) {
      return into_parts(parts, true, depth);
    }
    if (const auto parts = split(source, tokens, "&&"); parts.size() > 1) {
      return into_parts(parts, false, depth);
    }
    note(source);
    if (tokens[0].is("!")) return look_into(source.substr(tokens[0].end()), depth - 1);
    for (const std::string_view mark : kComparisons) {
      const auto sides = split(source, tokens, mark);
      if (sides.size() != 2) continue;
      note_operand(sides[0]);
      return note_operand(sides[1]);
    }
    into_call(source, tokens, depth);
  }

  [[nodiscard]] std::vector<SeenValue> take() { return std::move(seen_); }

 private:
  static std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kWhite = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(kWhite), text.size()));
    const std::size_t last = text.find_last_not_of(kWhite);
    return last == text.npos ? std::string_view{} : text.substr(0, last + 1);
  }

  static std::string_view without_brackets(std::string_view source) {
    while (true) {
      source = trimmed(source);
      const Tokens tokens = scan(source);
      if (tokens.empty() || !tokens[0].is("(") || closing(tokens, 0) + 1 != tokens.size()) {
        return source;
      }
      source = source.substr(1, source.size() - 2);
    }
  }

  // The pieces between the marks that stand in no bracket.
  static std::vector<std::string_view> split(std::string_view source, const Tokens& tokens,
                                             std::string_view mark) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    for (std::size_t index = 0; index < tokens.size(); ++index) {
      const Token& token = tokens[index];
      if (token.is("?")) return {};
      if (token.is("(") || token.is("[") || token.is("{")) {
        index = closing(tokens, index);
      } else if (token.is(mark)) {
        parts.push_back(source.substr(begin, token.offset - begin));
        begin = token.end();
      }
    }
    parts.push_back(source.substr(begin));
    return parts;
  }

  // Of `a || b` all are false and count; of `a && b` the first that does not hold; of one
  // that is true the other way round.
  void into_parts(const std::vector<std::string_view>& parts, bool is_or, int depth) {
    bool holds = !is_or;
    for (const std::string_view part : parts) {
      const bool part_holds = is_true(part);
      holds = is_or ? holds || part_holds : holds && part_holds;
    }
    for (const std::string_view part : parts) {
      if (is_true(part) != holds) continue;
      look_into(part, depth - 1);
      if (is_or == holds) return;
    }
  }

  // `receiver.f(args)` or `f(args)`.
  void into_call(std::string_view source, const Tokens& tokens, int depth) {
    if (!tokens.back().is(")")) return;
    std::size_t open = tokens.size() - 1;
    while (open > 0 && closing(tokens, open) != tokens.size() - 1) --open;
    if (open == 0 || tokens[open - 1].kind != Token::Kind::kName) return;
    const std::string_view inside =
        source.substr(tokens[open].end(), tokens.back().offset - tokens[open].end());
    const bool is_member = open >= 3 && tokens[open - 2].is(".");
    const std::string_view receiver =
        is_member ? source.substr(0, tokens[open - 2].offset) : std::string_view{};
    const auto arguments = split(inside, scan(inside), ",");
    const std::string_view name = tokens[open - 1].text;
    if (is_member && name == "all" && arguments.size() == 2) {
      return into_all(receiver, trimmed(arguments[0]), arguments[1], depth);
    }
    if (is_member && is_macro(name) && arguments.size() >= 2) return note_operand(receiver);
    if (is_member) note_operand(receiver);
    for (const std::string_view argument : arguments) note_operand(argument);
  }

  static bool is_macro(std::string_view name) {
    return name == "exists" || name == "exists_one" || name == "existsOne" || name == "filter" ||
           name == "map" || name == "all";
  }

  // The first item for which the condition does not hold, put in the variable's place.
  void into_all(std::string_view range, std::string_view variable, std::string_view condition,
                int depth) {
    const std::string of_range(range);
    const auto found = evaluate("lists.range(size(" + of_range + ")).filter(explained_, !(" +
                                with(condition, variable, of_range + "[explained_]") + "))");
    if (!found || !found->is(cel::Kind::kList) || cel::list_size(*found) == 0) return;
    cel::Arena arena;
    const auto index = cel::list_at(*found, 0, arena).as_int();
    const std::string item = of_range + "[" + std::to_string(index) + "]";
    look_into(kept_.emplace_back(with(condition, variable, item)), depth - 1);
  }

  // The source with another text for a variable.
  static std::string with(std::string_view source, std::string_view variable,
                          const std::string& text) {
    std::string made;
    std::size_t begin = 0;
    const Tokens tokens = scan(source);
    for (std::size_t index = 0; index < tokens.size(); ++index) {
      const Token& token = tokens[index];
      const bool is_field = index > 0 && tokens[index - 1].is(".");
      if (token.kind != Token::Kind::kName || token.text != variable || is_field) continue;
      made += source.substr(begin, token.offset - begin);
      made += text;
      begin = token.end();
    }
    made += source.substr(begin);
    return made;
  }

  std::optional<cel::Value> evaluate(std::string_view source) {
    auto program = environment_.compile(source);
    if (!program) return std::nullopt;
    programs_.push_back(*std::move(program));
    return context_.explain(programs_.back(), kCostLimit);
  }

  bool is_true(std::string_view source) {
    const auto value = evaluate(source);
    return value && value->is(cel::Kind::kBool) && value->as_bool();
  }

  // A literal explains nothing.
  void note_operand(std::string_view source) {
    const Tokens tokens = scan(source);
    const bool names = std::ranges::any_of(
        tokens, [](const Token& token) { return token.kind == Token::Kind::kName; });
    const bool is_constant = tokens.size() == 1 && (tokens[0].is("true") || tokens[0].is("false"));
    if (names && !is_constant) note(source);
  }

  void note(std::string_view source) {
    source = trimmed(source);
    if (seen_.size() >= kSeenMax) return;
    const auto value = evaluate(source);
    if (!value) return;
    // The object that `msg` is says nothing.
    if (value->is(cel::Kind::kOpaque)) return;
    SeenValue seen{std::string(source), {}};
    if (value->is_error()) {
      seen.value = "error: " + cel::describe(*value);
    } else {
      cel::append_literal(seen.value, *value, kShownBytesMax);
    }
    seen_.push_back(std::move(seen));
  }

  const cel::Environment& environment_;
  MessageContext& context_;
  std::vector<SeenValue> seen_;
  std::vector<cel::Program> programs_;  // what values look at
  std::deque<std::string> kept_;        // sources that were made
};

}  // namespace

std::vector<SeenValue> explain(std::string_view source, const cel::Environment& environment,
                               MessageContext& context) {
  Explainer explainer(environment, context);
  explainer.look_into(source, kDepthMax);
  return explainer.take();
}

}  // namespace intake
