#include "config/networks.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace config {
namespace {

AddressBytes bytes_of(const char* text) {
  AddressBytes bytes{};
  EXPECT_EQ(inet_pton(AF_INET6, text, bytes.data()), 1) << text;
  return bytes;
}

TEST(Networks, HoldTheirAddresses) {
  const auto networks = parse_networks("10.0.0.0/8, 192.0.2.7,fd00::/8");
  ASSERT_TRUE(networks);
  EXPECT_TRUE(contains(*networks, bytes_of("::ffff:10.255.0.1")));
  EXPECT_FALSE(contains(*networks, bytes_of("::ffff:11.0.0.1")));
  EXPECT_TRUE(contains(*networks, bytes_of("::ffff:192.0.2.7")));
  EXPECT_FALSE(contains(*networks, bytes_of("::ffff:192.0.2.8")));
  EXPECT_TRUE(contains(*networks, bytes_of("fdff::1")));
  EXPECT_FALSE(contains(*networks, bytes_of("fe80::1")));
}

TEST(Networks, LengthsThatAreNoWholeOctets) {
  const auto networks = parse_networks("172.16.0.0/12");
  ASSERT_TRUE(networks);
  EXPECT_TRUE(contains(*networks, bytes_of("::ffff:172.31.255.255")));
  EXPECT_FALSE(contains(*networks, bytes_of("::ffff:172.32.0.0")));
  const auto all = parse_networks("0.0.0.0/0");
  ASSERT_TRUE(all);
  EXPECT_TRUE(contains(*all, bytes_of("::ffff:1.2.3.4")));
  EXPECT_FALSE(contains(*all, bytes_of("2001:db8::1"))) << "of IPv4 only";
}

TEST(Networks, AreWrittenAsTheyAreRead) {
  for (const char* text : {"", "10.0.0.0/8", "192.0.2.7", "fd00::/8, ::1", "0.0.0.0/0", "::/0"}) {
    const auto networks = parse_networks(text);
    ASSERT_TRUE(networks) << text;
    EXPECT_EQ(to_string(*networks), text);
  }
}

TEST(Networks, WhatIsNone) {
  for (const char* text : {"10.0.0.0/33", "10.1.0.0/8", "10.0.0", "lab", "::1/129", "10.0.0.0/",
                           "10.0.0.0/8x", "fd00::1/8"}) {
    EXPECT_FALSE(parse_networks(text)) << text;
  }
}

}  // namespace
}  // namespace config
