#include "store/sip_hash.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

namespace store {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they lie");

constexpr std::size_t kWordBytes = 8;

std::uint64_t word_at(const std::byte* octets) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, octets, kWordBytes);
  return word;
}

}  // namespace

SipHash::SipHash(const DedupSecret& secret) noexcept
    : v0_(0x736f6d6570736575U ^ secret.low),
      v1_(0x646f72616e646f6dU ^ secret.high ^ 0xeeU),
      v2_(0x6c7967656e657261U ^ secret.low),
      v3_(0x7465646279746573U ^ secret.high) {}

void SipHash::round() noexcept {
  v0_ += v1_;
  v2_ += v3_;
  v1_ = std::rotl(v1_, 13) ^ v0_;
  v3_ = std::rotl(v3_, 16) ^ v2_;
  v0_ = std::rotl(v0_, 32);
  v2_ += v1_;
  v0_ += v3_;
  v1_ = std::rotl(v1_, 17) ^ v2_;
  v3_ = std::rotl(v3_, 21) ^ v0_;
  v2_ = std::rotl(v2_, 32);
}

void SipHash::take(std::uint64_t word) noexcept {
  v3_ ^= word;
  round();
  round();
  v0_ ^= word;
}

void SipHash::add(base::ByteView octets) noexcept {
  const std::size_t held = length_ % kWordBytes;
  length_ += octets.size();
  if (held != 0) {
    const std::size_t lacking = std::min(kWordBytes - held, octets.size());
    std::copy_n(octets.begin(), lacking, rest_.begin() + static_cast<std::ptrdiff_t>(held));
    octets = octets.subspan(lacking);
    if (held + lacking < kWordBytes) return;
    take(word_at(rest_.data()));
  }
  for (; octets.size() >= kWordBytes; octets = octets.subspan(kWordBytes)) {
    take(word_at(octets.data()));
  }
  std::ranges::copy(octets, rest_.begin());
}

void SipHash::add_number(std::uint64_t number) noexcept {
  add(std::as_bytes(std::span(&number, 1)));
}

SipHash::Digest SipHash::finish() noexcept {
  std::fill(rest_.begin() + static_cast<std::ptrdiff_t>(length_ % kWordBytes), rest_.end(),
            std::byte{0});
  take(word_at(rest_.data()) | (length_ << 56U));
  v2_ ^= 0xeeU;
  for (int count = 0; count < 4; ++count) round();
  const std::uint64_t low = v0_ ^ v1_ ^ v2_ ^ v3_;
  v1_ ^= 0xddU;
  for (int count = 0; count < 4; ++count) round();
  return {low, v0_ ^ v1_ ^ v2_ ^ v3_};
}

}  // namespace store
