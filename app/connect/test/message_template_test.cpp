#include "connect/message_template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace connectors {
namespace {

TEST(MessageTemplate, EncodesForAHeader) {
  EXPECT_EQ(encode_for_header("A1^b~c"), "A1^b~c");
  EXPECT_EQ(encode_for_header("a b\r\n%"), "a%20b%0D%0A%25");
  EXPECT_EQ(encode_for_header(""), "_");
  EXPECT_EQ(encode_for_header("\xff"), "%FF");
}

}  // namespace
}  // namespace connectors
