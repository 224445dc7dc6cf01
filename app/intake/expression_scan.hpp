// intake/expression_scan.hpp: the words of an expression, for explanations.
//
// The compiler has its own reader; this one knows just enough to find names, brackets
// and operators in a source that has compiled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace intake {

struct Token {
  enum class Kind : std::uint8_t { kName, kText, kNumber, kMark };

  Kind kind = Kind::kMark;
  std::string_view text;  // as written; of a text with its quotes
  std::size_t offset = 0;

  [[nodiscard]] bool is(std::string_view mark) const noexcept {
    return kind != Kind::kText && text == mark;
  }

  [[nodiscard]] std::size_t end() const noexcept { return offset + text.size(); }
};

using Tokens = std::vector<Token>;

// Comments and white space are left out.
[[nodiscard]] Tokens scan(std::string_view source);

// The index of the bracket that closes the one at `index`; tokens.size() without one.
[[nodiscard]] std::size_t closing(const Tokens& tokens, std::size_t index);

}  // namespace intake
