#include "mark_search.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

#include "mllp/octets.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace mllp {

namespace {

[[nodiscard]] constexpr bool is_mark(std::byte octet) noexcept {
  return octet == kStartOctet || octet == kEndOctet;
}

[[nodiscard]] std::size_t find_mark_singly(base::ByteView octets, std::size_t from) noexcept {
  while (from < octets.size() && !is_mark(octets[from])) ++from;
  return from;
}

constexpr std::uint64_t kOnes = 0x0101010101010101;

[[nodiscard]] constexpr std::uint64_t in_each_octet(std::byte octet) noexcept {
  return kOnes * std::to_integer<std::uint64_t>(octet);
}

// Not zero if and only if one of the eight octets is zero.
[[nodiscard]] constexpr std::uint64_t zero_octets(std::uint64_t word) noexcept {
  return (word - kOnes) & ~word & (kOnes << 7);
}

}  // namespace

std::size_t find_mark_portable(base::ByteView octets) noexcept {
  std::size_t at = 0;
  for (; octets.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, octets.data() + at, sizeof word);
    const std::uint64_t starts = zero_octets(word ^ in_each_octet(kStartOctet));
    const std::uint64_t ends = zero_octets(word ^ in_each_octet(kEndOctet));
    if ((starts | ends) != 0) break;
  }
  return find_mark_singly(octets, at);
}

#ifdef __SSE2__

namespace {

constexpr std::size_t kVectorBytes = sizeof(__m128i);
constexpr std::size_t kBlockBytes = 4 * kVectorBytes;

// FF in each octet that is a mark, 00 elsewhere.
[[nodiscard]] __m128i marks_at(const std::byte* octets) noexcept {
  const __m128i vector = _mm_loadu_si128(reinterpret_cast<const __m128i*>(octets));
  const __m128i starts = _mm_cmpeq_epi8(vector, _mm_set1_epi8(std::to_integer<char>(kStartOctet)));
  const __m128i ends = _mm_cmpeq_epi8(vector, _mm_set1_epi8(std::to_integer<char>(kEndOctet)));
  return _mm_or_si128(starts, ends);
}

// One bit for each octet of marks_at(), the first lowest.
[[nodiscard]] unsigned bits_of(__m128i marks) noexcept {
  return static_cast<unsigned>(_mm_movemask_epi8(marks));
}

// Skips blocks of four vectors that hold no mark.
[[nodiscard]] std::size_t skip_plain_blocks(base::ByteView octets) noexcept {
  std::size_t at = 0;
  for (; octets.size() - at >= kBlockBytes; at += kBlockBytes) {
    const std::byte* block = octets.data() + at;
    const __m128i front = _mm_or_si128(marks_at(block), marks_at(block + kVectorBytes));
    const __m128i behind =
        _mm_or_si128(marks_at(block + 2 * kVectorBytes), marks_at(block + 3 * kVectorBytes));
    if (bits_of(_mm_or_si128(front, behind)) != 0) break;
  }
  return at;
}

}  // namespace

std::size_t find_mark(base::ByteView octets) noexcept {
  std::size_t at = skip_plain_blocks(octets);
  for (; octets.size() - at >= kVectorBytes; at += kVectorBytes) {
    const unsigned bits = bits_of(marks_at(octets.data() + at));
    if (bits != 0) return at + static_cast<unsigned>(std::countr_zero(bits));
  }
  return find_mark_singly(octets, at);
}

#else

std::size_t find_mark(base::ByteView octets) noexcept { return find_mark_portable(octets); }

#endif

}  // namespace mllp
