// Texts that become values, as messages and rules may hold them: timestamps, durations, numbers,
// addresses, networks, offsets, base64. For any text at all, what is read and printed again reads
// as the same value.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "../src/base64_text.hpp"
#include "../src/ip_address.hpp"
#include "../src/number_text.hpp"
#include "../src/text_edit.hpp"
#include "../src/time_values.hpp"
#include "../src/time_zone.hpp"
#include "../src/utf8_text.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_times(std::string_view text) {
  if (const auto parsed = cel::parse_timestamp(text); !parsed.fault) {
    require(cel::is_in_range(parsed.at));
    cel::StringSink out;
    cel::append_timestamp(out, parsed.at);
    require(cel::parse_timestamp(out.text()).at == parsed.at);
  }
  if (const auto parsed = cel::parse_duration(text); !parsed.fault) {
    cel::StringSink out;
    cel::append_duration(out, parsed.nanos);
    require(cel::parse_duration(out.text()).nanos == parsed.nanos);
  }
  if (const auto offset = cel::parse_fixed_offset(text)) require(std::abs(*offset) < 86'400);
}

void check_numbers(std::string_view text) {
  if (const auto value = cel::parse_int(text)) {
    cel::StringSink out;
    cel::append_int(out, *value);
    require(cel::parse_int(out.text()) == value);
  }
  if (const auto value = cel::parse_double(text)) {
    cel::StringSink out;
    cel::append_double(out, *value);
    const auto again = cel::parse_double(out.text());
    require(again.has_value() && (*again == *value || std::isnan(*value)));
  }
}

void check_addresses(std::string_view text) {
  if (const auto address = cel::parse_ip(text)) {
    cel::StringSink out;
    cel::append_ip(out, *address);
    require(cel::parse_ip(out.text()) == address);
  }
  if (const auto network = cel::parse_cidr(text)) {
    cel::StringSink out;
    cel::append_cidr(out, *network);
    require(cel::parse_cidr(out.text()) == network);
    require(cel::contains_cidr(cel::masked(*network), *network));
  }
}

void check_base64(std::string_view text) {
  cel::StringSink octets;
  if (!cel::append_base64_decoded(octets, text, cel::Base64Alphabet::kStandard)) return;
  cel::StringSink out;
  cel::append_base64(out, octets.text(), cel::Base64Alphabet::kStandard);
  cel::StringSink again;
  require(cel::append_base64_decoded(again, out.text(), cel::Base64Alphabet::kStandard));
  require(again.text() == octets.text());
}

// Positions and pieces cover the text, whatever its octets are.
void check_text(std::string_view text) {
  const auto count = static_cast<std::int64_t>(cel::count_code_points(text));
  if (count > 0) require(cel::offset_of_position(text, count) == text.size());
  std::size_t size = 0;
  for (cel::Splitter pieces(text, {}, -1); const auto piece = pieces.next();) size += piece->size();
  require(size == text.size());
  const std::string_view trimmed = cel::trim(text);
  require(cel::trim(trimmed) == trimmed);
  cel::StringSink reversed(text.size() + 64);
  cel::append_reversed(reversed, text);
  require(reversed.text().size() == text.size());
  cel::StringSink quoted(text.size() * 3 + 64);
  cel::append_quoted(quoted, text);
  require(cel::is_utf8(quoted.text()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_times(text);
  check_numbers(text);
  check_addresses(text);
  check_base64(text);
  check_text(text);
  static_cast<void>(cel::TimeZoneRule::parse(text));
  if (const auto zone = cel::TimeZone::parse(text)) {
    for (const std::int64_t at : {cel::kFirstUnixSecond, std::int64_t{0}, cel::kLastUnixSecond}) {
      static_cast<void>(zone->offset_at(at));
    }
  }
  return 0;
}
