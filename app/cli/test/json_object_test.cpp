#include "cli/json_object.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace cli {
namespace {

TEST(JsonObject, HoldsItsMembersInOrder) {
  JsonObject inner;
  inner.add("AA", std::uint64_t{12});
  JsonObject object;
  object.add("to", "ward:2575")
      .add("answers", inner)
      .add_decimal("seconds", 1.5, 3)
      .add("ok", true);
  EXPECT_EQ(object.to_text(),
            R"({"to":"ward:2575","answers":{"AA":12},"seconds":1.500,"ok":true})");
}

TEST(JsonObject, IsEmptyAtFirst) { EXPECT_EQ(JsonObject().to_text(), "{}"); }

TEST(JsonObject, WritesNullForWhatJsonHasNoNumberFor) {
  JsonObject object;
  object.add_decimal("rate", std::numeric_limits<double>::infinity(), 1);
  EXPECT_EQ(object.to_text(), R"({"rate":null})");
}

TEST(JsonObject, NoOctetOfAPeerBreaksTheText) {
  EXPECT_EQ(quote_json("a\"b\\c\n\x1b[2J\xff"), "\"a\\u0022b\\u005cc\\u000a\\u001b[2J\\u00ff\"");
}

}  // namespace
}  // namespace cli
