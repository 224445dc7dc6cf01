#include "ip_address.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cel {
namespace {

std::string text_of(const IpAddress& address) {
  StringSink out;
  append_ip(out, address);
  return std::string(out.text());
}

std::string text_of(const IpNetwork& network) {
  StringSink out;
  append_cidr(out, network);
  return std::string(out.text());
}

TEST(IpAddress, PrintsWhatItReadsInCanonicalForm) {
  struct Row {
    std::string_view text;
    std::string_view printed;
  };

  const Row rows[] = {
      {"192.168.0.1", "192.168.0.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:DB8::68", "2001:db8::68"},
      {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
      {"1:0:0:2:3:0:0:4", "1::2:3:0:0:4"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"::1.2.3.4", "::102:304"},
      {"::ffff:c0a8:1", "192.168.0.1"},
      {"0:0:0:0:0:FFFF:C0A8:0001", "192.168.0.1"},
  };
  for (const Row& row : rows) {
    const auto address = parse_ip(row.text);
    ASSERT_TRUE(address) << row.text;
    EXPECT_EQ(text_of(*address), row.printed) << row.text;
    EXPECT_EQ(parse_ip(row.printed), address);
  }
}

TEST(IpAddress, RefusesOtherTexts) {
  for (const std::string_view text : {"",
                                      ".",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "1.2.3.4.",
                                      ".1.2.3.4",
                                      "1..2.3",
                                      "256.1.1.1",
                                      "01.2.3.4",
                                      "1.2.3.04",
                                      "1.2.3.4 ",
                                      " 1.2.3.4",
                                      "1.2.3.a",
                                      "0x1.2.3.4",
                                      "1.2.3.-4",
                                      ":",
                                      ":::",
                                      ":1",
                                      "1:",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1::2::3",
                                      "2001:db8:::68",
                                      "12345::",
                                      "g::",
                                      "::g",
                                      "fe80::1%en0",
                                      "::1%",
                                      "::ffff:192.168.0.1",
                                      "::1.2.3",
                                      "::1.2.3.4.5",
                                      "::256.1.1.1",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "1.2.3.4::",
                                      "::1.2.3.4:5",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1:2:3:4:5:6:7:8",
                                      "[::1]",
                                      "::1/64",
                                      "1:2:3:4:5:6:7:8:"}) {
    EXPECT_FALSE(parse_ip(text)) << text;
  }
}

TEST(IpAddress, KnowsItsKind) {
  struct Row {
    std::string_view text;
    std::string_view
        kinds;  // u: unspecified, l: loopback, g: global, m/n: link-local multi/unicast
  };

  const Row rows[] = {
      {"0.0.0.0", "u"},
      {"127.0.0.1", "l"},
      {"127.255.0.1", "l"},
      {"1.2.3.4", "g"},
      {"192.168.0.1", "g"},
      {"255.255.255.255", ""},
      {"224.0.0.1", "m"},
      {"224.0.1.1", ""},
      {"239.1.1.1", ""},
      {"169.254.169.254", "n"},
      {"169.253.0.1", "g"},
      {"::", "u"},
      {"::1", "l"},
      {"::2", "g"},
      {"2001:db8::abcd", "g"},
      {"ff00::1", ""},
      {"ff02::1", "m"},
      {"ff12::1", "m"},
      {"fd00::1", "g"},
      {"fe80::1", "n"},
      {"febf::1", "n"},
      {"fec0::1", "g"},
      {"fd80::1", "g"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
  };
  for (const Row& row : rows) {
    const IpAddress address = *parse_ip(row.text);
    std::string kinds;
    if (is_unspecified(address)) kinds += 'u';
    if (is_loopback(address)) kinds += 'l';
    if (is_global_unicast(address)) kinds += 'g';
    if (is_link_local_multicast(address)) kinds += 'm';
    if (is_link_local_unicast(address)) kinds += 'n';
    EXPECT_EQ(kinds, row.kinds) << row.text;
  }
}

TEST(IpAddress, ReadsNetworks) {
  for (const std::string_view text :
       {"192.168.0.0/24", "0.0.0.0/0", "10.0.0.1/32", "2001:db8::/32", "::1/128", "::/0"}) {
    const auto network = parse_cidr(text);
    ASSERT_TRUE(network) << text;
    EXPECT_EQ(text_of(*network), text);
  }
  for (const std::string_view text :
       {"", "/", "192.168.0.0", "192.168.0.0/", "/24", "192.168.0.0/33", "192.168.0.0/024",
        "192.168.0.0/-1", "192.168.0.0/+1", "192.168.0.0/2a", "192.168.0/24", "1.2.3.4/5/6",
        "2001:db8::/129", "fe80::1%en0/24", "::ffff:192.168.0.1/24", "::ffff:c0a8:1/120"}) {
    EXPECT_FALSE(parse_cidr(text)) << text;
  }
}

TEST(IpAddress, ContainsAddressesAndNetworks) {
  struct Row {
    std::string_view network;
    std::string_view address;
    bool is_inside;
  };

  const Row rows[] = {
      {"192.168.0.0/24", "192.168.0.1", true},
      {"192.168.0.0/24", "192.168.1.1", false},
      {"192.168.0.7/24", "192.168.0.1", true},
      {"10.0.0.0/9", "10.127.255.255", true},
      {"10.0.0.0/9", "10.128.0.0", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"1.2.3.4/32", "1.2.3.4", true},
      {"1.2.3.4/32", "1.2.3.5", false},
      {"2001:db8::/32", "2001:db8::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"2001:db8::/33", "2001:db8:8000::", false},
      {"2001:db8::/32", "192.168.1.1", false},
      {"0.0.0.0/0", "::1", false},
      {"::/0", "1.2.3.4", false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(contains_ip(*parse_cidr(row.network), *parse_ip(row.address)), row.is_inside)
        << row.network << " " << row.address;
  }
  const IpNetwork outer = *parse_cidr("192.168.0.0/24");
  EXPECT_TRUE(contains_cidr(outer, *parse_cidr("192.168.0.0/24")));
  EXPECT_TRUE(contains_cidr(outer, *parse_cidr("192.168.0.128/25")));
  EXPECT_FALSE(contains_cidr(outer, *parse_cidr("192.168.0.0/23")));
  EXPECT_FALSE(contains_cidr(outer, *parse_cidr("192.168.1.0/25")));
  EXPECT_FALSE(contains_cidr(outer, *parse_cidr("::/32")));
}

TEST(IpAddress, MasksTheHost) {
  EXPECT_EQ(text_of(masked(*parse_cidr("192.168.0.1/24"))), "192.168.0.0/24");
  EXPECT_EQ(text_of(masked(*parse_cidr("255.255.255.255/9"))), "255.128.0.0/9");
  EXPECT_EQ(text_of(masked(*parse_cidr("1.2.3.4/32"))), "1.2.3.4/32");
  EXPECT_EQ(text_of(masked(*parse_cidr("1.2.3.4/0"))), "0.0.0.0/0");
  EXPECT_EQ(text_of(masked(*parse_cidr("2001:db8:ffff::1/35"))), "2001:db8:e000::/35");
}

}  // namespace
}  // namespace cel
