#include "connect/secret_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/test_support/targets.hpp"

namespace connectors {
namespace {

using testing::HasSubstr;

TEST(SecretFile, IsTheFirstLine) {
  const test_support::TemporaryFolder folder;
  const std::string path = folder.path() + "/secret";

  struct Case {
    std::string octets;
    std::string secret;  // or a part of the error
    bool good;
  };

  const Case cases[] = {
      {"open sesame", "open sesame", true},
      {"one\ntwo\n", "one", true},
      {"one\r\n", "one", true},
      {"", "its first line is empty", false},
      {"\nx", "its first line is empty", false},
      {"a\rb\n", "control character", false},
      {std::string("a\0b", 3), "control character", false},
      {std::string(kSecretBytesMax, 'x'), std::string(kSecretBytesMax, 'x'), true},
      {std::string(kSecretBytesMax + 1, 'x'), "too large", false},
  };
  for (const Case& each : cases) {
    test_support::write_file(path, each.octets);
    const auto read = read_secret_file(path);
    ASSERT_EQ(read.has_value(), each.good) << each.octets.substr(0, 20);
    const std::string found = read ? *read : read.error();
    EXPECT_THAT(found, HasSubstr(each.secret));
    EXPECT_EQ(found.starts_with(path + ": "), !read.has_value());
  }
  EXPECT_THAT(read_secret_file(path + "none").error(), HasSubstr("No such file"));
}

}  // namespace
}  // namespace connectors
