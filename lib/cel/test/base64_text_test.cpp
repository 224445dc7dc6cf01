#include "base64_text.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace cel {
namespace {

std::string encode(std::string_view octets, Base64Alphabet alphabet = Base64Alphabet::kStandard) {
  StringSink out;
  append_base64(out, octets, alphabet);
  return std::string(out.text());
}

std::string decode(std::string_view text, Base64Alphabet alphabet = Base64Alphabet::kStandard) {
  StringSink out;
  return append_base64_decoded(out, text, alphabet) ? std::string(out.text()) : "refused";
}

TEST(Base64Text, Encodes) {
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foo"), "Zm9v");
  EXPECT_EQ(encode("hello"), "aGVsbG8=");
  EXPECT_EQ(encode("\xFB\xFF\xBF"), "+/+/");
  EXPECT_EQ(encode("\xFB\xFF\xBF", Base64Alphabet::kUrl), "-_-_");
}

TEST(Base64Text, DecodesWithAndWithoutPadding) {
  EXPECT_EQ(decode(""), "");
  EXPECT_EQ(decode("aGVsbG8="), "hello");
  EXPECT_EQ(decode("aGVsbG8"), "hello");
  EXPECT_EQ(decode("Zg"), "f");
  EXPECT_EQ(decode("Zg=="), "f");
  EXPECT_EQ(decode("Zh=="), "f");
  EXPECT_EQ(decode("Zm\r\n9v\n"), "foo");
  EXPECT_EQ(decode("Zg=\r\n=\n"), "f");
  EXPECT_EQ(decode("____", Base64Alphabet::kUrl), "\xFF\xFF\xFF");
}

TEST(Base64Text, RefusesOtherTexts) {
  for (const std::string_view text :
       {"Z", "Zg=", "Zg===", "Zm8==", "Zm9v=", "Zm9v====", "=", "====", "Z===", "Zg==Zg==", "Zm 8",
        "Zm8!", "____", "Zm9\xFF", "Zg=v"}) {
    EXPECT_EQ(decode(text), "refused") << text;
  }
  EXPECT_EQ(decode("+/+/", Base64Alphabet::kUrl), "refused");
}

TEST(Base64Text, DecodesWhatItEncodes) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string octets(random() % 70, '\0');
    for (char& octet : octets) octet = static_cast<char>(random());
    for (const auto alphabet : {Base64Alphabet::kStandard, Base64Alphabet::kUrl}) {
      const std::string text = encode(octets, alphabet);
      EXPECT_EQ(decode(text, alphabet), octets);
      EXPECT_EQ(decode(text.substr(0, text.find('=')), alphabet), octets);
    }
  }
}

}  // namespace
}  // namespace cel
