#include "utf8_text.hpp"

#include <cstring>
#include <limits>

namespace cel {
namespace {

constexpr std::uint64_t kLowBits = 0x0101010101010101U;
constexpr std::uint64_t kHighBits = 0x8080808080808080U;

std::uint64_t load_word(const char* from) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

bool is_continuation(char octet) noexcept {
  return (static_cast<unsigned char>(octet) & 0xC0U) == 0x80U;
}

// A 1 in each of the eight octets that has the form 10xxxxxx.
std::uint64_t mark_continuations(std::uint64_t word) noexcept {
  return (word >> 7U) & (~word >> 6U) & kLowBits;
}

std::size_t count_continuations(std::uint64_t word) noexcept {
  return static_cast<std::size_t>((mark_continuations(word) * kLowBits) >> 56U);
}

// Marks are added octet by octet, as often as an octet can hold; then the octets.
constexpr std::size_t kWordsPerSum = 255;

std::size_t count_continuations(const char* words, std::size_t words_count) noexcept {
  constexpr std::uint64_t kEvenOctets = 0x00FF00FF00FF00FFU;
  constexpr std::uint64_t kPairs = 0x0001000100010001U;
  std::size_t count = 0;
  while (words_count > 0) {
    const std::size_t summed = words_count < kWordsPerSum ? words_count : kWordsPerSum;
    std::uint64_t sums = 0;
    for (std::size_t index = 0; index < summed; ++index) {
      sums += mark_continuations(load_word(words + index * 8));
    }
    sums = (sums & kEvenOctets) + ((sums >> 8U) & kEvenOctets);
    count += static_cast<std::size_t>((sums * kPairs) >> 48U);
    words += summed * 8;
    words_count -= summed;
  }
  return count;
}

// Past the code point that begins at `offset`.
std::size_t next_boundary(std::string_view text, std::size_t offset) noexcept {
  ++offset;
  while (offset < text.size() && is_continuation(text[offset])) ++offset;
  return offset;
}

// What the second octet of a sequence may be, by its first: this keeps out
// overlong forms, surrogates and what is above U+10FFFF.
struct SecondOctet {
  unsigned char least;
  unsigned char most;
};

SecondOctet second_octet_after(unsigned char lead) noexcept {
  switch (lead) {
    case 0xE0: return {0xA0, 0xBF};
    case 0xED: return {0x80, 0x9F};
    case 0xF0: return {0x90, 0xBF};
    case 0xF4: return {0x80, 0x8F};
    default: return {0x80, 0xBF};
  }
}

std::uint8_t length_by_lead(unsigned char lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

constexpr CodePoint kInvalid{kReplacementCharacter, 1, false};

bool is_white_space(char32_t value) noexcept {
  if (value < 0x80) return value == ' ' || (value >= '\t' && value <= '\r');
  return value == 0x85 || value == 0xA0 || value == 0x1680 ||
         (value >= 0x2000 && value <= 0x200A) || value == 0x2028 || value == 0x2029 ||
         value == 0x202F || value == 0x205F || value == 0x3000;
}

// A rolling hash modulo 2^61 - 1, for searches from the back.
constexpr std::uint64_t kModulus = (std::uint64_t{1} << 61U) - 1;
constexpr std::uint64_t kBase = 0x1B873593CC9E2D51U % kModulus;

std::uint64_t multiply(std::uint64_t left, std::uint64_t right) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(left) * right;
  const std::uint64_t folded =
      static_cast<std::uint64_t>(product & kModulus) + static_cast<std::uint64_t>(product >> 61U);
  return folded >= kModulus ? folded - kModulus : folded;
}

std::uint64_t push(std::uint64_t hash, char octet) noexcept {
  const std::uint64_t sum = multiply(hash, kBase) + static_cast<unsigned char>(octet) + 1;
  return sum >= kModulus ? sum - kModulus : sum;
}

// The window slides towards the front; its last octet is the most significant.
std::size_t find_last_long(std::string_view text, std::string_view needle) noexcept {
  const std::size_t width = needle.size();
  std::uint64_t wanted = 0;
  std::uint64_t hash = 0;
  std::uint64_t power = 1;  // of the octet that leaves the window
  for (std::size_t index = width; index > 0; --index) {
    wanted = push(wanted, needle[index - 1]);
    hash = push(hash, text[text.size() - width + index - 1]);
    if (index > 1) power = multiply(power, kBase);
  }
  for (std::size_t start = text.size() - width;; --start) {
    if (hash == wanted && std::memcmp(text.data() + start, needle.data(), width) == 0) return start;
    if (start == 0) return kNoOffset;
    const auto leaving = static_cast<unsigned char>(text[start + width - 1]);
    const std::uint64_t share = multiply(power, std::uint64_t{leaving} + 1);
    hash = push(hash >= share ? hash - share : hash + kModulus - share, text[start - 1]);
  }
}

}  // namespace

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t offset = 0;
  // Most texts are ASCII: whole stretches of them are passed over at once.
  for (; offset + 32 <= text.size(); offset += 32) {
    const char* const at = text.data() + offset;
    const std::uint64_t all =
        load_word(at) | load_word(at + 8) | load_word(at + 16) | load_word(at + 24);
    if ((all & kHighBits) != 0) break;
  }
  const std::size_t words_count = (text.size() - offset) / 8;
  std::size_t continuations = count_continuations(text.data() + offset, words_count);
  offset += words_count * 8;
  for (; offset < text.size(); ++offset) continuations += is_continuation(text[offset]) ? 1U : 0U;
  return text.size() - continuations;
}

std::size_t count_code_points(std::string_view text, std::size_t at_most) noexcept {
  std::size_t count = 0;
  while (count < at_most && !text.empty()) {
    const std::size_t needed = at_most - count;
    const std::size_t taken = needed > text.size() / 4 ? text.size() : needed * 4;
    count += count_code_points(text.substr(0, taken));
    text.remove_prefix(taken);
  }
  return count < at_most ? count : at_most;
}

std::size_t offset_of_position(std::string_view text, std::int64_t position) noexcept {
  if (position < 0 || static_cast<std::uint64_t>(position) > text.size()) return kNoOffset;
  if (position == 0) return 0;
  auto left = static_cast<std::size_t>(position);
  std::size_t offset = 0;
  for (; left >= 8 && offset + 8 <= text.size(); offset += 8) {
    left -= 8 - count_continuations(load_word(text.data() + offset));
  }
  // `left` beginnings of code points lie between here and the place.
  for (; offset < text.size(); ++offset) {
    if (is_continuation(text[offset])) continue;
    if (left == 0) return offset;
    --left;
  }
  return left == 0 ? text.size() : kNoOffset;
}

CodePoint decode_code_point(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::uint8_t length = length_by_lead(lead);
  if (length == 1) return {lead, 1, true};
  if (length == 0 || text.size() < length) return kInvalid;
  const auto second = static_cast<unsigned char>(text[1]);
  const SecondOctet allowed = second_octet_after(lead);
  if (second < allowed.least || second > allowed.most) return kInvalid;
  char32_t value = (lead & (0xFFU >> (length + 1U))) << 6U | (second & 0x3FU);
  for (std::size_t index = 2; index < length; ++index) {
    if (!is_continuation(text[index])) return kInvalid;
    value = value << 6U | (static_cast<unsigned char>(text[index]) & 0x3FU);
  }
  return {value, length, true};
}

std::size_t encode_code_point(char32_t value, char* to) noexcept {
  const auto tail = [value](unsigned shift) {
    return static_cast<char>(0x80U | ((value >> shift) & 0x3FU));
  };
  if (value < 0x80) {
    to[0] = static_cast<char>(value);
    return 1;
  }
  if (value < 0x800) {
    to[0] = static_cast<char>(0xC0U | (value >> 6U));
    to[1] = tail(0);
    return 2;
  }
  if (value < 0x10000) {
    to[0] = static_cast<char>(0xE0U | (value >> 12U));
    to[1] = tail(6);
    to[2] = tail(0);
    return 3;
  }
  to[0] = static_cast<char>(0xF0U | (value >> 18U));
  to[1] = tail(12);
  to[2] = tail(6);
  to[3] = tail(0);
  return 4;
}

bool is_utf8(std::string_view text) noexcept {
  std::size_t offset = 0;
  while (offset < text.size()) {
    if (offset + 8 <= text.size() && (load_word(text.data() + offset) & kHighBits) == 0) {
      offset += 8;
      continue;
    }
    const CodePoint point = decode_code_point(text.substr(offset));
    if (!point.is_valid) return false;
    offset += point.length;
  }
  return true;
}

std::size_t find_first(std::string_view text, std::string_view needle) noexcept {
  if (needle.empty()) return 0;
  if (needle.size() > text.size()) return kNoOffset;
  // Linear whatever the needle, which string_view::find is not.
  const void* const at = ::memmem(text.data(), text.size(), needle.data(), needle.size());
  if (at == nullptr) return kNoOffset;
  return static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

std::size_t find_last(std::string_view text, std::string_view needle) noexcept {
  if (needle.empty()) return text.size();
  if (needle.size() > text.size()) return kNoOffset;
  if (needle.size() <= 4) {
    const std::size_t at = text.rfind(needle);
    return at == std::string_view::npos ? kNoOffset : at;
  }
  return find_last_long(text, needle);
}

bool contains(std::string_view text, std::string_view needle) noexcept {
  return find_first(text, needle) != kNoOffset;
}

std::optional<std::int64_t> index_of(std::string_view text, std::string_view needle,
                                     std::int64_t from) noexcept {
  const std::size_t start = offset_of_position(text, from);
  if (start == kNoOffset) return std::nullopt;
  const std::size_t found = find_first(text.substr(start), needle);
  if (found == kNoOffset) return -1;
  return from + static_cast<std::int64_t>(count_code_points(text.substr(start, found)));
}

std::int64_t last_index_of(std::string_view text, std::string_view needle) noexcept {
  const std::size_t found = find_last(text, needle);
  if (found == kNoOffset) return -1;
  return static_cast<std::int64_t>(count_code_points(text.substr(0, found)));
}

std::optional<std::int64_t> last_index_of(std::string_view text, std::string_view needle,
                                          std::int64_t from) noexcept {
  const std::size_t start = offset_of_position(text, from);
  if (start == kNoOffset) return std::nullopt;
  const bool cut = needle.size() < text.size() - start;
  return last_index_of(cut ? text.substr(0, start + needle.size()) : text, needle);
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty()) {
    const CodePoint first = decode_code_point(text);
    if (!is_white_space(first.value)) break;
    text.remove_prefix(first.length);
  }
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && is_continuation(text[start])) --start;
    const CodePoint last = decode_code_point(text.substr(start));
    if (start + last.length != text.size() || !is_white_space(last.value)) break;
    text.remove_suffix(last.length);
  }
  return text;
}

Splitter::Splitter(std::string_view text, std::string_view separator, std::int64_t limit) noexcept
    : rest_(text),
      separator_(separator),
      left_count_(limit < 0 ? std::numeric_limits<std::uint64_t>::max()
                            : static_cast<std::uint64_t>(limit)) {
  finished_ = limit == 0 || (separator.empty() && text.empty());
}

std::string_view Splitter::take_rest() noexcept {
  finished_ = true;
  return rest_;
}

std::optional<std::string_view> Splitter::next() noexcept {
  if (finished_) return std::nullopt;
  if (left_count_ == 1) return take_rest();
  --left_count_;
  if (separator_.empty()) {
    const std::size_t end = next_boundary(rest_, 0);
    const std::string_view piece = rest_.substr(0, end);
    rest_.remove_prefix(end);
    finished_ = rest_.empty();
    return piece;
  }
  const std::size_t at = find_first(rest_, separator_);
  if (at == kNoOffset) return take_rest();
  const std::string_view piece = rest_.substr(0, at);
  rest_.remove_prefix(at + separator_.size());
  return piece;
}

}  // namespace cel
