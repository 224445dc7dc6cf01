#include "connect/mllp_answer.hpp"

#include <gtest/gtest.h>

#include "connect/recent_messages.hpp"

namespace connectors {
namespace {

using hl7::AckCode;

struct ReadCase {
  const char* name;
  std::string_view answer;
  std::optional<AckCode> code;
  std::string_view control_id;
};

const ReadCase kReads[] = {
    {"plain", "MSH|^~\\&|A|B|C|D|1||ACK|9|P|2.3\rMSA|AA|M1\r", AckCode::kAA, "M1"},
    {"no_last_line_end", "MSH|^~\\&|A\rMSA|AE|M1", AckCode::kAE, "M1"},
    {"line_feeds", "MSH|^~\\&|A\nMSA|AR|M1\n", AckCode::kAR, "M1"},
    {"other_delimiters", "MSH#*!\\%#A\rMSA#CA#M|1\r", AckCode::kCA, "M|1"},
    {"commit_codes", "MSH|^~\\&|A\rMSA|CE|M1\r", AckCode::kCE, "M1"},
    {"segments_between", "MSH|^~\\&|A\rSFT|x\rMSA|CR|M1|text\rERR|\r", AckCode::kCR, "M1"},
    {"structured_id_is_taken_whole", "MSH|^~\\&|A\rMSA|AA|M^1~2\r", AckCode::kAA, "M^1~2"},
    {"no_id", "MSH|^~\\&|A\rMSA|AA\r", AckCode::kAA, ""},
    {"empty_id", "MSH|^~\\&|A\rMSA|AA||text\r", AckCode::kAA, ""},

    {"no_msa", "MSH|^~\\&|A\rPID|1\r", std::nullopt, ""},
    {"no_msh", "MSA|AA|M1\r", std::nullopt, ""},
    {"no_code", "MSH|^~\\&|A\rMSA||M1\r", std::nullopt, ""},
    {"unknown_code", "MSH|^~\\&|A\rMSA|OK|M1\r", std::nullopt, ""},
    {"lower_case_code", "MSH|^~\\&|A\rMSA|aa|M1\r", std::nullopt, ""},
    {"msa_in_a_value_only", "MSH|^~\\&|MSA|AA|M1\r", std::nullopt, ""},
    {"damaged_delimiters", "MSH|||A\rMSA|AA|M1\r", std::nullopt, ""},
    {"nothing", "", std::nullopt, ""},
    {"no_hl7", "HTTP/1.1 400 Bad Request", std::nullopt, ""},
};

TEST(MllpAnswer, ReadsCodeAndControlId) {
  for (const ReadCase& each : kReads) {
    SCOPED_TRACE(each.name);
    const auto answer = read_acknowledgement(base::as_bytes(each.answer));
    ASSERT_EQ(answer.has_value(), each.code.has_value());
    if (!answer) continue;
    EXPECT_EQ(answer->code, *each.code);
    EXPECT_EQ(answer->control_id, each.control_id);
  }
}

constexpr std::string_view kLong = "20260403-120000-0000000001";  // 26 octets
constexpr std::string_view kLong20 = "20260403-120000-0000";

struct NameCase {
  const char* name;
  Match match;
  std::string_view control_id;
  std::string_view answered;
  bool want;
};

const NameCase kNames[] = {
    {"same", Match::kStrict, "M1", "M1", true},
    {"other", Match::kStrict, "M1", "M2", false},
    {"case_counts", Match::kStrict, "m1", "M1", false},
    {"blanks_count", Match::kStrict, "M1", "M1 ", false},
    {"longer", Match::kStrict, "M1", "M12", false},
    {"shorter", Match::kStrict, "M12", "M1", false},
    {"empty_names_nothing", Match::kStrict, "M1", "", false},
    {"cut_to_20_is_another_when_strict", Match::kStrict, kLong, kLong20, false},
    {"cut_to_20", Match::kPrefix20, kLong, kLong20, true},
    {"whole_where_it_need_not_be_cut", Match::kPrefix20, kLong, kLong, true},
    {"cut_to_19", Match::kPrefix20, kLong, kLong.substr(0, 19), false},
    {"cut_to_21", Match::kPrefix20, kLong, kLong.substr(0, 21), false},
    {"short_ids_are_not_cut", Match::kPrefix20, "M12", "M1", false},
    {"empty_names_nothing_by_prefix_either", Match::kPrefix20, kLong, "", false},
    {"order_names_as_strict", Match::kOrder, "M1", "M2", false},
    {"order_leaves_the_empty_one_to_its_caller", Match::kOrder, "M1", "", false},
};

TEST(MllpAnswer, TellsWhichMessageItNames) {
  for (const NameCase& each : kNames) {
    EXPECT_EQ(names(each.match, {.control_id = each.control_id, .answered = each.answered}),
              each.want)
        << each.name;
  }
}

TEST(RecentMessages, RemembersTheLastOnesAndTheirFate) {
  RecentMessages recent;
  recent.remember("first", Fate::kUnanswered);
  for (std::size_t count = 1; count < RecentMessages::kCountMax; ++count) {
    recent.remember("M" + std::to_string(count), Fate::kAnswered);
  }
  ASSERT_NE(recent.find(Match::kStrict, "first"), nullptr);
  EXPECT_EQ(recent.find(Match::kStrict, "first")->fate, Fate::kUnanswered);
  recent.remember("one more", Fate::kCommitAccepted);
  EXPECT_EQ(recent.find(Match::kStrict, "first"), nullptr) << "the oldest makes room";
  EXPECT_NE(recent.find(Match::kStrict, "M1"), nullptr);
  recent.remember("another", Fate::kAnswered);
  EXPECT_EQ(recent.find(Match::kStrict, "M1"), nullptr) << "then the next oldest";
}

TEST(RecentMessages, ReplacesTheFateOfAMessageThatWasSentAgain) {
  RecentMessages recent;
  recent.remember("M1", Fate::kUnanswered);
  recent.remember("M1", Fate::kAnswered);
  EXPECT_EQ(recent.find(Match::kStrict, "M1")->fate, Fate::kAnswered);
}

TEST(RecentMessages, HoldsNoNameThatIsEmptyOrHuge) {
  RecentMessages recent;
  recent.remember("", Fate::kAnswered);
  recent.remember(std::string(RecentMessages::kIdBytesMax + 1, 'M'), Fate::kAnswered);
  EXPECT_EQ(recent.find(Match::kStrict, ""), nullptr);
  EXPECT_EQ(recent.find(Match::kStrict, std::string(RecentMessages::kIdBytesMax + 1, 'M')),
            nullptr);
}

}  // namespace
}  // namespace connectors
