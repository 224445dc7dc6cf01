// store/sip_hash.hpp: SipHash-2-4 with 128 bits, a keyed digest of octets.
//
// Of Aumasson and Bernstein, https://www.aumasson.jp/siphash/siphash.pdf. About a
// nanosecond for two octets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "store/dedup.hpp"

namespace store {

// Takes octets in any pieces: the digest is that of all of them in a row.
class SipHash {
 public:
  struct Digest {
    std::uint64_t low = 0;  // the first eight octets, as a little-endian number
    std::uint64_t high = 0;

    friend bool operator==(const Digest&, const Digest&) = default;
  };

  explicit SipHash(const DedupSecret& secret) noexcept;

  void add(base::ByteView octets) noexcept;
  void add_number(std::uint64_t number) noexcept;

  // Once, at the end.
  [[nodiscard]] Digest finish() noexcept;

 private:
  void round() noexcept;
  void take(std::uint64_t word) noexcept;

  std::uint64_t v0_;
  std::uint64_t v1_;
  std::uint64_t v2_;
  std::uint64_t v3_;
  std::uint64_t length_ = 0;
  std::array<std::byte, 8> rest_{};  // length_ mod 8 octets that do not fill a word yet
};

}  // namespace store
