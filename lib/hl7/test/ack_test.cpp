#include "hl7/ack.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hl7 {
namespace {

using enum AckCode;

// 2026-04-03 12:00:00 UTC
const LocalTime kNoon{base::WallTime(std::chrono::microseconds(1'775'217'600'000'000))};

constexpr std::string_view kAdt =
    "MSH|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|20260403120000||ADT^A01|MSG00001|P|2.3\r";

const AckError kPatientId{
    .location = Path{.segment = {'P', 'I', 'D'}, .field = Ordinal{3}, .component = Ordinal{1}},
    .code = "101",
    .user_text = "PID-3.1 is required"};

// The answer with CR shown as a line end, so that a difference can be read.
std::string answer(AckRequest request) {
  request.time = kNoon;
  if (request.control_id.empty()) request.control_id = "7";
  std::string out = "kept";
  append_ack(out, request);
  EXPECT_TRUE(out.starts_with("kept"));
  out.erase(0, 4);
  for (char& octet : out) {
    EXPECT_NE(octet, '\n');
    if (octet == '\r') octet = '\n';
  }
  return out;
}

Header header(std::string_view text) {
  const auto parsed = parse_header(base::as_bytes(text));
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Header{};
}

std::string answer_to(std::string_view text, AckRequest request = {}) {
  const Header read = header(text);
  request.header = &read;
  return answer(request);
}

std::string adt(std::string_view version, std::string_view rest = "") {
  return "MSH|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|20260403120000||ADT^A01|MSG00001|P|" +
         std::string(version) + std::string(rest) + "\r";
}

// --- the header of the answer

TEST(Ack, OfTheFirstExampleIsExactlyThis) {
  EXPECT_EQ(answer_to(kAdt),
            "MSH|^~\\&|LAB|PATHOLOGY|HIS|CENTRAL|20260403120000+0000||ACK^A01|7|P|2.3\n"
            "MSA|AA|MSG00001\n");
}

TEST(Ack, TellsTheTimeOfItsZoneOrPlain) {
  const Header read = header(kAdt);
  std::string out;
  append_ack(out,
             {.header = &read, .time = {kNoon.at, std::chrono::minutes(120)}, .control_id = "7"});
  EXPECT_NE(out.find("|20260403140000+0200||"), std::string::npos);
  EXPECT_NE(answer_to(kAdt, {.time_form = TimeForm::kPlain}).find("|20260403120000||"),
            std::string::npos);
}

struct Type {
  std::string_view version;
  std::string_view with_trigger;
};

const Type kTypes[] = {
    {"2.1", "ACK"},           {"2.2", "ACK^A01"},       {"2.3", "ACK^A01"},
    {"2.3.1", "ACK^A01"},     {"2.4", "ACK^A01^ACK"},   {"2.5", "ACK^A01^ACK"},
    {"2.5.1", "ACK^A01^ACK"}, {"2.6", "ACK^A01^ACK"},   {"2.7", "ACK^A01^ACK"},
    {"2.8.2", "ACK^A01^ACK"}, {"2.0", "ACK"},           {"2.3.2", "ACK^A01"},
    {"2.999", "ACK^A01^ACK"}, {"", "ACK^A01^ACK"},      {"garbage", "ACK^A01^ACK"},
    {"1.0", "ACK^A01^ACK"},   {"2.3^FRA^x", "ACK^A01"},
};

TEST(Ack, HasTheTypeOfItsVersion) {
  for (const auto& [version, with_trigger] : kTypes) {
    SCOPED_TRACE(version);
    const std::string text = adt(version);
    EXPECT_EQ(header(answer_to(text)).type, "ACK");
    EXPECT_NE(answer_to(text).find("||" + std::string(with_trigger) + "|7|P"), std::string::npos);

    std::string untriggered = text;
    untriggered.replace(untriggered.find("ADT^A01"), 7, "ADT");
    EXPECT_NE(answer_to(untriggered).find("||ACK|7|P"), std::string::npos);
  }
}

TEST(Ack, EchoesTheVersionAsItWas) {
  for (const auto& [version, with_trigger] : kTypes) {
    EXPECT_EQ(header(answer_to(adt(version))).version_field, version);
  }
}

TEST(Ack, TakesTheDefaultVersionWhereNoneIsNamed) {
  EXPECT_NE(answer_to(adt(""), {.default_version = "2.3"}).find("|ACK^A01|7|P\n"),
            std::string::npos);
  EXPECT_NE(answer_to(adt("P"), {.default_version = "nonsense"}).find("|ACK^A01^ACK|7|P|P\n"),
            std::string::npos);
}

struct Copied {
  const char* name;
  std::string_view message;
  std::string_view want;
};

const Copied kCopied[] = {
    {"components_of_applications", "MSH|^~\\&|HIS^1.2^ISO|C&x~y|LAB\\T\\|P\xEB|t||ADT^A01|1|P|2.3",
     "MSH|^~\\&|LAB\\T\\|P\xEB|HIS^1.2^ISO|C&x~y|20260403120000+0000||ACK^A01|7|P|2.3\n"
     "MSA|AA|1\n"},
    {"control_id_whole", "MSH|^~\\&|||||||ADT^A01| A^B&C~D\\E\\ |P|2.3",
     "MSH|^~\\&|||||20260403120000+0000||ACK^A01|7|P|2.3\n"
     "MSA|AA| A^B&C~D\\E\\ \n"},
    {"processing_id_whole", "MSH|^~\\&|||||||ADT^A01|1|T^A|2.5.1^USA^x",
     "MSH|^~\\&|||||20260403120000+0000||ACK^A01^ACK|7|T^A|2.5.1^USA^x\nMSA|AA|1\n"},
    {"other_delimiters", "MSH#*!\\%#S#F#R#G#t##ADT*A01#NI#P#2.5",
     "MSH#*!\\%#R#G#S#F#20260403120000+0000##ACK*A01*ACK#7#P#2.5\nMSA#AA#NI\n"},
    {"truncation_character", "MSH|^~\\&#|S|F|R|G|t||ADT^A01|1|P|2.7",
     "MSH|^~\\&#|R|G|S|F|20260403120000+0000||ACK^A01^ACK|7|P|2.7\nMSA|AA|1\n"},
    {"short_msh_2", "MSH|^~|S|F|R|G|t||ADT^A01|1|P|2.3",
     "MSH|^~|R|G|S|F|20260403120000+0000||ACK^A01|7|P|2.3\nMSA|AA|1\n"},
    {"shortest_msh_2", "MSH|^|S|F|R|G|t||ADT^A01|1|P|2.3",
     "MSH|^|R|G|S|F|20260403120000+0000||ACK^A01|7|P|2.3\nMSA|AA|1\n"},
    {"nothing_but_delimiters", "MSH|^~\\&", "MSH|^~\\&|||||20260403120000+0000||ACK|7\nMSA|AA|\n"},
    {"no_control_id", "MSH|^~\\&|S||||||ADT^A01||P|2.3",
     "MSH|^~\\&|||S||20260403120000+0000||ACK^A01|7|P|2.3\nMSA|AA|\n"},
    {"accept_and_application_ack_are_not_echoed", "MSH|^~\\&|S||||||ADT^A01|1|P|2.3|||AL|NE",
     "MSH|^~\\&|||S||20260403120000+0000||ACK^A01|7|P|2.3\nMSA|AA|1\n"},
    {"null_is_copied", "MSH|^~\\&|\"\"||||||ADT^A01|\"\"|P|2.3",
     "MSH|^~\\&|||\"\"||20260403120000+0000||ACK^A01|7|P|2.3\nMSA|AA|\"\"\n"},
    // With the CR behind it, 0x1C would end the MLLP frame of the answer.
    {"frame_end_at_the_end_of_the_id", "MSH|^~\\&|S||||||ADT^A01|1\x1c|P|2.3\x1c|",
     "MSH|^~\\&|||S||20260403120000+0000||ACK^A01|7|P|2.3\x1c|\nMSA|AA|1\x1c|\n"},
};

TEST(Ack, CopiesWhatItEchoesOctetForOctet) {
  for (const auto& [name, message, want] : kCopied) {
    EXPECT_EQ(answer_to(message), want) << name;
  }
}

TEST(Ack, WithoutAHeaderSpeaksByDefault) {
  EXPECT_EQ(
      answer({.code = kAR, .message_text = "unreadable", .errors = std::span(&kPatientId, 1)}),
      "MSH|^~\\&|||||20260403120000+0000||ACK|7|P|2.5.1\n"
      "MSA|AR||unreadable\n"
      "ERR||PID^1^3^1^1|101^Required field missing^HL70357|E||||PID-3.1 is required\n");
  EXPECT_EQ(answer({.code = kAR, .default_version = "2.3"}),
            "MSH|^~\\&|||||20260403120000+0000||ACK|7|P|2.3\n"
            "MSA|AR|\n"
            "ERR|^^^207&Application internal error&HL70357\n");
}

TEST(Ack, CarriesEachCode) {
  for (const AckCode code : {kAA, kAE, kAR, kCA, kCE, kCR}) {
    const std::string want = "\nMSA|" + std::string(to_string(code)) + "|MSG00001\n";
    const std::string text = answer_to(kAdt, {.code = code, .errors = std::span(&kPatientId, 1)});
    EXPECT_NE(text.find(want), std::string::npos) << text;
    EXPECT_EQ(text.find("ERR|") == std::string::npos, is_accept(code)) << text;
  }
}

// --- ERR by version

struct Told {
  const char* name;
  AckCode code;
  std::vector<AckError> errors;
  std::string_view until_24;  // behind MSA
  std::string_view from_25;
};

AckError at(const char* path, std::string_view code, Severity severity = Severity::kError,
            std::string_view user_text = {}) {
  const auto parsed = parse_path(path);
  EXPECT_TRUE(parsed) << path;
  return {.location = *parsed, .code = code, .severity = severity, .user_text = user_text};
}

std::vector<Told> told() {
  constexpr Severity kWarning = Severity::kWarning;
  constexpr Severity kInformation = Severity::kInformation;
  return {
      {"one_error",
       kAR,
       {kPatientId},
       "ERR|PID^1^3^101&Required field missing&HL70357\n",
       "ERR||PID^1^3^1^1|101^Required field missing^HL70357|E||||PID-3.1 is required\n"},
      {"several",
       kAE,
       {at("PID-3", "101"), at("OBX(2)-5(3).1.4", "102")},
       "ERR|PID^1^3^101&Required field missing&HL70357~OBX^2^5^102&Data type error&HL70357\n",
       "ERR||PID^1^3|101^Required field missing^HL70357|E\n"
       "ERR||OBX^2^5^3^1^4|102^Data type error^HL70357|E\n"},
      {"segment_alone",
       kAR,
       {at("PV1", "100")},
       "ERR|PV1^1^^100&Segment sequence error&HL70357\n",
       "ERR||PV1^1|100^Segment sequence error^HL70357|E\n"},
      {"all_segments",
       kAR,
       {at("OBX(*)-5", "102")},
       "ERR|OBX^^5^102&Data type error&HL70357\n",
       "ERR||OBX^^5|102^Data type error^HL70357|E\n"},
      {"all_repetitions",
       kAR,
       {at("PID-3(*).1", "101")},
       "ERR|PID^1^3^101&Required field missing&HL70357\n",
       "ERR||PID^1^3^^1|101^Required field missing^HL70357|E\n"},
      {"no_place",
       kAR,
       {{.code = "207"}},
       "ERR|^^^207&Application internal error&HL70357\n",
       "ERR|||207^Application internal error^HL70357|E\n"},
      {"text_of_our_own",
       kAR,
       {{.code = "100", .text = "no MSH | in the frame"}},
       "ERR|^^^100&no MSH \\F\\ in the frame&HL70357\n",
       "ERR|||100^no MSH \\F\\ in the frame^HL70357|E\n"},
      {"code_of_no_table",
       kAR,
       {{.code = "X1", .text = "house rule"}},
       "ERR|^^^X1&house rule&L\n",
       "ERR|||X1^house rule^L|E\n"},
      {"no_reason_given",
       kAE,
       {},
       "ERR|^^^207&Application internal error&HL70357\n",
       "ERR|||207^Application internal error^HL70357|E\n"},

      // Severity can be told from 2.5 on.
      {"warning_with_accept",
       kAA,
       {at("PID-8", "103", kWarning, "sex is odd")},
       "",
       "ERR||PID^1^8|103^Table value not found^HL70357|W||||sex is odd\n"},
      {"information_with_commit_accept",
       kCA,
       {at("PID-8", "0", kInformation)},
       "",
       "ERR||PID^1^8|0^Message accepted^HL70357|I\n"},
      {"no_error_with_accept", kAA, {kPatientId}, "", ""},
      {"error_and_warning",
       kCR,
       {at("PID-8", "103", kWarning), at("PID-3", "101")},
       "ERR|PID^1^3^101&Required field missing&HL70357\n",
       "ERR||PID^1^8|103^Table value not found^HL70357|W\n"
       "ERR||PID^1^3|101^Required field missing^HL70357|E\n"},
      {"refusal_with_warnings_only",
       kAR,
       {at("PID-8", "103", kWarning)},
       "ERR|^^^207&Application internal error&HL70357\n",
       "ERR||PID^1^8|103^Table value not found^HL70357|W\n"},
  };
}

std::string behind_msa(const std::string& text) {
  return text.substr(text.find('\n', text.find("\nMSA") + 1) + 1);
}

TEST(Err, HasTheFormOfTheMessagesVersion) {
  for (const Told& each : told()) {
    for (const std::string_view version : {"2.1", "2.2", "2.3", "2.3.1", "2.4"}) {
      EXPECT_EQ(behind_msa(answer_to(adt(version), {.code = each.code, .errors = each.errors})),
                each.until_24)
          << each.name << " in " << version;
    }
    for (const std::string_view version : {"2.5", "2.5.1", "2.6", "2.7", "2.8.2", ""}) {
      EXPECT_EQ(behind_msa(answer_to(adt(version), {.code = each.code, .errors = each.errors})),
                each.from_25)
          << each.name << " in " << version;
    }
  }
}

TEST(Err, UsesTheDelimitersOfTheMessage) {
  const std::vector<AckError> errors = {kPatientId, {.code = "100", .text = "a#b|c"}};
  const AckRequest request{.code = kAR, .errors = errors};
  EXPECT_EQ(behind_msa(answer_to("MSH#*!/%#S#F#R#G#t##ADT*A01#1#P#2.4", request)),
            "ERR#PID*1*3*101%Required field missing%HL70357!***100%a/F/b|c%HL70357\n");
  EXPECT_EQ(behind_msa(answer_to("MSH#*!/%#S#F#R#G#t##ADT*A01#1#P#2.5", request)),
            "ERR##PID*1*3*1*1#101*Required field missing*HL70357#E####PID-3.1 is required\n"
            "ERR###100*a/F/b|c*HL70357#E\n");
}

// What cannot be separated is left out, and never written in a wrong place.
TEST(Err, WithAShortMsh2TellsWhatItCan) {
  const std::vector<AckError> errors = {kPatientId, {.code = "100", .text = "a|b^c~d"}};
  const AckRequest request{.code = kAR, .errors = errors};
  EXPECT_EQ(behind_msa(answer_to("MSH|^|S|F|R|G|t||ADT^A01|1|P|2.4", request)),
            "ERR|PID^1^3^101\n");
  EXPECT_EQ(behind_msa(answer_to("MSH|^~|S|F|R|G|t||ADT^A01|1|P|2.4", request)),
            "ERR|PID^1^3^101~^^^100\n");
  EXPECT_EQ(behind_msa(answer_to("MSH|^~|S|F|R|G|t||ADT^A01|1|P|2.5", request)),
            "ERR||PID^1^3^1^1|101^Required field missing^HL70357|E||||PID-3.1 is required\n"
            "ERR|||100^a b c d^HL70357|E\n");
}

TEST(Err, CutsAUserTextAt250Characters) {
  const std::string text(300, 'x');
  const std::vector<AckError> errors = {{.code = "100", .user_text = text}};
  const std::string written = behind_msa(answer_to(adt("2.5"), {.code = kAR, .errors = errors}));
  EXPECT_TRUE(written.ends_with("||||" + std::string(250, 'x') + "\n")) << written;
}

TEST(StandardErrorText, IsThatOfTable0357) {
  EXPECT_EQ(standard_error_text("101"), "Required field missing");
  EXPECT_EQ(standard_error_text("207"), "Application internal error");
  EXPECT_EQ(standard_error_text("999"), "");
  EXPECT_EQ(standard_error_text(""), "");
}

// --- texts

std::string message_text(std::string_view version, std::string_view text,
                         std::string_view msh_behind = "",
                         Charset default_charset = Charset::kAscii) {
  const std::string written = answer_to(adt(version, msh_behind),
                                        {.message_text = text, .default_charset = default_charset});
  const std::size_t begin = written.find("MSA|AA|MSG00001|");
  EXPECT_NE(begin, std::string::npos) << written;
  if (begin == std::string::npos) return "";
  return written.substr(begin + 16, written.find('\n', begin) - begin - 16);
}

TEST(MessageText, ItsSetIsNamedWhereTheMessageNamedNone) {
  const auto written = [](std::string_view text, Charset charset, std::string_view version) {
    return answer_to(adt(version), {.message_text = text, .default_charset = charset});
  };
  const auto msh_of = [](const std::string& answer) { return answer.substr(0, answer.find('\n')); };
  const std::string german = written("f\u00fcr", Charset::kIso8859P1, "2.5.1");
  EXPECT_NE(german.find("|f\xFCr"), std::string::npos) << german;
  EXPECT_TRUE(msh_of(german).ends_with("|2.5.1||||||8859/1")) << german;
  const std::string no_version = written("f\u00fcr", Charset::kUtf8, "");
  EXPECT_TRUE(msh_of(no_version).ends_with("|P|||||||UNICODE UTF-8")) << no_version;
  EXPECT_EQ(msh_of(written("fur", Charset::kIso8859P1, "2.5.1")).find("8859"), std::string::npos);
  EXPECT_EQ(msh_of(written("f\u00fcr", Charset::kAscii, "2.5.1")).find("ASCII"), std::string::npos);
}

TEST(MessageText, IsCutAt80CharactersUpTo26) {
  const std::string ninety = "ä" + std::string(89, 'x');
  const std::string eighty = ninety.substr(0, 81);  // octets: "ä" takes two
  for (const std::string_view version : {"2.1", "2.3", "2.5.1", "2.6", ""}) {
    EXPECT_EQ(message_text(version, ninety, "", Charset::kUtf8), eighty) << version;
  }
  for (const std::string_view version : {"2.7", "2.8"}) {
    EXPECT_EQ(message_text(version, ninety, "", Charset::kUtf8), ninety) << version;
  }
  EXPECT_EQ(message_text("2.7", std::string(5000, 'x')).size(), 2048U);
}

TEST(MessageText, IsEscapedWithTheDelimitersOfTheMessage) {
  EXPECT_EQ(message_text("2.3", "rule: a|b^c&d~e\\f\rg"),
            "rule: a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f g");
}

TEST(MessageText, AtTheLimitIsNeverCutInsideAnEscape) {
  const std::string text = std::string(79, 'x') + "|y";
  EXPECT_EQ(message_text("2.3", text), std::string(79, 'x') + "\\F\\");
}

struct Set {
  const char* name;
  std::string_view msh_18;
  std::string_view text;  // as written
  std::string_view echoed;
};

// "Zoë €" in the set that MSH-18 names.
const Set kSets[] = {
    {"utf_8", "UNICODE UTF-8", "Zoë €", "UNICODE UTF-8"},
    {"utf_8_misspelled", "UTF8", "Zoë €", "UTF8"},
    {"latin_1", "8859/1", "Zo\xEB ?", "8859/1"},
    {"latin_9", "8859/15", "Zo\xEB \xA4", "8859/15"},
    {"ascii", "ASCII", "Zo? ?", "ASCII"},
    {"with_repetitions", "8859/1~ISO IR87", "Zo\xEB ?", "8859/1~ISO IR87"},
    {"stateful", "~ISO IR87", "Zo? ?", "~ISO IR87"},
    {"colliding", "GB 18030-2000", "Zo? ?", "GB 18030-2000"},
    {"not_written_natively", "8859/2", "Zo? ?", "8859/2"},
    {"unknown", "wrong", "Zo? ?", ""},
    {"unknown_first", "wrong~8859/1", "Zo? ?", ""},
    {"empty", "", "Zo? ?", ""},
};

TEST(Charset, OfTheAnswerIsThatOfTheMessage) {
  for (const auto& [name, msh_18, text, echoed] : kSets) {
    SCOPED_TRACE(name);
    const std::string behind = "||||||" + std::string(msh_18);
    EXPECT_EQ(message_text("2.5", "Zoë €", behind), text);
    const std::string message = adt("2.5", behind);
    const std::string written = answer_to(message);
    EXPECT_EQ(header(written).charset_field, echoed);
    EXPECT_EQ(written.substr(0, written.find('\n')),
              "MSH|^~\\&|LAB|PATHOLOGY|HIS|CENTRAL|20260403120000+0000||ACK^A01^ACK|7|P|2.5" +
                  (echoed.empty() ? "" : "||||||" + std::string(echoed)));
  }
}

TEST(Charset, WhereMsh18IsEmptyIsTheDefault) {
  EXPECT_EQ(message_text("2.5", "Zoë", "", Charset::kUtf8), "Zoë");
  EXPECT_EQ(message_text("2.5", "Zoë", "", Charset::kIso8859P1), "Zo\xEB");
  EXPECT_EQ(message_text("2.5", "Zoë", "||||||ASCII", Charset::kUtf8), "Zo?");
  EXPECT_EQ(message_text("2.5", "Zoë", "||||||wrong", Charset::kUtf8), "Zo?");
}

// What is copied may hold characters that are only read as such where the answer says how:
// by a set with parts in MSH-18, or by MSH-20.
TEST(Charset, CutsWhatIsCopiedAsTheMessageDoes) {
  for (const char* set : {"^~ISO IR87", "~ISO IR87^x", "8859/1||2.3"}) {
    SCOPED_TRACE(set);
    const std::string id = "1\x1B$B8|\x1B(B";
    const std::string written =
        answer_to("MSH|^~\\&|S||R|||||" + id + "|P|2.5||||||" + set + "\r", {.message_text = "no"});
    Message answer;
    ASSERT_TRUE(answer.parse(base::as_bytes(written)));
    EXPECT_EQ(answer.get(*parse_path("MSA-2")), id);
    EXPECT_EQ(answer.get(*parse_path("MSA-3")), "no");
    EXPECT_NE(written.find(std::string("||||||") + set), std::string::npos) << written;
  }
}

// A set that is not switched back from would reach over the next separator.
TEST(Charset, PutsNothingBehindASwitchThatIsCopied) {
  EXPECT_EQ(answer_to("MSH|^~\\&|S\x1B$B8!| F|R||||ADT^A01|1\x1B$B8!| |2.5||||||~ISO IR87\r",
                      {.message_text = "no"}),
            "MSH|^~\\&|R||| F|20260403120000+0000||ACK^A01^ACK|7| |2.5||||||~ISO IR87\n"
            "MSA|AA|1\x1B$B8!\n");
}

TEST(Charset, DoesNotTouchWhatIsCopied) {
  EXPECT_EQ(answer_to("MSH|^~\\&|Z\xEB\x80||\xE2\x82|||||\xFF|P|2.3||||||wrong"),
            "MSH|^~\\&|\xE2\x82||Z\xEB\x80||20260403120000+0000||ACK|7|P|2.3\nMSA|AA|\xFF\n");
}

}  // namespace
}  // namespace hl7
