// Keys are read or refused; what is sealed opens in its own place only; no nonce comes twice.
#include "store/payload_cipher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite/sealed_texts.hpp"
#include "store/test_support/keys.hpp"

namespace store {
namespace {

using test_support::cipher_of;
using test_support::kKeyOne;
using test_support::kKeyTwo;
using testing::HasSubstr;
using testing::Not;

constexpr SealPlace kPlace{SealedAs::kPayload, 17, 0};

std::vector<std::byte> sealed(const PayloadCipher& cipher, const SealPlace& place,
                              std::string_view text) {
  std::vector<std::byte> octets;
  cipher.seal(place, base::as_bytes(text), octets);
  return octets;
}

// What opens there, or the name of the fault.
std::string opened(const PayloadCipher& cipher, const SealPlace& place, base::ByteView octets) {
  std::vector<std::byte> clear{std::byte{1}};
  const auto done = cipher.open(place, octets, clear);
  if (done) return std::string(base::as_text(clear));
  EXPECT_TRUE(clear.empty()) << "nothing of what does not fit is given out";
  return done.error() == kKeyIsMissing ? "no key" : std::string(to_string(done.error().fault));
}

// ── Keys ────────────────────────────────────────────────────────────────────

TEST(EncryptionKeys, AreDerivedSoThatEveryProgramOfThisKindFindsTheSame) {
  const EncryptionKeys keys = EncryptionKeys::parse(kKeyOne).value();
  const std::string hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  const EncryptionKeys same = EncryptionKeys::parse(hex).value();
  EXPECT_EQ(keys.current().id(), same.current().id()) << "base64 and hexadecimal digits";
  EXPECT_EQ(keys.current().data_key(), same.current().data_key());
  EXPECT_NE(keys.current().data_key(), keys.current().identifier_key());
  EXPECT_EQ(to_string(keys.current().id()), test_support::kKeyOneName);
}

TEST(EncryptionKeys, TheFirstOneSealsAndAllAreFound) {
  const EncryptionKeys keys =
      EncryptionKeys::parse("# of this year\n\n " + std::string(kKeyTwo) + " \r\n" + kKeyOne)
          .value();
  const KeyId one = EncryptionKeys::parse(kKeyOne)->current().id();
  EXPECT_NE(keys.current().id(), one);
  ASSERT_NE(keys.find(one), nullptr);
  EXPECT_EQ(keys.find({1}), nullptr);
  EXPECT_EQ(keys.names(), to_string(keys.current().id()) + ", " + to_string(one));
}

struct KeyCase {
  std::string text;
  const char* error;
};

TEST(EncryptionKeys, AreRefusedWithTheirLineAndWithoutTheirText) {
  const std::string one(kKeyOne);
  const KeyCase cases[] = {
      {"", "it holds no key"},
      {"# nothing\n\n", "it holds no key"},
      {one.substr(1), "line 1: expected a key of 32 octets in base64"},
      {"\n" + one + one, "line 2: expected"},
      {one.substr(0, 43) + "A", "line 1: expected"},
      {one.substr(0, 20) + "!" + one.substr(21), "line 1: expected"},
      {one.substr(0, 20) + " " + one.substr(21), "line 1: expected"},
      {one.substr(0, 42) + "==", "line 1: expected"},
      {std::string(63, 'a'), "line 1: expected"},
      {std::string(63, 'a') + "g", "line 1: expected"},
      {one + "\n" + kKeyTwo + "\n" + one + "\n", "line 3: the key "},
  };
  for (const KeyCase& each : cases) {
    const auto keys = EncryptionKeys::parse(each.text);
    ASSERT_FALSE(keys) << each.text;
    EXPECT_THAT(keys.error(), HasSubstr(each.error));
    EXPECT_THAT(keys.error(), Not(HasSubstr(one.substr(4, 8)))) << "no part of a key is told";
  }
}

TEST(EncryptionKeys, ComeFromAFileOrFromTheTextItself) {
  EXPECT_TRUE(load_keys({"", kKeyOne}));
  EXPECT_THAT(load_keys({"", "x"}).error(), HasSubstr("ENCRYPTION_KEY: line 1: expected"));
  EXPECT_THAT(load_keys({"/nowhere/key", ""}).error(),
              HasSubstr("ENCRYPTION_KEY_FILE: /nowhere/key: cannot be read"));
}

// ── Sealing ─────────────────────────────────────────────────────────────────

TEST(PayloadCipher, OpensWhatItSealed) {
  const auto cipher = cipher_of({kKeyOne});
  for (const std::string& text : {std::string(), std::string("x"), std::string(100'000, 'm')}) {
    const auto octets = sealed(*cipher, kPlace, text);
    EXPECT_EQ(octets.size(), text.size() + kSealBytes);
    EXPECT_EQ(opened(*cipher, kPlace, octets), text);
    EXPECT_EQ(sealed_by(octets), cipher->current());
  }
}

TEST(PayloadCipher, HidesTheText) {
  const auto octets = sealed(*cipher_of({kKeyOne}), kPlace, "canary canary canary");
  EXPECT_THAT(std::string(base::as_text(octets)), Not(HasSubstr("canary")));
}

TEST(PayloadCipher, OpensInNoOtherPlace) {
  const auto cipher = cipher_of({kKeyOne});
  const auto octets = sealed(*cipher, kPlace, "text");
  const SealPlace others[] = {{SealedAs::kFacts, 17, 0},
                              {SealedAs::kPayload, 18, 0},
                              {SealedAs::kPayload, 17, 1},
                              {SealedAs::kPayload, std::uint64_t{17} << 32U, 0}};
  for (const SealPlace& other : others) EXPECT_EQ(opened(*cipher, other, octets), "damaged");
}

TEST(PayloadCipher, FindsEveryChangedOctetAndEveryLength) {
  const auto cipher = cipher_of({kKeyOne});
  const auto octets = sealed(*cipher, kPlace, "text");
  for (std::size_t index = 0; index < octets.size(); ++index) {
    auto changed = octets;
    changed[index] ^= std::byte{1};
    const bool is_key_id = index >= 1 && index < 5;
    EXPECT_EQ(opened(*cipher, kPlace, changed), is_key_id ? "no key" : "damaged") << index;
    EXPECT_EQ(opened(*cipher, kPlace, base::ByteView(octets).first(index)), "damaged") << index;
  }
  EXPECT_EQ(opened(*cipher, kPlace, octets), "text") << "a failure leaves nothing behind";
}

TEST(PayloadCipher, NeedsTheKeyThatSealed) {
  const auto octets = sealed(*cipher_of({kKeyOne}), kPlace, "text");
  EXPECT_EQ(opened(*cipher_of({kKeyTwo}), kPlace, octets), "no key");
  EXPECT_EQ(opened(*cipher_of({kKeyTwo, kKeyOne}), kPlace, octets), "text");
  std::vector<std::byte> clear;
  EXPECT_EQ(open_sealed(nullptr, kPlace, octets, clear).error(), kKeyIsMissing);
}

TEST(PayloadCipher, GoesOnWithAnotherKeyAndOpensTheOldOnes) {
  const auto cipher = cipher_of({kKeyOne});
  const auto before = sealed(*cipher, kPlace, "before");
  const KeyId one = cipher->current();
  cipher->replace(EncryptionKeys::parse(std::string(kKeyTwo) + "\n" + kKeyOne).value());
  const auto after = sealed(*cipher, kPlace, "after");
  EXPECT_EQ(sealed_by(before), one);
  EXPECT_NE(sealed_by(after), one);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(opened(*cipher, kPlace, before), "before");
    EXPECT_EQ(opened(*cipher, kPlace, after), "after");
  }
  cipher->replace(EncryptionKeys::parse(kKeyTwo).value());
  EXPECT_EQ(opened(*cipher, kPlace, before), "no key");
  EXPECT_EQ(opened(*cipher, kPlace, after), "after");
}

// Each of these threads draws its own beginning, and so does each process.
TEST(PayloadCipher, NeverUsesANonceTwice) {
  constexpr int kThreads = 8;
  constexpr int kEach = 5000;
  const auto cipher = cipher_of({kKeyOne});
  std::vector<std::vector<std::string>> nonces(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& own : nonces) {
      threads.emplace_back([&own, &cipher] {
        for (int count = 0; count < kEach; ++count) {
          const auto octets = sealed(*cipher, kPlace, "");
          own.emplace_back(base::as_text(base::ByteView(octets).subspan(5, 12)));
        }
      });
    }
  }
  std::set<std::string> all;
  for (const auto& own : nonces) all.insert(own.begin(), own.end());
  EXPECT_EQ(all.size(), std::size_t{kThreads} * kEach);
}

TEST(PayloadCipher, ServesManyThreadsAndTwoCiphersAtOnce) {
  const auto one = cipher_of({kKeyOne});
  const auto two = cipher_of({kKeyTwo});
  std::vector<std::jthread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&, number] {
      for (int count = 0; count < 500; ++count) {
        const PayloadCipher& cipher = (number + count) % 2 == 0 ? *one : *two;
        const std::string text = std::to_string(number * 1000 + count);
        EXPECT_EQ(opened(cipher, kPlace, sealed(cipher, kPlace, text)), text);
      }
    });
  }
}

// ── Identifiers ─────────────────────────────────────────────────────────────

TEST(PayloadCipher, TheMacOfAnIdentifierIsThatOfFieldAndValue) {
  const auto cipher = cipher_of({kKeyOne, kKeyTwo});
  const KeyId one = cipher->keys().front();
  const KeyId two = cipher->keys().back();
  const auto mac = cipher->mac(one, "patient", "4711");
  EXPECT_EQ(cipher->mac(one, "patient", "4711"), mac);
  EXPECT_NE(cipher->mac(two, "patient", "4711"), mac);
  EXPECT_EQ(cipher->mac(one, "patient", "4711"), mac) << "behind another key";
  EXPECT_NE(cipher->mac(one, "patient", "4712"), mac);
  EXPECT_NE(cipher->mac(one, "control_id", "4711"), mac);
  EXPECT_NE(cipher->mac(one, "patient4", "711"), mac);
}

// ── Texts ───────────────────────────────────────────────────────────────────

TEST(PackedTexts, AreReadAsTheyWereWritten) {
  const std::string nul("a\0b", 3);
  const std::string_view texts[] = {"first", "", nul, "last"};
  std::vector<std::byte> packed;
  sqlite::pack_texts(texts, packed);
  std::string_view read[5] = {"x", "x", "x", "x", "x"};
  ASSERT_TRUE(sqlite::unpack_texts(packed, read));
  EXPECT_THAT(read, testing::ElementsAre("first", "", nul, "last", ""))
      << "what an older version did not have is empty";
  const std::size_t second = 4 + 5;
  for (std::size_t size = 1; size < packed.size(); ++size) {
    std::string_view part[4];
    const bool is_between = size == second || size == second + 4 || size == second + 4 + 7;
    EXPECT_EQ(sqlite::unpack_texts(base::ByteView(packed).first(size), part), is_between) << size;
  }
}

}  // namespace
}  // namespace store
