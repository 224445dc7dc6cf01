#include "telemetry/exposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "telemetry/message_counts.hpp"
#include "telemetry/metrics.hpp"

namespace telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page() { return render_exposition(Snapshot::of_process()); }

TEST(MetricTable, NamesAreAsMonitoringExpectsThem) {
  std::set<std::string_view> names;
  for (const FamilyInfo& each : all_families()) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
    EXPECT_THAT(std::string(each.name), testing::MatchesRegex("(mllp|process)_[a-z_]+"));
    EXPECT_EQ(each.name.ends_with("_total"), each.type == MetricType::kCounter) << each.name;
    EXPECT_THAT(std::string(each.labels), testing::MatchesRegex("|[a-z]+(,[a-z]+)*"));
    EXPECT_THAT(std::string(each.help), testing::EndsWith(".")) << each.name;
    EXPECT_THAT(std::string(each.help), Not(testing::ContainsRegex("[\\\\|\n]"))) << each.name;
    const bool has_unit = each.unit == "seconds" || each.unit == "bytes";
    EXPECT_TRUE(!has_unit || each.name.find(each.unit) != std::string_view::npos) << each.name;
  }
}

// The page that people read is the table that the program reads.
TEST(MetricTable, TheReferencePageIsUpToDate) {
  const auto path = std::filesystem::path(MLLP_SOURCE_DIR) / "docs/reference/metrics.md";
  if (std::getenv("MLLP_WRITE_REFERENCE") != nullptr) {
    std::ofstream(path) << render_metrics_reference();
  }
  std::ifstream file(path);
  ASSERT_TRUE(file.is_open()) << path;
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, render_metrics_reference())
      << "write it anew: run this test with MLLP_WRITE_REFERENCE=1";
}

TEST(Exposition, EachCounterShowsWhatItCounts) {
  for (std::uint8_t each = 0; each < static_cast<std::uint8_t>(Counter::kCount); ++each) {
    const auto counter = static_cast<Counter>(each);
    count(counter, 7);
    const FamilyInfo& family = info(info(counter).family);
    std::string series(family.name);
    if (!family.labels.empty()) {
      series += "{" + std::string(family.labels) + "=\"" + std::string(info(counter).label) + "\"}";
    }
    EXPECT_THAT(page(), HasSubstr("\n" + series + " " + std::to_string(counted(counter)) + "\n"));
  }
}

TEST(Exposition, AGaugeIsThereWhileItIsSet) {
  constexpr const char* kName = "mllp_tls_certificate_expires_seconds";
  set(Gauge::kCertificateDays, 3);
  EXPECT_THAT(page(), HasSubstr(std::string("\n") + kName + " 259200\n"));
  set(Gauge::kCertificateDays, std::nullopt);
  EXPECT_THAT(page(), Not(HasSubstr(kName)));
}

TEST(Exposition, AHistogramCountsUpToEachBound) {
  const Distribution before = observed(Histogram::kGroupMessages);
  ASSERT_EQ(before.sum, 0u) << "nothing else of this program commits";
  for (const std::uint64_t value : {1U, 2U, 3U, 4U, 5'000U})
    observe(Histogram::kGroupMessages, value);
  const std::string text = page();
  for (const char* line :
       {"_bucket{le=\"1\"} 1", "_bucket{le=\"2\"} 2", "_bucket{le=\"4\"} 4",
        "_bucket{le=\"4096\"} 4", "_bucket{le=\"+Inf\"} 5", "_sum 5010", "_count 5"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\nmllp_store_group_messages") + line + "\n"));
  }
}

TEST(Exposition, DurationsAreSeconds) {
  observe(Histogram::kCommit, std::chrono::microseconds(30));
  observe(Histogram::kCommit, std::chrono::seconds(-1));
  const std::string text = page();
  constexpr const char* kName = "\nmllp_stage_duration_seconds";
  EXPECT_THAT(text, HasSubstr(std::string(kName) + "_bucket{stage=\"commit\",le=\"1e-06\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(std::string(kName) + "_bucket{stage=\"commit\",le=\"5e-05\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(std::string(kName) + "_sum{stage=\"commit\"} 3"));
  EXPECT_THAT(text, HasSubstr(std::string(kName) + "_count{stage=\"commit\"} 2\n"));
}

TEST(Exposition, LabelsHoldAnyOctets) {
  Snapshot snapshot;
  snapshot.add(Family::kQueue, {"a\"b\\c\nd\xFF"}, 0.5);
  EXPECT_THAT(render_exposition(snapshot),
              HasSubstr("{connector=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\"} 0.5\n"));
}

std::uint64_t count_of(std::string_view type, Told told) {
  for (const MessageCount& each : counted_messages()) {
    if (each.type == type && each.told == told) return each.count;
  }
  return 0;
}

TEST(MessageCounts, AreByTypeAndByWhatTheSenderWasTold) {
  count_message("ADT", "A01", Told::kAccepted);
  count_message("ADT", "A01", Told::kAccepted);
  count_message("ADT", "A01", Told::kRejected);
  count_message("ACK", "", Told::kNothing);
  EXPECT_EQ(count_of("ADT^A01", Told::kAccepted), 2u);
  EXPECT_EQ(count_of("ADT^A01", Told::kRejected), 1u);
  EXPECT_EQ(count_of("ACK", Told::kNothing), 1u);
  EXPECT_THAT(page(), HasSubstr("\nmllp_messages_total{type=\"ADT^A01\",answer=\"accepted\"} 2\n"));
}

// A sender cannot make as many series as it likes, or put a name into one.
TEST(MessageCounts, AreBounded) {
  const std::uint64_t before = count_of("other", Told::kAccepted);
  for (const char* type : {"", "AD", "ADTX", "adt", "A T", "\xC3\xA4T"}) {
    count_message(type, "A01", Told::kAccepted);
  }
  count_message("ADT", "SMITH^JOHN", Told::kAccepted);
  EXPECT_EQ(count_of("other", Told::kAccepted) - before, 7u);
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) count_message("ZZZ", std::string{'Q', a, b}, Told::kError);
  }
  std::set<std::string> types;
  std::uint64_t errors = 0;
  for (const MessageCount& each : counted_messages()) {
    types.insert(each.type);
    if (each.told == Told::kError) errors += each.count;
  }
  EXPECT_EQ(types.size(), kMessageTypesMax + 1);
  EXPECT_EQ(errors, 26u * 26u) << "none is lost";
}

}  // namespace
}  // namespace telemetry
