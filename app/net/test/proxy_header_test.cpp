#include "net/proxy_header.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "net/connection.hpp"

namespace net {
namespace {

constexpr std::string_view kStart("\r\n\r\n\0\r\nQUIT\n", 12);

std::string binary(std::string_view head, std::string_view addresses) {
  std::string out(kStart);
  out += head;
  out += static_cast<char>(addresses.size() >> 8U);
  out += static_cast<char>(addresses.size() & 0xFFU);
  out += addresses;
  return out;
}

// What the header says: an address, "none", "fault" or "more"; and how many octets of
// the text were taken.
struct Told {
  std::string what;
  std::size_t taken = 0;
};

Told read(std::string_view text, std::size_t piece) {
  ProxyHeaderReader reader;
  std::size_t taken = 0;
  for (;;) {
    const auto room = reader.room();
    const std::size_t count = std::min({room.size(), piece, text.size() - taken});
    if (count == 0) return {"more", taken};
    std::memcpy(room.data(), text.data() + taken, count);
    taken += count;
    switch (reader.filled(count)) {
      case ProxyStep::kMore: break;
      case ProxyStep::kFault: return {"fault", taken};
      case ProxyStep::kDone: return {reader.source() ? to_string(*reader.source()) : "none", taken};
    }
  }
}

const std::string kV4("\xC0\x00\x02\x07\x0A\x00\x00\x01\xC3\x50\x0A\x0F", 12);

struct Row {
  const char* name;
  std::string header;
  std::string what;
};

const Row kRows[] = {
    {"line_v4", "PROXY TCP4 192.0.2.7 10.0.0.1 50000 2575\r\n", "192.0.2.7:50000"},
    {"line_v6", "PROXY TCP6 2001:db8::1 ::1 50000 2575\r\n", "[2001:db8::1]:50000"},
    {"line_unknown", "PROXY UNKNOWN\r\n", "none"},
    {"line_unknown_with_addresses", "PROXY UNKNOWN a b c d\r\n", "none"},
    {"line_wrong_family", "PROXY TCP4 ::1 ::1 1 2\r\n", "fault"},
    {"line_wrong_port", "PROXY TCP4 1.2.3.4 1.2.3.4 99999 2\r\n", "fault"},
    {"line_short", "PROXY TCP4 1.2.3.4\r\n", "fault"},
    {"line_too_long", "PROXY " + std::string(200, 'x'), "fault"},
    {"line_other_word", "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n", "fault"},
    {"binary_v4", binary("\x21\x11", kV4), "192.0.2.7:50000"},
    {"binary_v4_with_more", binary("\x21\x11", kV4 + "\x03" + std::string("\0\4abcd", 6)),
     "192.0.2.7:50000"},
    {"binary_local", binary(std::string("\x20\0", 2), ""), "none"},
    {"binary_local_with_addresses", binary("\x20\x11", kV4), "none"},
    {"binary_unix", binary("\x21\x31", std::string(216, 'x')), "none"},
    {"binary_short_addresses", binary("\x21\x11", "abc"), "fault"},
    {"binary_version_3", binary("\x31\x11", kV4), "fault"},
    {"binary_command_2", binary("\x22\x11", kV4), "fault"},
    {"binary_huge", std::string(kStart) + "\x21\x11\xFF\xFF", "fault"},
    {"mllp", "\vMSH|^~\\&|A|B|C|D\x1c\r", "fault"},
    {"half", "PROXY TCP4 192.0", "more"},
};

// The octet behind the header is never taken, whatever the pieces.
TEST(ProxyHeader, SaysWhoItIsAndTakesNothingBehindIt) {
  for (const Row& row : kRows) {
    for (const std::size_t piece : {1u, 5u, 4096u}) {
      const bool whole = row.what != "more" && row.what != "fault";
      const Told told = read(row.header + (whole ? "\vMSH" : ""), piece);
      EXPECT_EQ(told.what, row.what) << row.name << " by " << piece;
      if (!whole) continue;
      EXPECT_EQ(told.taken, row.header.size()) << row.name << " by " << piece;
    }
  }
}

TEST(ProxyHeader, NoCutOfAHeaderIsTakenForAWholeOne) {
  const std::string header = binary("\x21\x11", kV4);
  for (std::size_t size = 0; size < header.size(); ++size) {
    EXPECT_EQ(read(header.substr(0, size), 3).what, "more") << size;
  }
}

}  // namespace
}  // namespace net
