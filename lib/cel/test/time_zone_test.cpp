#include "time_zone.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "civil_time.hpp"
#include "time_values.hpp"

namespace cel {
namespace {

std::int64_t seconds_of(std::string_view timestamp) {
  const ParsedInstant parsed = parse_timestamp(timestamp);
  EXPECT_FALSE(parsed.fault) << timestamp;
  return parsed.at.unix_seconds;
}

struct Row {
  std::string_view zone;
  std::string_view at;
  std::int32_t offset;
};

TEST(TimeZone, KnowsTheZonesOfTheSystem) {
  const Row rows[] = {
      {"UTC", "2009-02-13T23:31:30Z", 0},
      {"", "2009-02-13T23:31:30Z", 0},
      {"Australia/Sydney", "2009-02-13T23:31:30Z", 11 * 3600},
      {"US/Central", "2009-02-13T23:31:30Z", -6 * 3600},
      {"America/St_Johns", "2009-02-13T02:00:00Z", -12600},
      {"Asia/Kathmandu", "2009-02-13T23:31:30Z", 20700},
      {"Europe/Helsinki", "2024-03-31T00:59:59Z", 2 * 3600},
      {"Europe/Helsinki", "2024-03-31T01:00:00Z", 3 * 3600},
      {"Europe/Helsinki", "2024-10-27T00:59:59Z", 3 * 3600},
      {"Europe/Helsinki", "2024-10-27T01:00:00Z", 2 * 3600},
      {"Etc/GMT+5", "2024-10-27T01:00:00Z", -5 * 3600},
      // Before the first change in the database: local mean time.
      {"Europe/Helsinki", "0001-01-01T00:00:00Z", 5989},
      // After the last: by the rule.
      {"Europe/Helsinki", "2500-07-01T00:00:00Z", 3 * 3600},
      {"Europe/Helsinki", "9999-12-31T00:00:00Z", 2 * 3600},
      {"Australia/Sydney", "2500-01-01T00:00:00Z", 11 * 3600},
      {"Australia/Sydney", "2500-07-01T00:00:00Z", 10 * 3600},
  };
  for (const Row& row : rows) {
    const TimeZone* zone = find_time_zone(row.zone);
    ASSERT_NE(zone, nullptr) << row.zone;
    EXPECT_EQ(zone->offset_at(seconds_of(row.at)), row.offset) << row.zone << " " << row.at;
    EXPECT_EQ(find_time_zone(row.zone), zone);
  }
}

TEST(TimeZone, RefusesOtherNames) {
  for (const std::string_view name :
       {"Europe", "Mars/Olympus", "../../../etc/passwd", "/etc/localtime", "/Europe/Helsinki",
        "Europe//Helsinki", "Europe/Helsinki/", "Europe/../UTC", "zone.tab", "Europe/Helsinki ",
        "Local", "right/Europe/Helsinki", "tzdata.zi", "+02:00", "\xFF",
        "Europe/Helsinki\xC3\xA4"}) {
    EXPECT_EQ(find_time_zone(name), nullptr) << name;
  }
  EXPECT_EQ(find_time_zone(std::string(100, 'a')), nullptr);
}

TEST(TimeZone, ReadsFixedOffsets) {
  EXPECT_EQ(parse_fixed_offset("+11:00"), 39'600);
  EXPECT_EQ(parse_fixed_offset("-02:30"), -9'000);
  EXPECT_EQ(parse_fixed_offset("02:00"), 7'200);
  EXPECT_EQ(parse_fixed_offset("-00:00"), 0);
  EXPECT_EQ(parse_fixed_offset("+23:59"), 86'340);
  for (const std::string_view text : {"", "+", "+1:00", "+01:0", "+24:00", "+01:60", "01-00",
                                      "+ 1:00", "+0100", "+01:00:00", "--1:00", "0a:00"}) {
    EXPECT_EQ(parse_fixed_offset(text), std::nullopt) << text;
  }
}

TEST(TimeZone, FollowsRules) {
  const Row rows[] = {
      {"UTC0", "2024-07-01T00:00:00Z", 0},
      {"<+0330>-3:30", "2024-07-01T00:00:00Z", 12'600},
      {"EST5EDT,M3.2.0,M11.1.0", "2024-03-10T06:59:59Z", -5 * 3600},
      {"EST5EDT,M3.2.0,M11.1.0", "2024-03-10T07:00:00Z", -4 * 3600},
      {"EST5EDT,M3.2.0,M11.1.0", "2024-11-03T05:59:59Z", -4 * 3600},
      {"EST5EDT,M3.2.0,M11.1.0", "2024-11-03T06:00:00Z", -5 * 3600},
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2024-01-01T00:00:00Z", 11 * 3600},
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2024-06-01T00:00:00Z", 10 * 3600},
      {"IST-1GMT0,M10.5.0,M3.5.0/1", "2024-01-01T00:00:00Z", 0},
      {"IST-1GMT0,M10.5.0,M3.5.0/1", "2024-06-01T00:00:00Z", 3600},
      {"EET-2EEST,M3.5.0/3,M10.5.0/4", "2024-10-27T00:59:59Z", 3 * 3600},
      {"EET-2EEST,M3.5.0/3,M10.5.0/4", "2024-10-27T01:00:00Z", 2 * 3600},
      {"AAA0BBB,J60/0,J365/0", "2024-02-29T23:59:59Z", 0},
      {"AAA0BBB,J60/0,J365/0", "2024-03-01T00:00:00Z", 3600},
      {"AAA0BBB,J60/0,J365/0", "2023-03-01T00:00:00Z", 3600},
      {"AAA0BBB,59/0,364/0", "2024-02-29T00:00:00Z", 3600},
      {"AAA0BBB,59/0,364/0", "2023-03-01T00:00:00Z", 3600},
      {"AAA0BBB-2:30,M1.1.0/-24,M12.5.6", "2024-07-01T00:00:00Z", 9000},
  };
  for (const Row& row : rows) {
    const auto rule = TimeZoneRule::parse(row.zone);
    ASSERT_TRUE(rule) << row.zone;
    EXPECT_EQ(rule->offset_at(seconds_of(row.at)), row.offset) << row.zone << " " << row.at;
  }
  for (const std::string_view text :
       {"", "EST", "5", "ES5", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0",
        "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J1", "EST5EDT,366,1",
        "EST25", "EST5EDT,M3.2.0,M11.1.0 ", "<EST5", "EST5:60"}) {
    EXPECT_FALSE(TimeZoneRule::parse(text)) << text;
  }
}

// A file of version 2 with one change at `at`, from UTC+1 to UTC+2, and a footer.
std::string make_file(std::int64_t at, std::string_view footer) {
  const auto number = [](std::uint64_t value, std::size_t size) {
    std::string octets;
    for (std::size_t index = size; index > 0; --index) {
      octets += static_cast<char>(value >> (8 * (index - 1)));
    }
    return octets;
  };
  const auto header = [&](std::uint64_t transitions_count) {
    return "TZif2" + std::string(15, '\0') + number(0, 4) + number(0, 4) + number(0, 4) +
           number(transitions_count, 4) + number(2, 4) + number(4, 4);
  };
  const std::string infos = number(3600, 4) + std::string(2, '\0') + number(7200, 4) + "\1" +
                            std::string(1, '\0') + std::string("ABC\0", 4);
  return header(0) + infos + header(1) + number(static_cast<std::uint64_t>(at), 8) + "\1" + infos +
         "\n" + std::string(footer) + "\n";
}

TEST(TimeZone, ReadsFiles) {
  const std::string file = make_file(1000, "");
  const auto zone = TimeZone::parse(file);
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->offset_at(999), 3600);
  EXPECT_EQ(zone->offset_at(1000), 7200);
  EXPECT_EQ(zone->offset_at(kLastUnixSecond), 7200);
  EXPECT_EQ(TimeZone::parse(make_file(1000, "AAA-5"))->offset_at(1000), 5 * 3600);
  EXPECT_EQ(TimeZone::parse(make_file(1000, "nonsense"))->offset_at(1000), 7200);
}

TEST(TimeZone, RefusesFilesThatCountLeapSeconds) {
  std::string file = make_file(1000, "");
  constexpr std::size_t kLeapsCountOffset = 31;  // the last octet of that number in a header
  file[file.rfind("TZif") + kLeapsCountOffset] = 1;
  EXPECT_FALSE(TimeZone::parse(file));
}

TEST(TimeZone, MayBeAskedForByManyThreads) {
  std::vector<std::thread> threads;
  for (int index = 0; index < 4; ++index) {
    threads.emplace_back([] {
      for (const std::string_view name : {"Asia/Tokyo", "Europe/Oslo", "Africa/Cairo", "nowhere"}) {
        EXPECT_EQ(find_time_zone(name), find_time_zone(name)) << name;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(find_time_zone("Asia/Tokyo")->offset_at(0), 9 * 3600);
}

TEST(TimeZone, RefusesCutFiles) {
  const std::string file = make_file(1000, "");
  for (std::size_t size = 0; size + 2 < file.size(); ++size) {
    EXPECT_FALSE(TimeZone::parse(std::string_view(file).substr(0, size))) << size;
  }
  EXPECT_FALSE(TimeZone::parse("TZif"));
  EXPECT_FALSE(TimeZone::parse(std::string(100, '\0')));
}

TEST(CivilTime, ShowsTheCalendar) {
  const CivilTime time = to_civil_time(seconds_of("2009-02-13T23:31:30Z"));
  EXPECT_EQ(time.year, 2009);
  EXPECT_EQ(time.month, 2);
  EXPECT_EQ(time.day, 13);
  EXPECT_EQ(time.day_of_week, 5);
  EXPECT_EQ(time.day_of_year, 44);
  EXPECT_EQ(time.hour, 23);
  EXPECT_EQ(time.minute, 31);
  EXPECT_EQ(time.second, 30);
  EXPECT_EQ(to_civil_time(seconds_of("2024-12-31T00:00:00Z")).day_of_year, 366);
  EXPECT_EQ(to_civil_time(kFirstUnixSecond - 1).year, 0);
  EXPECT_EQ(to_civil_time(kLastUnixSecond + 86'400).year, 10'000);
}

}  // namespace
}  // namespace cel
