// Every message of the shared corpus, against what its index says of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "hl7/ack.hpp"
#include "hl7/decoder.hpp"
#include "hl7/editor.hpp"
#include "hl7/frame.hpp"
#include "hl7/header.hpp"
#include "hl7/json.hpp"
#include "hl7/message.hpp"

namespace hl7 {
namespace {

namespace fs = std::filesystem;

// One row of index.tsv.
struct Entry {
  std::string path;
  std::string type;
  std::string version;
  std::string line_ending;
  std::size_t segment_count = 0;
  std::size_t message_count = 0;
  std::string charset;
  std::string conditions;  // MSH-15/MSH-16
  std::string flags;

  [[nodiscard]] bool is(std::string_view flag) const {
    return ("," + flags + ",").find("," + std::string(flag) + ",") != std::string::npos;
  }
};

fs::path corpus_folder() {
  const char* shared = std::getenv("MLLP_SHARED");
  return (shared != nullptr ? fs::path(shared) : fs::path(HL7_SOURCE_DIR "/../shared")) /
         "data/hl7";
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Entry> read_index() {
  std::istringstream lines(read_file(corpus_folder() / "index.tsv"));
  std::vector<Entry> entries;
  std::string line;
  std::getline(lines, line);  // names of the columns
  while (std::getline(lines, line)) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '\t');) cells.push_back(cell);
    entries.push_back({.path = cells[0],
                       .type = cells[3],
                       .version = cells[4],
                       .line_ending = cells[5],
                       .segment_count = std::stoul(cells[7]),
                       .message_count = std::stoul(cells[8]),
                       .charset = cells[9],
                       .conditions = cells[10],
                       .flags = cells[11]});
  }
  return entries;
}

// As a tester sends it: every line end as CR, and without the frame that four
// files are stored in.
std::string as_payload(const std::string& text) {
  std::string payload;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const bool in_pair = text[index] == '\r' && index + 1 < text.size() && text[index + 1] == '\n';
    if (!in_pair) payload += text[index] == '\n' ? '\r' : text[index];
  }
  if (!payload.empty() && payload.front() == '\v') {
    payload = payload.substr(1, payload.find('\x1c') - 1);
  }
  return payload;
}

FrameKind kind_by_flags(const Entry& entry) {
  if (entry.is("batch")) return FrameKind::kBatch;
  if (entry.is("multi-msh")) return FrameKind::kSeveral;
  if (entry.is("no-msh")) return FrameKind::kUnreadable;
  return FrameKind::kSingle;
}

constexpr const char* kTwice = "a character stands twice in MSH-2";
constexpr const char* kNone = "MSH-2 is empty";
constexpr const char* kTooMany = "MSH-2 has more than five characters";
constexpr const char* kControl = "MSH-2 holds a blank or a control character";
constexpr const char* kUtf16 = "UTF-16 cannot be carried by MLLP";
constexpr const char* kTrailer = "FTS or BTS without header: an envelope all the same";

// Where we see another kind of frame than the flags of the index tell, and why.
const std::map<std::string, const char*> kOtherKind = {
    {"cdcgov__prime-reportstream/odd/UniversalPipelineTestUtils-ORU_R01-106.hl7", kTooMany},
    {"cosyte__hl7/odd/unicode-names.utf-16-le.hl7", kUtf16},
    {"cosyte__hl7/odd/utf8-name.utf-16-be.hl7", kUtf16},
    {"cosyte__hl7/parser-batch.test-ADT_A01-354.hl7", kTrailer},
    {"cosyte__mllp/odd/ack-mode-read.test-ACK-268.hl7", kNone},
    {"johnpaulett__python-hl7/samples-ADT_A04-89.hl7", kTrailer},
    {"linuxforhealth__hl7v2-fhir-converter/odd/"
     "Hl7MedicationRequestFHIRConversionTest-OMP_O09-1037.hl7",
     kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/"
     "Hl7MedicationRequestFHIRConversionTest-OMP_O09-1106.hl7",
     kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/"
     "Hl7MedicationRequestFHIRConversionTest-OMP_O09-1176.hl7",
     kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/"
     "Hl7MedicationRequestFHIRConversionTest-OMP_O09-621.hl7",
     kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/"
     "Hl7MedicationRequestFHIRConversionTest-OMP_O09-700.hl7",
     kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/"
     "Hl7MedicationRequestFHIRConversionTest-OMP_O09-776.hl7",
     kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/"
     "Hl7MedicationRequestFHIRConversionTest-OMP_O09-835.hl7",
     kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/"
     "Hl7MedicationRequestFHIRConversionTest-OMP_O09-893.hl7",
     kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/"
     "Hl7MedicationRequestFHIRConversionTest-OMP_O09-958.hl7",
     kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/Hl7ORUMessageTest-ORU_R01-124.hl7", kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/Hl7ORUMessageTest-ORU_R01-305.hl7", kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/Hl7ORUMessageTest-ORU_R01-431.hl7", kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/Hl7ORUMessageTest-ORU_R01-60.hl7", kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/SegmentUtilTest-ORU_R01-321.hl7", kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/sample_unix.hl7", kTwice},
    {"linuxforhealth__hl7v2-fhir-converter/odd/sample_win.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000001-sig_02-src_000000-op_havoc-rep_16.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000042-sig_02-src_000334-000148-op_splice-rep_4.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000055-sig_02-src_000959-000226-op_splice-rep_16.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000064-sig_02-src_000051-000380-op_splice-rep_16.hl7", kNone},
    {"nhapinet__nhapi/odd/id_000087-sig_02-src_000967-001832-op_splice-rep_2.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000099-sig_02-src_004226-004602-op_splice-rep_4.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000123-sig_02-src_000372-002313-op_splice-rep_8.hl7", kControl},
    {"nhapinet__nhapi/odd/id_000125-sig_02-src_004230-004691-op_splice-rep_16.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000149-sig_02-src_004338-004594-op_splice-rep_4.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000160-sig_02-src_004804-004815-op_splice-rep_8.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000172-sig_02-src_001146-002011-op_splice-rep_16.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000176-sig_02-src_002656-002699-op_splice-rep_32.hl7", kTwice},
    {"nhapinet__nhapi/odd/id_000205-sig_02-src_001449-op_havoc-rep_2.hl7", kTwice},
    {"nhapinet__nhapi/odd/regex1.hl7", kControl},
    {"nhapinet__nhapi/odd/so.hl7", kTwice},
    {"nhapinet__nhapi/odd/so2.hl7", kTwice},
    {"nhapinet__nhapi/odd/so3.hl7", kTwice},
    {"nhapinet__nhapi/odd/so4.hl7", kTwice},
    {"nhapinet__nhapi/odd/so5.hl7", kTwice},
};

// Its MSH-16 holds the octet FA, which the index shows in UTF-8.
constexpr std::string_view kOtherConditions =
    "nhapinet__nhapi/odd/id_000118-sig_02-src_001039-002153-op_splice-rep_16.hl7";

// Their MSH-2 holds octets over 7F, and MSH-18 names no set. JSON is text: what comes back
// is UTF-8, where no octet over 7F is a character. So the way back is refused, with a code
// of its own, and nothing is lost in silence.
const std::set<std::string> kEightBitDelimiters = {
    "nhapinet__nhapi/odd/id_000118-sig_02-src_001039-002153-op_splice-rep_16.hl7",
    "nhapinet__nhapi/odd/id_000151-sig_02-src_001351-op_havoc-rep_2.hl7",
};

class CorpusTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(corpus_folder() / "index.tsv")) {
      GTEST_SKIP() << "no corpus at " << corpus_folder() << "; set MLLP_SHARED";
    }
    entries_ = read_index();
    ASSERT_EQ(entries_.size(), 1618U);
  }

  std::vector<Entry> entries_;
};

TEST_F(CorpusTest, IsCutAsTheIndexSays) {
  std::map<FrameKind, std::size_t> counts;
  for (const Entry& entry : entries_) {
    const std::string payload = as_payload(read_file(corpus_folder() / entry.path));
    const FrameContents contents = split_frame(base::as_bytes(payload));
    ++counts[contents.kind];
    const bool agrees = contents.kind == kind_by_flags(entry);
    EXPECT_EQ(agrees, kOtherKind.count(entry.path) == 0)
        << entry.path << ": flags " << entry.flags << ", read as " << to_string(contents.kind);
    if (contents.kind != FrameKind::kUnreadable) {
      EXPECT_EQ(contents.messages.size(), entry.message_count) << entry.path;
    }
  }
  EXPECT_EQ(counts[FrameKind::kSingle], 1491U);
  EXPECT_EQ(counts[FrameKind::kSeveral], 33U);
  EXPECT_EQ(counts[FrameKind::kBatch], 51U);
  EXPECT_EQ(counts[FrameKind::kUnreadable], 43U);
}

TEST_F(CorpusTest, IsReadAsTheIndexSays) {
  Message message;
  std::size_t read_count = 0;
  for (const Entry& entry : entries_) {
    SCOPED_TRACE(entry.path);
    const std::string payload = as_payload(read_file(corpus_folder() / entry.path));
    const FrameContents contents = split_frame(base::as_bytes(payload));
    if (contents.messages.empty()) continue;
    ++read_count;

    std::size_t segment_count = 0;
    for (auto each = contents.messages.rbegin(); each != contents.messages.rend(); ++each) {
      ASSERT_TRUE(message.parse(*each));
      segment_count += message.segments().size();
    }
    if (contents.kind != FrameKind::kBatch) {
      EXPECT_EQ(segment_count, entry.segment_count);
    }
    // The index tells of the first message, which was parsed last.
    const Segment& msh = message.segments().front();
    const auto header = parse_header(contents.messages.front());
    ASSERT_TRUE(header);
    EXPECT_EQ(message.field(msh, {9}), entry.type);
    EXPECT_EQ(header->version, entry.version);
    EXPECT_EQ(header->charset_field, entry.charset);
    const std::string conditions =
        std::string(header->accept_ack) + "/" + std::string(header->application_ack);
    EXPECT_EQ((conditions == "/" ? "" : conditions) == entry.conditions,
              entry.path != kOtherConditions)
        << conditions;
  }
  EXPECT_EQ(read_count, 1571U);  // all but 43 unreadable ones and 4 empty batches
}

// The file without the frame that four of them are stored in.
std::string_view without_frame(std::string_view text) {
  if (!text.starts_with('\v')) return text;
  return text.substr(1, text.find('\x1c') - 1);
}

// Whatever the line ends and odd octets, also after an edit that changes nothing.
TEST_F(CorpusTest, ComesOutAsItWentIn) {
  const Path control_id{.segment = {'M', 'S', 'H'}, .field = Ordinal{10}};
  std::size_t message_count = 0;
  std::string out;
  for (const Entry& entry : entries_) {
    SCOPED_TRACE(entry.path);
    const std::string octets = read_file(corpus_folder() / entry.path);
    const FrameContents contents = split_frame(base::as_bytes(without_frame(octets)));
    for (const base::ByteView each : contents.messages) {
      auto editor = Editor::open(each);
      ASSERT_TRUE(editor);
      out.clear();
      editor->append_to(out);
      EXPECT_EQ(out, base::as_text(each));
      const std::string value(editor->message().get(control_id));
      EXPECT_TRUE(editor->set_octets(control_id, value));
      out.clear();
      editor->append_to(out);
      EXPECT_TRUE(value.empty() || out == base::as_text(each));
      ++message_count;
    }
  }
  EXPECT_EQ(message_count, 1711U);
}

// JSON to message to JSON.
TEST_F(CorpusTest, IsTheSameAsJsonAgain) {
  std::size_t message_count = 0;
  std::size_t replaced_count = 0;
  Decoder decoder;
  JsonReader reader;
  Message message;
  for (const Entry& entry : entries_) {
    SCOPED_TRACE(entry.path);
    const std::string octets = read_file(corpus_folder() / entry.path);
    const FrameContents contents = split_frame(base::as_bytes(without_frame(octets)));
    for (const base::ByteView each : contents.messages) {
      ASSERT_TRUE(message.parse(each));
      decoder.open(message);
      std::string first;
      append_json(first, message, decoder);
      replaced_count += decoder.replaced_count();

      std::string er7;
      const auto lost_count = reader.append_message(er7, first);
      if (kEightBitDelimiters.count(entry.path) > 0) {
        ASSERT_FALSE(lost_count);
        EXPECT_EQ(lost_count.error().fault, JsonFault::kBadDelimiters);
        continue;
      }
      ASSERT_TRUE(lost_count) << to_string(lost_count.error().fault);
      EXPECT_EQ(*lost_count, 0U);
      ASSERT_TRUE(message.parse(base::as_bytes(er7)));
      decoder.open(message);
      std::string second;
      append_json(second, message, decoder);
      EXPECT_EQ(first, second);
      ++message_count;
    }
  }
  EXPECT_EQ(message_count, 1709U);
  EXPECT_EQ(replaced_count, 0U);
}

// The two ways to a field of MSH agree, on every message.
TEST_F(CorpusTest, HasTheSameHeaderByParseAndByHeaderAlone) {
  Message message;
  for (const Entry& entry : entries_) {
    SCOPED_TRACE(entry.path);
    const std::string octets = read_file(corpus_folder() / entry.path);
    const auto header = parse_header(base::as_bytes(octets));
    const auto parsed = message.parse(base::as_bytes(octets));
    ASSERT_EQ(header.has_value(), parsed.has_value());
    if (!header) continue;
    const Segment& msh = message.segments().front();
    EXPECT_EQ(header->encoding_characters, message.field(msh, {2}));
    EXPECT_EQ(header->sending_application, message.field(msh, {3}));
    EXPECT_EQ(header->receiving_facility, message.field(msh, {6}));
    EXPECT_EQ(header->control_id, message.field(msh, {10}));
    EXPECT_EQ(header->version_field, message.field(msh, {12}));
    EXPECT_EQ(header->application_ack, message.field(msh, {16}));
    EXPECT_EQ(header->charset_field, message.field(msh, {18}));
  }
}

// Whatever the message, its answer can be read and belongs to it.
TEST_F(CorpusTest, IsAnsweredReadably) {
  const AckError error{.location = Path{.segment = {'P', 'I', 'D'}, .field = Ordinal{3}},
                       .code = "101",
                       .user_text = "a | and a ^, an é"};
  Message answer;
  std::string out;
  for (const Entry& entry : entries_) {
    const std::string payload = as_payload(read_file(corpus_folder() / entry.path));
    const auto header = parse_header(base::as_bytes(payload));
    for (const AckCode code : {AckCode::kAA, AckCode::kAR}) {
      SCOPED_TRACE(entry.path);
      out.clear();
      append_ack(out, {.header = header ? &*header : nullptr,
                       .code = code,
                       .message_text = "rule: a | and a ^, an é",
                       .errors = std::span(&error, 1),
                       .control_id = "7"});
      ASSERT_TRUE(answer.parse(base::as_bytes(out)));
      ASSERT_EQ(answer.segments().size(), code == AckCode::kAA ? 2U : 3U);
      EXPECT_EQ(answer.delimiters(), header ? header->delimiters : Delimiters{});
      EXPECT_EQ(answer.field(answer.segments()[1], {1}), to_string(code));
      EXPECT_EQ(answer.field(answer.segments()[1], {2}), header ? header->control_id : "");
      EXPECT_EQ(out.find("\x1c\r"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace hl7
