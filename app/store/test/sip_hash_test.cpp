// SipHash-2-4 with 128 bits, against the vectors of its authors (and what OpenSSL makes of
// the same octets), in whatever pieces the octets come.
#include "store/sip_hash.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

namespace store {
namespace {

constexpr DedupSecret kKey = {0x0706050403020100U, 0x0f0e0d0c0b0a0908U};

std::vector<std::byte> counting(std::size_t size) {
  std::vector<std::byte> octets(size);
  for (std::size_t index = 0; index < size; ++index) octets[index] = static_cast<std::byte>(index);
  return octets;
}

std::string hex(const SipHash::Digest& digest) {
  std::string text;
  for (const std::uint64_t word : {digest.low, digest.high}) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      char octet[3];
      std::snprintf(octet, sizeof octet, "%02X", static_cast<unsigned>((word >> shift) & 0xFFU));
      text += octet;
    }
  }
  return text;
}

struct Vector {
  std::size_t size;
  const char* digest;
};

TEST(SipHashTest, IsThatOfItsAuthors) {
  for (const Vector& each : {
           Vector{0, "A3817F04BA25A8E66DF67214C7550293"},
           Vector{1, "DA87C1D86B99AF44347659119B22FC45"},
           Vector{7, "A1F1EBBED8DBC153C0B84AA61FF08239"},
           Vector{8, "3B62A9BA6258F5610F83E264F31497B4"},
           Vector{9, "264499060AD9BAABC47F8B02BB6D71ED"},
           Vector{15, "5493E99933B0A8117E08EC0F97CFC3D9"},
           Vector{16, "6EE2A4CA67B054BBFD3315BF85230577"},
           Vector{63, "5150D1772F50834A503E069A973FBD7C"},
       }) {
    SipHash hash(kKey);
    hash.add(counting(each.size));
    EXPECT_EQ(hex(hash.finish()), each.digest) << each.size;
  }
}

TEST(SipHashTest, DoesNotDependOnThePiecesInWhichOctetsCome) {
  const std::vector<std::byte> octets = counting(40);
  SipHash whole(kKey);
  whole.add(octets);
  const SipHash::Digest expected = whole.finish();
  for (std::size_t first = 0; first <= octets.size(); ++first) {
    for (std::size_t second = first; second <= octets.size(); ++second) {
      SipHash hash(kKey);
      const base::ByteView all(octets);
      hash.add(all.first(first));
      hash.add(all.subspan(first, second - first));
      hash.add(all.subspan(second));
      EXPECT_EQ(hash.finish(), expected) << first << " " << second;
    }
  }
}

TEST(FingerprintTest, TellsFieldsApartAndLeavesTheTimeOut) {
  FingerprintSource source;
  source.listener = "lab";
  source.sending_application = "AB";
  source.sending_facility = "C";
  source.control_id = "1";
  source.before_time = base::as_bytes("MSH|");
  source.after_time = base::as_bytes("|x");
  const Fingerprint print = fingerprint_of(kKey, source);
  EXPECT_EQ(fingerprint_of(kKey, source), print);

  FingerprintSource shifted = source;
  shifted.sending_application = "A";
  shifted.sending_facility = "BC";
  EXPECT_NE(fingerprint_of(kKey, shifted).key_low, print.key_low);
  EXPECT_EQ(fingerprint_of(kKey, shifted).body, print.body);

  FingerprintSource longer = source;
  longer.after_time = base::as_bytes("|x ");
  EXPECT_EQ(fingerprint_of(kKey, longer).key_low, print.key_low);
  EXPECT_NE(fingerprint_of(kKey, longer).body, print.body);

  EXPECT_NE(fingerprint_of({1, 2}, source).key_low, print.key_low);
}

TEST(FingerprintTest, SecretsDiffer) { EXPECT_NE(new_dedup_secret(), new_dedup_secret()); }

}  // namespace
}  // namespace store
