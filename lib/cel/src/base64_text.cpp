#include "base64_text.hpp"

namespace cel {
namespace {

std::string_view letters_of(Base64Alphabet alphabet) noexcept {
  return alphabet == Base64Alphabet::kUrl
             ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
             : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

constexpr unsigned kNoLetter = 64;

unsigned value_of(char letter, Base64Alphabet alphabet) noexcept {
  if (letter >= 'A' && letter <= 'Z') return static_cast<unsigned>(letter - 'A');
  if (letter >= 'a' && letter <= 'z') return static_cast<unsigned>(letter - 'a') + 26;
  if (letter >= '0' && letter <= '9') return static_cast<unsigned>(letter - '0') + 52;
  if (letter == letters_of(alphabet)[62]) return 62;
  if (letter == letters_of(alphabet)[63]) return 63;
  return kNoLetter;
}

bool is_line_end(char octet) noexcept { return octet == '\r' || octet == '\n'; }

// After `letters_count` letters only padding and line ends may follow: none at all, or
// what fills up a group of four.
bool is_padding(std::string_view rest, std::size_t letters_count) noexcept {
  std::size_t padding_count = 0;
  for (const char octet : rest) {
    if (is_line_end(octet)) continue;
    if (octet != '=') return false;
    ++padding_count;
  }
  if (padding_count == 0) return true;
  return letters_count % 4 >= 2 && padding_count == 4 - letters_count % 4;
}

}  // namespace

void append_base64(TextSink& out, std::string_view octets, Base64Alphabet alphabet) noexcept {
  const std::string_view letters = letters_of(alphabet);
  char* to = out.extend((octets.size() + 2) / 3 * 4);
  if (to == nullptr) return;
  for (std::size_t offset = 0; offset < octets.size(); offset += 3) {
    const std::string_view group = octets.substr(offset, 3);
    std::uint32_t bits = 0;
    for (std::size_t index = 0; index < 3; ++index) {
      bits = bits << 8U | (index < group.size() ? static_cast<unsigned char>(group[index]) : 0U);
    }
    for (unsigned index = 0; index < 4; ++index) {
      *to++ = index <= group.size() ? letters[(bits >> (18U - 6U * index)) & 63U] : '=';
    }
  }
}

bool append_base64_decoded(TextSink& out, std::string_view text, Base64Alphabet alphabet) noexcept {
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  std::size_t letters_count = 0;
  std::size_t offset = 0;
  for (; offset < text.size() && text[offset] != '='; ++offset) {
    if (is_line_end(text[offset])) continue;
    const unsigned value = value_of(text[offset], alphabet);
    if (value == kNoLetter) return false;
    bits = bits << 6U | value;
    // Each letter but the first of a group completes an octet.
    const std::size_t in_group = letters_count++ % 4;
    if (in_group != 0) out.append(static_cast<char>(bits >> (6U - 2U * in_group) & 0xFFU));
  }
  return letters_count % 4 != 1 && is_padding(text.substr(offset), letters_count);
}

}  // namespace cel
