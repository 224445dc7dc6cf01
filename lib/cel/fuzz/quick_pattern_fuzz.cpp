// Patterns and texts: the first line is the pattern, the rest the text. Where the table understands
// the pattern and the text is UTF-8, RE2 understands it as well and says the same.
#include <re2/re2.h>

#include <cstdint>
#include <cstdlib>

#include "../src/quick_pattern.hpp"
#include "../src/utf8_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\n');
  if (end == std::string_view::npos) return 0;
  const std::string_view pattern = input.substr(0, end);
  const std::string_view text = input.substr(end + 1);
  const auto quick = cel::QuickPattern::compile(pattern);
  if (!quick || !cel::is_utf8(text)) return 0;
  re2::RE2::Options options;
  options.set_log_errors(false);
  const re2::RE2 slow({pattern.data(), pattern.size()}, options);
  if (!slow.ok()) std::abort();
  const bool is_match =
      slow.Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
  if (quick->matches(text) != is_match) std::abort();
  return 0;
}
