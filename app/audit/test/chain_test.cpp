// What a record is bound by, and what it looks like.
#include "audit/chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/audit/test/trail_scratch.hpp"
#include "audit/trail_line.hpp"

namespace audit {
namespace {

using test::keys;
using testing::HasSubstr;

// As `openssl dgst` says: the digest of 32 zero octets, or of the MAC before, and the text.
TEST(Chain, IsHmacOfTheMacBeforeAndTheText) {
  Chain chain(keys().current());
  const Mac first = chain.next(Mac{}, "first");
  EXPECT_EQ(to_hex(first), "64000c05cca30616e5504bc11462af4478e69affc92018033a992c31f6296f04");
  EXPECT_EQ(to_hex(chain.next(first, "second")),
            "7f67d043b7a4befe34004349c9088c5fe2a2ca81076aceaa3ba485eccf1eb638");
  EXPECT_EQ(chain.next(Mac{}, "first"), first) << "it keeps nothing between two calls";
}

TEST(Chain, WithoutAKeyIsPlainSha256) {
  Chain chain{AuditKey()};
  EXPECT_EQ(to_hex(chain.next(Mac{}, "first")),
            "3db4b4eb1df29e1585bc017b9194e30e583d7dbe9e2a7513a58442c6d4ac96bc");
}

TEST(Head, IsReadAsItIsWritten) {
  const Head head{17, sha256(base::as_bytes("x"))};
  EXPECT_EQ(parse_head(to_string(head)), head);
  for (const std::string& wrong :
       {std::string(), std::string("17"), ":" + to_hex(head.mac), "0:" + to_hex(head.mac),
        "17:" + to_hex(head.mac).substr(1), "17:G" + to_hex(head.mac).substr(1),
        "17x:" + to_hex(head.mac), to_string(head) + "0"}) {
    EXPECT_FALSE(parse_head(wrong)) << wrong;
  }
}

struct KeyCase {
  const char* text;
  const char* error;  // "" where it is one
};

TEST(AuditKeys, AreReadOrRefusedWithTheLine) {
  const std::string good(64, 'a');
  const std::string long_one(258, 'a');
  const KeyCase cases[] = {
      {"aa", "line 1: expected a key of 64"},
      {"# a comment\n\nxyz\n", "line 3: expected a key"},
      {"", "it holds no key"},
      {"# nothing else\n", "it holds no key"},
      {long_one.c_str(), "line 1: expected"},
      {"  \t# c\n", "it holds no key"},
  };
  for (const KeyCase& each : cases) {
    const auto parsed = AuditKeys::parse(each.text);
    ASSERT_FALSE(parsed) << each.text;
    EXPECT_THAT(parsed.error(), HasSubstr(each.error));
  }
  EXPECT_TRUE(AuditKeys::parse(" " + good + "\r\n"));
  EXPECT_THAT(AuditKeys::load("/nowhere/key").error(), HasSubstr("AUDIT_KEY_FILE: /nowhere/key"));
}

TEST(AuditKeys, TheFirstChainsAndAllAreFound) {
  const AuditKeys both = keys(std::string(test::kKeyText) + test::kOtherKeyText);
  EXPECT_EQ(both.current().name(), keys().current().name());
  ASSERT_NE(both.find(keys(test::kOtherKeyText).current().name()), nullptr);
  EXPECT_EQ(both.find("00000000"), nullptr);
  EXPECT_FALSE(both.find("")->is_given());
  EXPECT_EQ(both.current().name().size(), 8U);
}

// Octets are told each for itself, and none can end a text.
TEST(Record, HoldsAnyOctets) {
  RecordText record("message", test::at(0));
  record.add("control_id", std::string_view("a\"b\\c\n\x00\xE4", 8)).add("bytes", std::uint64_t{3});
  EXPECT_EQ(std::move(record).take(),
            R"("at":"2026-04-03T12:00:00.000000Z","kind":"message",)"
            R"("control_id":"a\u0022b\u005cc\u000a\u0000\u00e4","bytes":3)");
}

TEST(Record, OfARefusedMessageHoldsNothingThatItsSenderWasTold) {
  store::Rejected refused;
  refused.control_id = "C1";
  refused.patient_key = "4711";
  refused.reason = "rule: 4711 is unknown";
  refused.outcome = "rule_failed";
  refused.answer_code = "AR";
  const std::string text = refused_record(refused);
  EXPECT_THAT(text, HasSubstr(R"("answer":"AR","reason":"rule_failed")"));
  EXPECT_THAT(text, testing::Not(HasSubstr("4711")));
}

TEST(TrailLine, HasOneFormOnly) {
  std::string line;
  begin_line(17, test::message(5), line);
  end_line(Mac{}, line);
  const std::string whole = line.substr(0, line.size() - 1);
  const auto parsed = parse_line(whole);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->sequence, 17U);
  EXPECT_EQ(parsed->kind, "message");
  EXPECT_EQ(parsed->number("entry"), 5U);
  EXPECT_EQ(parsed->word("answer"), "AA");
  EXPECT_FALSE(parsed->number("bytes"));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    EXPECT_FALSE(parse_line(whole.substr(0, at))) << at;
  }
  EXPECT_FALSE(parse_line(whole + " "));
  std::string upper = whole;
  upper[upper.size() - 3] = 'A';
  EXPECT_FALSE(parse_line(upper)) << "a digit that reads alike is another octet";
}

}  // namespace
}  // namespace audit
