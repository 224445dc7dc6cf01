// octet_scan.hpp: finds delimiters a block of octets at a time.
//
// Fields are short: a call of memchr for each costs more than it finds. A block
// is compared with a delimiter at once, and the hits are kept as bits: sixteen
// octets where the processor has SSE2, else the eight of a word.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace hl7 {

class WordBlock {
 public:
  static constexpr std::size_t kBytes = 8;
  static constexpr std::size_t kHitBits = 8;  // of the hits, for each octet

  // REQUIRES: kBytes can be read.
  static WordBlock load(const char* at) noexcept {
    WordBlock block;
    std::memcpy(&block.word_, at, kBytes);
    if constexpr (std::endian::native == std::endian::big) {
      block.word_ = __builtin_bswap64(block.word_);
    }
    return block;
  }

  // The highest bit of each octet that is equal.
  [[nodiscard]] std::uint64_t find(char octet) const noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101U;
    constexpr std::uint64_t kLow = 0x7FU * kOnes;
    const std::uint64_t differs = word_ ^ (kOnes * static_cast<unsigned char>(octet));
    return ~(((differs & kLow) + kLow) | differs | kLow);
  }

  [[nodiscard]] std::uint64_t find_any(const char (&octets)[4]) const noexcept {
    return find(octets[0]) | find(octets[1]) | find(octets[2]) | find(octets[3]);
  }

  // Where the first hit is. REQUIRES: there is one.
  static std::size_t first_index(std::uint64_t hits) noexcept {
    return static_cast<std::size_t>(std::countr_zero(hits)) / 8;
  }

 private:
  std::uint64_t word_;
};

#if defined(__SSE2__)

class Sse2Block {
 public:
  static constexpr std::size_t kBytes = 16;
  static constexpr std::size_t kHitBits = 1;  // of the hits, for each octet

  // REQUIRES: kBytes can be read.
  static Sse2Block load(const char* at) noexcept {
    Sse2Block block;
    std::memcpy(&block.octets_, at, kBytes);
    return block;
  }

  // The lowest bits, one for each octet that is equal.
  [[nodiscard]] std::uint64_t find(char octet) const noexcept {
    const __m128i equal = _mm_cmpeq_epi8(octets_, _mm_set1_epi8(octet));
    return static_cast<unsigned>(_mm_movemask_epi8(equal));
  }

  [[nodiscard]] std::uint64_t find_any(const char (&octets)[4]) const noexcept {
    const __m128i low = _mm_or_si128(_mm_cmpeq_epi8(octets_, _mm_set1_epi8(octets[0])),
                                     _mm_cmpeq_epi8(octets_, _mm_set1_epi8(octets[1])));
    const __m128i high = _mm_or_si128(_mm_cmpeq_epi8(octets_, _mm_set1_epi8(octets[2])),
                                      _mm_cmpeq_epi8(octets_, _mm_set1_epi8(octets[3])));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(low, high)));
  }

  // Where the first hit is. REQUIRES: there is one.
  static std::size_t first_index(std::uint64_t hits) noexcept {
    return static_cast<std::size_t>(std::countr_zero(hits));
  }

 private:
  __m128i octets_;
};

using Block = Sse2Block;

#else

using Block = WordBlock;

#endif

// The block at `at`; behind `end` it holds zeros.
template <class B>
B load_block(const char* at, const char* end) noexcept {
  if (static_cast<std::size_t>(end - at) >= B::kBytes) return B::load(at);
  char rest[B::kBytes] = {};
  std::copy(at, end, rest);
  return B::load(rest);
}

// The hits in the block at `at`, which is a place in `text`. What is behind the
// text is none; the last octets are read with those before them where there are.
template <class B>
std::uint64_t find_hits(std::string_view text, const char* at, char octet) noexcept {
  const char* const end = text.data() + text.size();
  const auto rest_bytes = static_cast<std::size_t>(end - at);
  if (rest_bytes >= B::kBytes) return B::load(at).find(octet);
  if (text.size() < B::kBytes) return load_block<B>(at, end).find(octet);
  const std::uint64_t hits = B::load(end - B::kBytes).find(octet);
  return hits >> ((B::kBytes - rest_bytes) * B::kHitBits);
}

// Moves over the field separators of one line, and stops at its end.
class FieldEnds {
 public:
  // REQUIRES: the separator is not 0.
  FieldEnds(std::string_view text, char separator) noexcept
      : at_(text.data()),
        end_(text.data() + text.size()),
        separator_(separator),
        hits_(at_ == end_ ? 0 : find_hits()) {}

  // The next separator, CR or LF; the end of the text behind the last.
  const char* next() noexcept {
    while (hits_ == 0) {
      if (static_cast<std::size_t>(end_ - at_) <= Block::kBytes) return end_;
      at_ += Block::kBytes;
      hits_ = find_hits();
    }
    const char* const found = at_ + Block::first_index(hits_);
    hits_ &= hits_ - 1;
    return found;
  }

 private:
  [[nodiscard]] std::uint64_t find_hits() const noexcept {
    const Block block = load_block<Block>(at_, end_);
    return block.find(separator_) | block.find('\r') | block.find('\n');
  }

  const char* at_;   // of the block that hits_ are in
  const char* end_;  // of the text
  char separator_;
  std::uint64_t hits_;
};

}  // namespace hl7
