#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace base {
namespace {

using std::string_view_literals::operator""sv;

TEST(Bytes, TextAndBytesAreTheSameOctetsInTheSamePlace) {
  const std::string text("\x0bMSH\0\xff\x1c\r"sv);
  const ByteView bytes = as_bytes(text);
  ASSERT_EQ(bytes.size(), text.size());
  EXPECT_EQ(bytes[0], std::byte{0x0b});
  EXPECT_EQ(bytes[4], std::byte{0x00});
  EXPECT_EQ(bytes[5], std::byte{0xff});

  const std::string_view back = as_text(bytes);
  EXPECT_EQ(back, text);
  EXPECT_EQ(back.data(), text.data()) << "a view, not a copy";
}

TEST(Bytes, NothingStaysNothing) {
  EXPECT_TRUE(as_bytes("").empty());
  EXPECT_TRUE(as_text(ByteView{}).empty());
}

TEST(Bytes, SizesAreBinary) {
  EXPECT_EQ(kKiB, 1024u);
  EXPECT_EQ(kMiB, 1048576u);
}

}  // namespace
}  // namespace base
