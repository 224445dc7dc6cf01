#include "config/values.hpp"

#include <gtest/gtest.h>

#include <string>

namespace config {
namespace {

using namespace std::chrono_literals;

using std::chrono::days;

struct DurationCase {
  std::string_view text;
  std::optional<base::Duration> want;
};

const DurationCase kDurations[] = {
    {"0", 0s},
    {"0s", 0s},
    {"250ms", 250ms},
    {"30s", 30s},
    {"10m", 10min},
    {"1h30m", 90min},
    {"7d", days(7)},
    {"1d2h3m4s5ms", days(1) + 2h + 3min + 4s + 5ms},
    {"90m", 90min},
    {"007s", 7s},
    {"36500d", days(36500)},

    {"", std::nullopt},
    {"30", std::nullopt},  // of what?
    {"s", std::nullopt},
    {"-1s", std::nullopt},
    {"+1s", std::nullopt},
    {" 1s", std::nullopt},
    {"1s ", std::nullopt},
    {"1 s", std::nullopt},
    {"1.5h", std::nullopt},
    {"30m1h", std::nullopt},  // not from large to small
    {"1h1h", std::nullopt},
    {"1S", std::nullopt},
    {"1w", std::nullopt},
    {"1hm", std::nullopt},
    {"30 parsecs", std::nullopt},
    {"36601d", std::nullopt},  // over 100 years
    {"18446744073709551616s", std::nullopt},
    {"9223372036854775807d", std::nullopt},
    {"1h\n", std::nullopt},
    {std::string_view("1s\0", 3), std::nullopt},
};

TEST(Durations, AreReadAsWritten) {
  for (const auto& [text, want] : kDurations) EXPECT_EQ(parse_duration(text), want) << text;
}

TEST(Durations, AreWrittenWithoutTheirZeroParts) {
  EXPECT_EQ(to_string(base::Duration(0s)), "0s");
  EXPECT_EQ(to_string(base::Duration(90min)), "1h30m");
  EXPECT_EQ(to_string(base::Duration(days(7))), "7d");
  EXPECT_EQ(to_string(base::Duration(60s)), "1m");
  EXPECT_EQ(to_string(base::Duration(1500ms)), "1s500ms");
  EXPECT_EQ(to_string(base::Duration(999us)), "0s");
}

struct SizeCase {
  std::string_view text;
  std::optional<std::uint64_t> want;
};

const SizeCase kSizes[] = {
    {"0", 0},
    {"65536", 65536},
    {"64KiB", 65536},
    {"32MiB", 33554432},
    {"1GiB", 1073741824},
    {"2TiB", 2199023255552},
    {"9223372036854775807", 9223372036854775807},
    {"8388607TiB", 9223370937343148032},

    {"", std::nullopt},
    {"KiB", std::nullopt},
    {"64K", std::nullopt},
    {"64KB", std::nullopt},
    {"64kib", std::nullopt},
    {"64 KiB", std::nullopt},
    {"1.5MiB", std::nullopt},
    {"-1", std::nullopt},
    {"0x10", std::nullopt},
    {"9223372036854775808", std::nullopt},  // 2^63
    {"8388608TiB", std::nullopt},
    {"99999999999999999999", std::nullopt},
};

TEST(Sizes, AreReadAsWritten) {
  for (const auto& [text, want] : kSizes) EXPECT_EQ(parse_size(text), want) << text;
}

TEST(Sizes, AreWrittenWithTheLargestUnitThatFits) {
  EXPECT_EQ(size_to_string(0), "0");
  EXPECT_EQ(size_to_string(1000), "1000");
  EXPECT_EQ(size_to_string(1024), "1KiB");
  EXPECT_EQ(size_to_string(33554432), "32MiB");
  EXPECT_EQ(size_to_string(33554433), "33554433");
}

struct AddressCase {
  std::string_view text;
  std::optional<Address> want;
};

const AddressCase kAddresses[] = {
    {":2575", Address{"", 2575}},
    {"127.0.0.1:2575", Address{"127.0.0.1", 2575}},
    {"[::1]:2575", Address{"::1", 2575}},
    {"lab.example.com:0", Address{"lab.example.com", 0}},
    {"lab_2:65535", Address{"lab_2", 65535}},

    {"", std::nullopt},
    {"2575", std::nullopt},
    {":", std::nullopt},
    {"host", std::nullopt},
    {"host:", std::nullopt},
    {"host:65536", std::nullopt},
    {"host:-1", std::nullopt},
    {"host:2575x", std::nullopt},
    {"host:1:2", std::nullopt},
    {"::1:2575", std::nullopt},  // an IPv6 address needs its brackets
    {"[::1]2575", std::nullopt},
    {"[::1:2575", std::nullopt},
    {"[]:2575", std::nullopt},
    {"[127.0.0.1]:2575", std::nullopt},
    {"256.0.0.1:2575", std::nullopt},
    {"1.2.3:2575", std::nullopt},
    {"a b:2575", std::nullopt},
    {"http://a:2575", std::nullopt},
};

TEST(Addresses, AreReadAsWritten) {
  for (const auto& [text, want] : kAddresses) EXPECT_EQ(parse_address(text), want) << text;
}

TEST(Addresses, AreWrittenAsTheyAreRead) {
  for (const auto& [text, want] : kAddresses) {
    if (!want) continue;
    EXPECT_EQ(to_string(*want), text);
  }
}

}  // namespace
}  // namespace config
