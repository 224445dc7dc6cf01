#include "hl7/path.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hl7 {
namespace {

constexpr std::string_view kNumber = "a number from 1 to 65535 is expected";
constexpr std::string_view kName =
    "a segment name is expected: an upper-case letter, then two letters or digits";
constexpr std::string_view kAfterSegment = "'-', '(' or the end is expected";
constexpr std::string_view kAfterField = "'.', '(' or the end is expected";
constexpr std::string_view kClose = "')' is expected";

constexpr Which kAll = Which::all();

struct Good {
  std::string_view text;
  Path want;
  std::string_view rendered;  // empty: as it was written
};

Path path(std::string_view segment, Which segment_repeat = {}, std::optional<Ordinal> field = {},
          std::optional<Which> repetition = {}) {
  return {.segment = {segment[0], segment[1], segment[2]},
          .segment_repeat = segment_repeat,
          .field = field,
          .repetition = repetition};
}

Path part(Path whole, Ordinal component, std::optional<Ordinal> subcomponent = {}) {
  whole.component = component;
  whole.subcomponent = subcomponent;
  return whole;
}

const Good kGood[] = {
    {"PID", path("PID"), ""},
    {"PV1", path("PV1"), ""},
    {"Z01", path("Z01"), ""},
    {"OBX(3)", path("OBX", {3}), ""},
    {"OBX(*)", path("OBX", kAll), ""},
    {"OBX(1)", path("OBX"), "OBX"},
    {"PID-3", path("PID", {}, Ordinal{3}), ""},
    {"MSH-10", path("MSH", {}, Ordinal{10}), ""},
    {"PID-3(1)", path("PID", {}, Ordinal{3}, Which{1}), ""},
    {"PID-3(2)", path("PID", {}, Ordinal{3}, Which{2}), ""},
    {"PID-3(*)", path("PID", {}, Ordinal{3}, kAll), ""},
    {"OBX(3)-5", path("OBX", {3}, Ordinal{5}), ""},
    {"OBX(*)-5", path("OBX", kAll, Ordinal{5}), ""},
    {"OBX(*)-5(*)", path("OBX", kAll, Ordinal{5}, kAll), ""},
    {"PID-3.1", part(path("PID", {}, Ordinal{3}), {1}), ""},
    {"PID-3(1).1", part(path("PID", {}, Ordinal{3}), {1}), "PID-3.1"},
    {"PID-3(2).4", part(path("PID", {}, Ordinal{3}, Which{2}), {4}), ""},
    {"PID-3(2).4.2", part(path("PID", {}, Ordinal{3}, Which{2}), {4}, Ordinal{2}), ""},
    {"PID-3(*).4.2", part(path("PID", {}, Ordinal{3}, kAll), {4}, Ordinal{2}), ""},
    {"PID-3.4.2", part(path("PID", {}, Ordinal{3}), {4}, Ordinal{2}), ""},
    {"OBX(65535)-65535(65535).65535.65535",
     part(path("OBX", {65535}, Ordinal{65535}, Which{65535}), {65535}, Ordinal{65535}), ""},
    {"PID-003", path("PID", {}, Ordinal{3}), "PID-3"},
};

TEST(Path, IsReadAsPeopleWriteIt) {
  for (const auto& [text, want, rendered] : kGood) {
    SCOPED_TRACE(text);
    const auto read = parse_path(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, want);
    EXPECT_EQ(to_string(*read), rendered.empty() ? text : rendered);
  }
}

TEST(Path, TellsWhetherItMayNameSeveralPlaces) {
  for (const auto& [text, want, rendered] : kGood) {
    EXPECT_EQ(want.is_many(), text.find('*') != std::string_view::npos) << text;
  }
}

struct Bad {
  std::string_view text;
  PathError want;
};

const Bad kBad[] = {
    {"", {0, kName}},
    {"PI", {2, kName}},
    {"pid-3", {0, kName}},
    {"Pid-3", {1, kName}},
    {"1ID-3", {0, kName}},
    {"P-3", {1, kName}},
    {" PID-3", {0, kName}},
    {"/PID-3", {0, kName}},
    {"PIDX-3", {3, kAfterSegment}},
    {"PID 3", {3, kAfterSegment}},
    {"PID.3", {3, kAfterSegment}},
    {"PID[2]-3", {3, kAfterSegment}},
    {"OBX()-5", {4, kNumber}},
    {"OBX(0)-5", {4, kNumber}},
    {"OBX(-1)-5", {4, kNumber}},
    {"OBX(x)-5", {4, kNumber}},
    {"OBX(2-5", {5, kClose}},
    {"OBX(**)-5", {5, kClose}},
    {"OBX(65536)-5", {4, kNumber}},
    {"OBX(99999999999999999999)-5", {4, kNumber}},
    {"PID-", {4, kNumber}},
    {"PID-0", {4, kNumber}},
    {"PID-x", {4, kNumber}},
    {"PID--3", {4, kNumber}},
    {"PID-3.", {6, kNumber}},
    {"PID-3.0", {6, kNumber}},
    {"PID-3.*", {6, kNumber}},
    {"PID-3.1.", {8, kNumber}},
    {"PID-3.1.2.3", {9, kAfterField}},
    {"PID-3.1(2)", {7, kAfterField}},
    {"PID-3(2", {7, kClose}},
    {"PID-3(2)(3)", {8, kAfterField}},
    {"PID-5-1", {5, kAfterField}},
    {"PID-3 ", {5, kAfterField}},
    {std::string_view("PID-3\0", 6), {5, kAfterField}},
};

TEST(Path, ThatIsMalformedIsRefusedWithPlaceAndReason) {
  for (const auto& [text, want] : kBad) {
    SCOPED_TRACE(text);
    const auto read = parse_path(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().text_index, want.text_index);
    EXPECT_EQ(read.error().reason, want.reason);
  }
}

TEST(Ordinal, CountsFromOneAndIndexesFromZero) {
  EXPECT_EQ(Ordinal{}.to_index(), 0U);
  EXPECT_EQ(Ordinal{7}.to_index(), 6U);
  EXPECT_EQ(Which::all().first(), Ordinal{1});
  EXPECT_EQ(Which{3}.first(), Ordinal{3});
}

}  // namespace
}  // namespace hl7
