// A trail whose records are sealed: what stands in its files, who can read it, and other keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "app/audit/test/trail_scratch.hpp"
#include "audit/sealed_line.hpp"
#include "store/test_support/keys.hpp"
#include "store/test_support/simulated_disk.hpp"

namespace audit {
namespace {

using store::test_support::cipher_of;
using store::test_support::keys_of;
using store::test_support::kKeyOne;
using store::test_support::kKeyTwo;
using store::test_support::SimulatedDisk;
using test::findings;
using test::keys;
using test::verified;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kFolder = "/audit";

class SealedTrail : public testing::Test {
 protected:
  using Cipher = std::shared_ptr<store::PayloadCipher>;

  TrailWriter open(const Cipher& cipher) {
    return TrailWriter::open({kFolder, &disk_, 3000, cipher}, keys(), test::at(0)).value();
  }

  static void write(TrailWriter& writer, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) {
      const std::array<std::string, 2> records = {test::message(number), test::look(number)};
      ASSERT_TRUE(writer.append(records, {number}, test::at(static_cast<int>(number))));
    }
  }

  // As a rekey does it.
  void seal_anew(TrailWriter& writer, const Cipher& cipher) {
    const auto names = writer.begin_anew(test::at(1000)).value();
    for (const std::string& name : names) {
      ASSERT_TRUE(seal_file({kFolder, &disk_, 3000, cipher}, name));
    }
  }

  Verdict verdict(const Cipher& cipher, std::optional<Head> head = std::nullopt) {
    return verified(kFolder, keys(), head, disk_, cipher.get());
  }

  SimulatedDisk disk_;
};

TEST_F(SealedTrail, HidesAllButNumberTimeKindAndEntry) {
  const Cipher cipher = cipher_of({kKeyOne});
  TrailWriter writer = open(cipher);
  write(writer, 1, 20);
  const auto messages = test::lines_of(disk_, kFolder, kMessage);
  EXPECT_EQ(messages.size(), 20u);
  EXPECT_THAT(messages, Each(Not(HasSubstr("control_id"))));
  EXPECT_THAT(messages.front(), HasSubstr(R"("kind":"message","entry":1,"sealed":")"));
  EXPECT_THAT(test::lines_of(disk_, kFolder, kCheckpoint), Each(Not(HasSubstr("sealed"))));
  std::string clear;
  ASSERT_EQ(open_line(cipher.get(), messages.front(), clear), LineState::kOpened);
  EXPECT_THAT(clear, HasSubstr(R"("entry":1,"control_id":"C1","answer":"AA","mac":")"));
  EXPECT_EQ(open_line(cipher_of({kKeyTwo}).get(), messages.front(), clear), LineState::kNoKey);
  EXPECT_EQ(open_line(nullptr, messages.front(), clear), LineState::kNoKey);
}

TEST_F(SealedTrail, TheChainIsThatOfTheRecordsInClear) {
  TrailWriter sealed = open(cipher_of({kKeyOne}));
  write(sealed, 1, 5);
  SimulatedDisk other;
  TrailWriter clear =
      TrailWriter::open({kFolder, &other, 3000, nullptr}, keys(), test::at(0)).value();
  write(clear, 1, 5);
  EXPECT_EQ(sealed.head(), clear.head());
}

TEST_F(SealedTrail, GoesOnBehindARestart) {
  const Cipher cipher = cipher_of({kKeyOne});
  {
    TrailWriter writer = open(cipher);
    write(writer, 1, 20);
  }
  TrailWriter again = open(cipher);
  EXPECT_FALSE(again.recovery().is_needed());
  EXPECT_EQ(again.recorded_to().value, 20u);
  write(again, 21, 25);
  EXPECT_THAT(findings(verdict(cipher, again.head())), IsEmpty());
}

TEST_F(SealedTrail, WithoutItsKeyNothingCanBeSaidAndThatIsTold) {
  TrailWriter writer = open(cipher_of({kKeyOne}));
  write(writer, 1, 3);
  EXPECT_THAT(findings(verdict(nullptr)), ElementsAre(Finding::kSealed)) << "once for each file";
  EXPECT_THAT(findings(verdict(cipher_of({kKeyTwo}))), ElementsAre(Finding::kSealed));
}

TEST_F(SealedTrail, AnotherKeyTakesOverAndTheHeadsStayGood) {
  const Cipher cipher = cipher_of({kKeyOne});
  TrailWriter writer = open(cipher);
  write(writer, 1, 20);
  const Head head = writer.head();
  cipher->replace(keys_of({kKeyTwo, kKeyOne}));
  seal_anew(writer, cipher);
  write(writer, 21, 22);
  EXPECT_THAT(findings(verdict(cipher_of({kKeyTwo}), head)), IsEmpty());
  EXPECT_THAT(findings(verdict(cipher_of({kKeyTwo}), writer.head())), IsEmpty());
  EXPECT_EQ(verdict(cipher_of({kKeyTwo})).messages_recorded_to, 22u);
}

TEST_F(SealedTrail, WhatWasWrittenInClearIsSealedLater) {
  {
    TrailWriter writer = open(nullptr);
    write(writer, 1, 20);
  }
  const Cipher cipher = cipher_of({kKeyOne});
  TrailWriter writer = open(cipher);
  write(writer, 21, 22);
  EXPECT_THAT(findings(verdict(cipher)), IsEmpty()) << "both in one file";
  seal_anew(writer, cipher);
  EXPECT_THAT(findings(verdict(cipher, writer.head())), IsEmpty());
  EXPECT_THAT(test::lines_of(disk_, kFolder, kMessage), Each(HasSubstr("sealed")));
}

TEST_F(SealedTrail, ASealedRecordFitsOnlyItsNumber) {
  const Cipher cipher = cipher_of({kKeyOne});
  TrailWriter writer = open(cipher);
  write(writer, 1, 2);
  const auto lines = test::lines_of(disk_, kFolder, kMessage);
  const std::size_t begin = lines[0].find("sealed");
  const std::size_t end = lines[0].find("\",\"mac");
  const std::size_t other = lines[1].find("sealed");
  const std::string moved = lines[1].substr(0, other) + lines[0].substr(begin, end - begin) +
                            lines[1].substr(lines[1].find("\",\"mac"));
  std::string clear;
  EXPECT_EQ(open_line(cipher.get(), lines[0], clear), LineState::kOpened);
  EXPECT_EQ(open_line(cipher.get(), moved, clear), LineState::kBroken);
}

}  // namespace
}  // namespace audit
