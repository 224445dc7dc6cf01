#include "hl7/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hl7 {
namespace {

constexpr std::string_view kHead = R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^~\\&"}},)";

// The JSON of a message.
std::string to_json(std::string_view text, const JsonOptions& options = {}) {
  Message message;
  EXPECT_TRUE(message.parse(base::as_bytes(text)));
  Decoder decoder;
  decoder.open(message);
  std::string out = "<";
  append_json(out, message, decoder, options);
  return out.substr(1);
}

// The JSON of one segment behind a short MSH.
std::string segment_json(std::string_view segment) {
  const std::string json = to_json("MSH|^~\\&\r" + std::string(segment) + "\r");
  EXPECT_TRUE(json.starts_with(kHead) && json.ends_with("]}")) << json;
  return json.substr(kHead.size(), json.size() - kHead.size() - 2);
}

base::Result<std::size_t, JsonError> read(std::string& out, std::string_view json,
                                          const JsonLimits& limits = {}) {
  JsonReader reader;
  return reader.append_message(out, json, limits);
}

struct Row {
  std::string_view er7;
  std::string_view json;
  std::string_view back = "";  // empty: as er7
};

const Row kRows[] = {
    {"PID|1", R"({"name":"PID","fields":{"1":"1"}})"},
    {"PID", R"({"name":"PID"})"},
    {"PID|||", R"({"name":"PID"})", "PID"},
    {"PID|||x||", R"({"name":"PID","fields":{"3":"x"}})", "PID|||x"},

    // Components, subcomponents.
    {"PID|a^b", R"({"name":"PID","fields":{"1":{"1":"a","2":"b"}}})"},
    {"PID|^b", R"({"name":"PID","fields":{"1":{"2":"b"}}})"},
    {"PID|a^", R"({"name":"PID","fields":{"1":"a"}})", "PID|a"},
    {"PID|a&b", R"({"name":"PID","fields":{"1":{"1":{"1":"a","2":"b"}}}})"},
    {"PID|a&", R"({"name":"PID","fields":{"1":"a"}})", "PID|a"},
    {"PID|^&b", R"({"name":"PID","fields":{"1":{"2":{"2":"b"}}}})"},
    {"PID|a^&^c", R"({"name":"PID","fields":{"1":{"1":"a","3":"c"}}})", "PID|a^^c"},
    {"PID|^&~^&", R"({"name":"PID"})", "PID"},

    // Repetitions.
    {"PID|a~b", R"({"name":"PID","fields":{"1":["a","b"]}})"},
    {"PID|a^x~b", R"({"name":"PID","fields":{"1":[{"1":"a","2":"x"},"b"]}})"},
    {"PID|~b", R"({"name":"PID","fields":{"1":["","b"]}})"},
    {"PID|a~~b~^&~", R"({"name":"PID","fields":{"1":["a","","b"]}})", "PID|a~~b"},
    {"PID|a~", R"({"name":"PID","fields":{"1":"a"}})", "PID|a"},

    // Null is not empty.
    {R"(PID|"")", R"({"name":"PID","fields":{"1":null}})"},
    {R"(PID|a^""~"")", R"({"name":"PID","fields":{"1":[{"1":"a","2":null},null]}})"},
    {R"(PID|\X22\")", R"({"name":"PID","fields":{"1":"\"\""}})"},

    // Text.
    {R"(PID|a\F\b\S\c)", R"({"name":"PID","fields":{"1":"a|b^c"}})"},
    {R"(PID|C\E\x"y)", R"({"name":"PID","fields":{"1":"C\\x\"y"}})"},
    {R"(PID|a\.br\b\X0D\c\X09\d\X00\)", R"({"name":"PID","fields":{"1":"a\nb\rc\td\u0000"}})"},
    {R"(PID|a\Z9\b)", R"({"name":"PID","fields":{"1":"a\\Z9\\b"}})", R"(PID|a\E\Z9\E\b)"},
    {R"(PID|\H\\N\|b)", R"({"name":"PID","fields":{"2":"b"}})", "PID||b"},
    {R"(PID|\H\~\N\^b)", R"({"name":"PID","fields":{"1":["",{"2":"b"}]}})", "PID|~^b"},
    {"PID|ü€😀", R"({"name":"PID","fields":{"1":"ü€😀"}})"},

    // Segments that are none.
    {"free text", R"({"name":"free text"})"},
    {"|a", R"({"name":"","fields":{"1":"a"}})"},
    {" ||", R"({"name":" "})", " |"},
    {"MSH|^~\\&|x", R"({"name":"MSH","fields":{"1":"|","2":"^~\\&","3":"x"}})"},
    {"MSH", R"({"name":"MSH"})"},
    {"BHS|^~|x", R"({"name":"BHS","fields":{"1":"|","2":"^~","3":"x"}})"},
    {"BHS||x", R"({"name":"BHS","fields":{"1":"|","3":"x"}})"},
};

TEST(Json, HasTheShapeThatItsHeaderTells) {
  for (const Row& row : kRows) EXPECT_EQ(segment_json(row.er7), row.json) << row.er7;
}

TEST(Json, IsReadBack) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.er7);
    std::string out = "<";
    const auto lost_count = read(out, std::string(kHead) + std::string(row.json) + "]}");
    ASSERT_TRUE(lost_count) << to_string(lost_count.error().fault);
    EXPECT_EQ(*lost_count, 0U);
    const std::string_view want = row.back.empty() ? row.er7 : row.back;
    EXPECT_EQ(out, "<MSH|^~\\&\r" + std::string(want) + "\r");
    EXPECT_EQ(segment_json(want), row.json);
  }
}

TEST(Json, KeepsDelimitersAndSet) {
  for (const std::string_view text :
       {"MSH#*!/%#S##########8859/E/1#\r", "MSH|^~\\&||||||||||||||||8859/1\rPID|\xE9^\xA4\r",
        "MSH|^~\\&||||||||||||||||~ISO IR87\rPID|\x1B$B8^\x1B(B^x\r",
        "MSH|^~\\&||||||||||||||||BIG-5\rPID|\xA2\x7C^x\rfree \xA2\x7C text\r",
        "MSH|^~\\&||||||||||||||||BIG-5^w\rPID|\xA2\x7C^x\r",
        "MSH|^~\\&||||||||||||||||BIG-5&w^v\rPID|\xA2\x7C^x\r", "MSH|^\rPID|a~b&c\\d^e\r",
        "MSH|^~\\&#\rPID|a\\P\\\r"}) {
    std::string json = to_json(text);
    std::string out;
    ASSERT_TRUE(read(out, json)) << json;
    EXPECT_EQ(to_json(out), json);
  }
  std::string out;
  ASSERT_TRUE(read(out, to_json("MSH|^~\\&||||||||||||||||~ISO IR87\rPID|\x1B$B8^\x1B(B^x\r")));
  EXPECT_EQ(out, "MSH|^~\\&||||||||||||||||~ISO IR87\rPID|\x1B$B8^\x1B(B^x\r");
}

TEST(Json, TellsHowManyCharactersTheSetLacks) {
  std::string out;
  const auto lost_count = read(
      out, R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^","3":"€a|€","18":"8859/1"}}]})");
  ASSERT_TRUE(lost_count);
  EXPECT_EQ(*lost_count, 3U);
  EXPECT_EQ(out, "MSH|^|?a ?|||||||||||||||8859/1\r");
}

TEST(Json, IsReadInAnyOrderAndBesideWhatIsNotOfTheShape) {
  std::string out;
  const auto read_count =
      read(out, R"( { "x" : [1, {"y": [true, false, null, -0.5e+3]}], "segments" :
    [ { "title": "Message Header", "fields": { "3 Sending Application": { "2": "b", "1 Id": "a" },
        "2 Encoding Characters": "^~\\&", "1": "|" , "10": 7.50 }, "name" : "MSH" },
      { "fields": {}, "name": "P\u0049D" } ] } )");
  ASSERT_TRUE(read_count) << to_string(read_count.error().fault) << read_count.error().text_index;
  EXPECT_EQ(out, "MSH|^~\\&|a^b|||||||7.50\rPID\r");
}

// --- what is refused, with its place

struct Bad {
  std::string_view json;
  JsonFault fault;
  std::size_t text_index;
};

const Bad kBad[] = {
    {"", JsonFault::kSyntax, 0},
    {"[]", JsonFault::kWrongShape, 0},
    {"7", JsonFault::kWrongShape, 0},
    {"{", JsonFault::kSyntax, 1},
    {"{}", JsonFault::kNoHeader, 0},
    {R"({"segments":[]})", JsonFault::kNoHeader, 0},
    {R"({"segments":{}})", JsonFault::kWrongShape, 12},
    {R"({"segments":[7]})", JsonFault::kWrongShape, 13},
    {R"({"segments":[{}]})", JsonFault::kWrongShape, 13},
    {R"({"segments":[{"name":7}]})", JsonFault::kWrongShape, 21},
    {R"({"segments":[{"name":"PID"}]})", JsonFault::kNoHeader, 21},
    {R"({"segments":[{"name":"MSH"}]})", JsonFault::kNoHeader, 21},
    {R"({"segments":[{"name":"MSH","fields":{"1":"|"}}]})", JsonFault::kNoHeader, 21},
    {R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^^"}}]})", JsonFault::kBadDelimiters, 21},
    {R"({"segments":[{"name":"MSH","fields":{"1":"||","2":"^"}}]})", JsonFault::kBadDelimiters, 21},
    {R"({"segments":[{"name":"MSH","fields":7}]})", JsonFault::kWrongShape, 36},
    {R"({"segments":[{"name":"MSH","name":"MSH"}]})", JsonFault::kTwice, 27},
    {R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^"}}]}x)", JsonFault::kSyntax, 56},
    {R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^"}}],"segments":[]})", JsonFault::kTwice,
     56},
    {R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^"}},])", JsonFault::kSyntax, 55},
};

TEST(Json, ThatIsNoMessageIsRefusedWithItsPlace) {
  for (const Bad& bad : kBad) {
    SCOPED_TRACE(bad.json);
    std::string out = "kept";
    const auto refused = read(out, bad.json);
    ASSERT_FALSE(refused);
    EXPECT_EQ(to_string(refused.error().fault), to_string(bad.fault));
    EXPECT_EQ(refused.error().text_index, bad.text_index);
    EXPECT_EQ(out, "kept");
  }
}

struct BadSegment {
  std::string_view json;
  JsonFault fault;
};

const BadSegment kBadSegments[] = {
    {R"({"name":"PI|D"})", JsonFault::kBadName},
    {R"({"name":"PI\rD"})", JsonFault::kBadName},
    {R"({"name":"PID","fields":{"0":"a"}})", JsonFault::kBadPosition},
    {R"({"name":"PID","fields":{"":"a"}})", JsonFault::kBadPosition},
    {R"({"name":"PID","fields":{"x":"a"}})", JsonFault::kBadPosition},
    {R"({"name":"PID","fields":{"1x":"a"}})", JsonFault::kBadPosition},
    {R"({"name":"PID","fields":{"-1":"a"}})", JsonFault::kBadPosition},
    {R"({"name":"PID","fields":{"1000001":"a"}})", JsonFault::kBadPosition},
    {R"({"name":"PID","fields":{"99999999999999999999999999":"a"}})", JsonFault::kBadPosition},
    {R"({"name":"PID","fields":{"1":"a","01":"b"}})", JsonFault::kTwice},
    {R"({"name":"PID","fields":{"1":{"2":"a","1":"","2 x":"b"}}})", JsonFault::kTwice},
    {R"({"name":"PID","fields":{"1":true}})", JsonFault::kWrongShape},
    {R"({"name":"PID","fields":{"1":[["a"]]}})", JsonFault::kWrongShape},
    {R"({"name":"PID","fields":{"1":{"1":["a"]}}})", JsonFault::kWrongShape},
    {R"({"name":"PID","fields":{"1":{"1":{"1":{"1":"a"}}}}})", JsonFault::kWrongShape},
    {R"({"name":"PID","fields":{"1":nul}})", JsonFault::kSyntax},
    {R"({"name":"PID","fields":{"1":"a})", JsonFault::kSyntax},
    {R"({"name":"PID","fields":{"1":"\x"}})", JsonFault::kSyntax},
    {R"({"name":"PID","fields":{"1":"\u12"}})", JsonFault::kSyntax},
    {R"({"name":"PID","fields":{"1":"\uD800"}})", JsonFault::kBadText},
    {R"({"name":"PID","fields":{"1":"\uDC00"}})", JsonFault::kBadText},
    {R"({"name":"PID","fields":{"1":"\uD800\u0041"}})", JsonFault::kBadText},
    {"{\"name\":\"PID\",\"fields\":{\"1\":\"\xFF\"}}", JsonFault::kBadText},
    {"{\"name\":\"PID\",\"fields\":{\"1\":\"\t\"}}", JsonFault::kSyntax},
    {R"({"name":"PID","fields":{"1":01}})", JsonFault::kSyntax},
    {R"({"name":"PID","fields":{"1":1.}})", JsonFault::kSyntax},
    {R"({"name":"PID","fields":{"1":-}})", JsonFault::kSyntax},
    {R"({"name":"BHS","fields":{"1":"#"}})", JsonFault::kBadDelimiters},
    {R"({"name":"BHS","fields":{"2":"a|"}})", JsonFault::kBadDelimiters},
    {R"({"name":"BHS","fields":{"2":null}})", JsonFault::kWrongShape},
};

TEST(Json, OfASegmentThatIsNoneIsRefused) {
  for (const BadSegment& bad : kBadSegments) {
    std::string out;
    const auto refused = read(out, std::string(kHead) + std::string(bad.json) + "]}");
    ASSERT_FALSE(refused) << bad.json;
    EXPECT_EQ(to_string(refused.error().fault), to_string(bad.fault)) << bad.json;
    EXPECT_EQ(out, "");
  }
}

// Names are not escaped: a switch in one would hide the separator behind it.
TEST(Json, OfANameThatSwitchesIsRefused) {
  constexpr std::string_view kStart = R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^~\\&")";
  constexpr std::string_view kSegment = R"(}},{"name":"Z\u001b$B8","fields":{"1":"x"}}]})";
  std::string out;
  EXPECT_TRUE(read(out, std::string(kStart) + std::string(kSegment)));
  out.clear();
  const auto refused =
      read(out, std::string(kStart) + R"(,"18":["","ISO IR87"])" + std::string(kSegment));
  ASSERT_FALSE(refused);
  EXPECT_EQ(to_string(refused.error().fault), to_string(JsonFault::kBadName));
}

TEST(Json, WithoutADelimiterIsRefused) {
  for (const std::string_view field : {R"(["a","b"])", R"({"1":{"2":"a"}})"}) {
    std::string out;
    const auto refused = read(
        out,
        R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^"}},{"name":"PID","fields":{"1":)" +
            std::string(field) + "}}]}");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, JsonFault::kCannotSeparate);
  }
}

TEST(Json, StaysWithinItsLimits) {
  const std::string deep = R"({"x":)" + std::string(200'000, '[');
  std::string out;
  EXPECT_EQ(read(out, deep).error().fault, JsonFault::kTooDeep);

  std::string wide = std::string(kHead) + R"({"name":"PID","fields":{"1":[)";
  for (int index = 0; index < 100; ++index) {
    wide += R"({"1000000":{"1000000":"a"}},)";
  }
  wide += R"("a"]}}]})";
  const JsonLimits limits{.message_bytes_max = 4 * base::kMiB};
  EXPECT_EQ(read(out, wide, limits).error().fault, JsonFault::kTooLarge);
  EXPECT_EQ(out, "");
  EXPECT_LE(out.capacity(), 3 * limits.message_bytes_max);
  EXPECT_TRUE(read(out, std::string(kHead) + R"({"name":"PID"}]})", {.message_bytes_max = 13}));
  EXPECT_FALSE(read(out, std::string(kHead) + R"({"name":"PID"}]})", {.message_bytes_max = 12}));
}

// --- names, lines

class Names : public NameSource {
 public:
  [[nodiscard]] std::string_view name_of(const NamedPlace& place) const override {
    if (place.segment->name() != "PID") return {};
    if (place.field == 0) return "Patient Identification";
    if (place.field == 5 && place.component == 0) return "Patient \"Name\"";
    if (place.field == 5 && place.component == 1 && place.subcomponent == 0) return "Family Name";
    if (place.field == 5 && place.component == 1 && place.subcomponent == 2) return "Own Surname";
    return {};
  }
};

TEST(Json, NamesWhatHasAName) {
  const Names names;
  const std::string json =
      to_json("MSH|^~\\&\rPID|1||||Doe&Own^Jane\r", {.names = &names, .line_per_segment = true});
  EXPECT_EQ(json, R"({"segments":[
{"name":"MSH","fields":{"1":"|","2":"^~\\&"}},
{"name":"PID","title":"Patient Identification","fields":{"1":"1","5 Patient \"Name\"":)"
                  R"({"1 Family Name":{"1":"Doe","2 Own Surname":"Own"},"2":"Jane"}}}
]}
)");
  std::string out;
  EXPECT_TRUE(read(out, json));
  EXPECT_EQ(out, "MSH|^~\\&\rPID|1||||Doe&Own^Jane\r");
}

TEST(Json, IsWrittenSegmentBySegment) {
  Message message;
  const std::string text = "MSH|^~\\&\rPID|1\rPV1|2\r";
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  Decoder decoder;
  decoder.open(message);
  JsonWriter writer(message, decoder);
  std::string whole;
  std::string piece;
  std::size_t piece_count = 0;
  for (; writer.append_next(piece); piece.clear()) {
    whole += piece;
    ++piece_count;
  }
  EXPECT_EQ(piece_count, 3U);
  EXPECT_EQ(whole, to_json(text));
}

TEST(Json, CountsWhatTheDecoderReplaced) {
  Message message;
  const std::string text = "MSH|^~\\&||||||||||||||||ASCII\rPID|\xE9\\H\\~\xE9\xE9\\N\\^b\r";
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  Decoder decoder;
  decoder.open(message);
  std::string out;
  append_json(out, message, decoder);
  EXPECT_EQ(decoder.replaced_count(), 3U);
}

}  // namespace
}  // namespace hl7
