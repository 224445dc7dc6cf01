// Any single change of a trail is found, and an untouched one is left in peace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "app/audit/test/trail_scratch.hpp"
#include "store/test_support/keys.hpp"
#include "store/test_support/simulated_disk.hpp"

namespace audit {
namespace {

using store::test_support::cipher_of;
using store::test_support::kKeyOne;
using store::test_support::SimulatedDisk;
using test::findings;
using test::keys;
using test::verified;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kFolder = "/audit";
constexpr std::uint64_t kFileBytes = 6000;  // about twenty records

std::string path(std::uint32_t number) { return std::string(kFolder) + "/" + file_name({number}); }

class Tampering : public testing::Test {
 protected:
  Tampering() { write(keys()); }

  void write(const AuditKeys& with) {
    keys_ = with;
    for (const std::string& each : disk_.files()) static_cast<void>(disk_.remove(each));
    TrailWriter writer =
        TrailWriter::open({kFolder, &disk_, kFileBytes, cipher_}, with, test::at(0)).value();
    for (std::uint64_t number = 1; number <= 120; ++number) {
      const std::array<std::string, 2> records = {test::message(number), test::look(number)};
      ASSERT_TRUE(writer.append(records, {number}, test::at(static_cast<int>(number))));
    }
    head_ = writer.head();
    last_file_ = writer.file_number().value;
    for (std::uint32_t number = 1; number <= last_file_; ++number) {
      originals_.push_back(text_of(number));
    }
  }

  std::string text_of(std::uint32_t number) {
    return std::string(base::as_text(disk_.read(path(number)).value()));
  }

  void put(std::uint32_t number, const std::string& text) {
    ASSERT_TRUE(disk_.write_synced(path(number), base::as_bytes(text)));
  }

  void restore(std::uint32_t number) { put(number, originals_[number - 1]); }

  Verdict verdict() { return verified(kFolder, keys_, head_, disk_, cipher_.get()); }

  // Where each line begins, and behind the last one the end.
  static std::vector<std::size_t> begins(const std::string& text) {
    std::vector<std::size_t> all = {0};
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\n') all.push_back(at + 1);
    }
    return all;
  }

  std::size_t draw(std::size_t below) { return random_() % below; }

  std::string change(std::string text, bool is_last_file);

  SimulatedDisk disk_;
  AuditKeys keys_;
  std::shared_ptr<const store::PayloadCipher> cipher_;
  Head head_;
  std::uint32_t last_file_ = 0;
  std::vector<std::string> originals_;
  std::mt19937 random_{20260403};
};

// One of the six changes, at random.
std::string Tampering::change(std::string text, bool is_last_file) {
  const auto lines = begins(text);
  const std::size_t line = draw(lines.size() - 1);
  const std::string record = text.substr(lines[line], lines[line + 1] - lines[line]);
  switch (draw(is_last_file ? 6 : 5)) {
    case 0: text[draw(text.size())] ^= static_cast<char>(1U << draw(8)); return text;
    case 1: return text.erase(lines[line], record.size());
    case 2: {
      const std::size_t other = (line + 1 + draw(lines.size() - 2)) % (lines.size() - 1);
      const std::size_t first = std::min(line, other);
      const std::size_t second = std::max(line, other);
      return text.substr(0, lines[first]) +
             text.substr(lines[second], lines[second + 1] - lines[second]) +
             text.substr(lines[first + 1], lines[second] - lines[first + 1]) +
             text.substr(lines[first], lines[first + 1] - lines[first]) +
             text.substr(lines[second + 1]);
    }
    case 3: return text.insert(lines[draw(lines.size())], record);
    case 4: return text.erase(draw(text.size()), 1);
    default: return text.substr(0, draw(text.size()));  // the tail
  }
}

TEST_F(Tampering, NothingIsFoundInAnUntouchedTrail) {
  const Verdict verdict = this->verdict();
  EXPECT_THAT(findings(verdict), IsEmpty());
  EXPECT_EQ(verdict.head, head_);
  EXPECT_EQ(verdict.messages_recorded_to, 120U);
  EXPECT_EQ(verdict.first_record, 1U);
  EXPECT_EQ(verdict.record_count, head_.sequence);
  EXPECT_GT(last_file_, 5U);
}

TEST_F(Tampering, AThousandSingleChangesAreEachFound) {
  for (int round = 0; round < 1000; ++round) {
    const auto number = static_cast<std::uint32_t>(draw(last_file_) + 1);
    const std::string& before = originals_[number - 1];
    const std::string after = change(before, number == last_file_);
    if (after == before) continue;  // no bit of an octet is not one
    put(number, after);
    EXPECT_GT(verdict().flaw_count, 0U) << "round " << round << ", file " << number;
    restore(number);
    ASSERT_EQ(verdict().flaw_count, 0U) << "round " << round;
  }
}

// A plain chain finds the same, as long as nobody makes it anew.
TEST_F(Tampering, AreFoundWithoutAKeyToo) {
  originals_.clear();
  write(keys(""));
  ASSERT_TRUE(verdict().is_whole());
  for (int round = 0; round < 200; ++round) {
    const auto number = static_cast<std::uint32_t>(draw(last_file_) + 1);
    const std::string after = change(originals_[number - 1], number == last_file_);
    if (after == originals_[number - 1]) continue;
    put(number, after);
    EXPECT_GT(verdict().flaw_count, 0U) << "round " << round;
    restore(number);
  }
}

TEST_F(Tampering, AreFoundWhereRecordsAreSealed) {
  originals_.clear();
  cipher_ = cipher_of({kKeyOne});
  write(keys());
  ASSERT_TRUE(verdict().is_whole());
  ASSERT_EQ(verdict().messages_recorded_to, 120U);
  for (int round = 0; round < 400; ++round) {
    const auto number = static_cast<std::uint32_t>(draw(last_file_) + 1);
    const std::string after = change(originals_[number - 1], number == last_file_);
    if (after == originals_[number - 1]) continue;
    put(number, after);
    EXPECT_GT(verdict().flaw_count, 0U) << "round " << round;
    restore(number);
  }
}

// Each octet of a file has its place, also its last one.
TEST_F(Tampering, EachOctetOfAFileCounts) {
  const std::string text = originals_[1];
  for (std::size_t at = 0; at < text.size(); at += at % 97 == 0 ? 1U : 7U) {
    std::string other = text;
    other[at] ^= 0x20;
    put(2, other);
    EXPECT_GT(verdict().flaw_count, 0U) << at;
  }
}

TEST_F(Tampering, IsToldWithRecordFileAndOffset) {
  std::string text = originals_[2];
  const std::size_t place = text.find("\"C", text.size() / 2) + 1;
  const std::size_t line = text.rfind('\n', place) + 1;
  const std::uint64_t record =
      parse_line(text.substr(line, text.find('\n', line) - line))->sequence;
  text[place] = 'X';
  put(3, text);
  const Verdict verdict = this->verdict();
  ASSERT_EQ(findings(verdict), std::vector{Finding::kChanged});
  EXPECT_EQ(verdict.flaws[0].record, record);
  EXPECT_EQ(verdict.flaws[0].file, file_name({3}));
  EXPECT_EQ(verdict.flaws[0].offset, line);
}

TEST_F(Tampering, AWholeFileThatIsGoneIsFound) {
  ASSERT_TRUE(disk_.remove(path(3)));
  EXPECT_THAT(findings(verdict()), Contains(Finding::kFileMissing));
}

TEST_F(Tampering, TheBeginningThatIsGoneIsFound) {
  ASSERT_TRUE(disk_.remove(path(1)));
  EXPECT_THAT(findings(verdict()), ElementsAre(Finding::kBeginMissing));
}

TEST_F(Tampering, TheTailThatIsGoneIsFoundWithAHead) {
  ASSERT_TRUE(disk_.remove(path(last_file_)));
  EXPECT_THAT(findings(verdict()), ElementsAre(Finding::kHeadMissing));
  EXPECT_TRUE(verified(kFolder, keys_, std::nullopt, disk_).is_whole()) << "what no chain can show";
}

// Who has no key makes all of it anew, with the right numbers.
TEST_F(Tampering, ATrailMadeAnewWithoutTheKeyIsFound) {
  originals_.clear();
  write(keys(""));
  EXPECT_THAT(findings(verified(kFolder, keys(), std::nullopt, disk_)),
              ElementsAre(Finding::kUnkeyed));
}

TEST_F(Tampering, ATrailMadeAnewWithTheKeyIsFoundByItsHead) {
  const Head published = head_;
  originals_.clear();
  for (const std::string& each : disk_.files()) ASSERT_TRUE(disk_.remove(each));
  TrailWriter writer =
      TrailWriter::open({kFolder, &disk_, kFileBytes}, keys(), test::at(9)).value();
  std::vector<std::string> records;
  for (std::uint64_t number = 1; number < 400; ++number) records.push_back(test::message(number));
  ASSERT_TRUE(writer.append(records, {399}, test::at(9)));
  EXPECT_TRUE(verified(kFolder, keys(), std::nullopt, disk_).is_whole());
  EXPECT_THAT(findings(verified(kFolder, keys(), published, disk_)),
              ElementsAre(Finding::kHeadDiffers));
}

TEST_F(Tampering, WithTheWrongKeyNothingIsProven) {
  EXPECT_THAT(findings(verified(kFolder, keys(test::kOtherKeyText), head_, disk_)),
              Contains(Finding::kUnknownKey));
  EXPECT_THAT(findings(verified(kFolder, keys(""), head_, disk_)), Contains(Finding::kUnknownKey));
}

}  // namespace
}  // namespace audit
