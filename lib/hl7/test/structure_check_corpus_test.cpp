// The check over every message of the shared corpus: most of them are made for tests of other
// projects and leave out what the standard requires, so there is much to find.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "hl7/frame.hpp"
#include "hl7/structure_check.hpp"

namespace hl7 {
namespace {

namespace fs = std::filesystem;

fs::path corpus_folder() {
  const char* shared = std::getenv("MLLP_SHARED");
  const fs::path root = fs::path(__FILE__).parent_path().parent_path().parent_path().parent_path();
  return (shared != nullptr ? fs::path(shared) : root / "../shared") / "data/hl7";
}

struct Tally {
  std::size_t message_count = 0;
  std::size_t without_errors = 0;
  std::size_t without_structure = 0;
  std::map<std::string, std::size_t> findings;

  friend bool operator==(const Tally&, const Tally&) = default;
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Each message of each file that the index names.
template <class Visit>
void visit_corpus(Visit visit) {
  std::istringstream index(read_file(corpus_folder() / "index.tsv"));
  std::string line;
  std::getline(index, line);  // names of the columns
  while (std::getline(index, line)) {
    const std::string name = line.substr(0, line.find('\t'));
    const std::string text = read_file(corpus_folder() / name);
    for (const base::ByteView each : split_frame(base::as_bytes(text)).messages) visit(name, each);
  }
}

void add(Tally& tally, const Message& message, const CheckReport& report) {
  ++tally.message_count;
  tally.without_errors += report.has_errors() ? 0U : 1U;
  tally.without_structure += report.structure.empty() ? 1U : 0U;
  EXPECT_FALSE(report.is_cut);
  for (const Finding& each : report.findings) {
    ++tally.findings[std::string(to_string(each.kind))];
    EXPECT_NE(to_string(each), "");
    // What is found can be looked at: its path is one, and names what is there.
    const auto path = parse_path(to_string(each.path));
    ASSERT_TRUE(path);
    EXPECT_EQ(*path, each.path);
    if (each.kind == FindingKind::kSegmentMissing) continue;
    EXPECT_NE(message.find(each.path.segment_name(), each.path.segment_repeat.first()), nullptr);
  }
}

class StructureCheckCorpusTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(corpus_folder() / "index.tsv")) {
      GTEST_SKIP() << "no corpus at " << corpus_folder() << "; set MLLP_SHARED";
    }
  }
};

void PrintTo(const Tally& tally, std::ostream* out) {
  *out << tally.message_count << " messages, " << tally.without_errors << " without errors, "
       << tally.without_structure << " without structure";
  for (const auto& [kind, count] : tally.findings) *out << ", " << kind << ' ' << count;
}

// A change of these numbers is a change of what operators are told: look at it before you
// write it down here.
TEST_F(StructureCheckCorpusTest, FindsAsMuchAsItDid) {
  Tally found;
  Tally found_strictly;
  Message message;
  CheckReport report;
  visit_corpus([&](const std::string& name, base::ByteView octets) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(message.parse(octets));
    check_structure(message, {}, report);
    add(found, message, report);
    check_structure(message, {.strictness = Strictness::kStrict}, report);
    add(found_strictly, message, report);
  });
  const Tally want{.message_count = 1707,
                   .without_errors = 541,
                   .without_structure = 148,
                   .findings = {{"bad_form", 374},
                                {"field_missing", 2159},
                                {"other_structure", 51},
                                {"segment_missing", 938},
                                {"segment_order", 39},
                                {"too_long", 1762},
                                {"unknown_code", 391}}};
  EXPECT_EQ(found, want);

  const Tally want_strictly{.message_count = 1707,
                            .without_errors = 541,
                            .without_structure = 148,
                            .findings = {{"bad_form", 374},
                                         {"component_missing", 295},
                                         {"field_missing", 2159},
                                         {"other_structure", 51},
                                         {"segment_missing", 938},
                                         {"segment_order", 39},
                                         {"too_long", 1762},
                                         {"too_many", 82},
                                         {"unexpected_part", 3617},
                                         {"unexpected_segment", 95},
                                         {"unknown_code", 1036}}};
  EXPECT_EQ(found_strictly, want_strictly);
}

}  // namespace
}  // namespace hl7
