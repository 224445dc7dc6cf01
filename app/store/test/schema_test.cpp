#include "store/sqlite/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

#include "store/test_support/temporary_folder.hpp"

namespace store::sqlite {
namespace {

// A schema of three releases, as ours will be one day.
constexpr std::array<const char*, 3> kSteps = {
    "CREATE TABLE thing(id INTEGER PRIMARY KEY)",
    "ALTER TABLE thing ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'",
    "CREATE TABLE other(id INTEGER PRIMARY KEY); INSERT INTO other VALUES(7)",
};

Schema release(std::size_t version) { return {0x1234, std::span(kSteps).first(version)}; }

class SchemaTest : public testing::Test {
 protected:
  Connection open() {
    auto connection = Connection::open(path_, "", OpenMode::kCreate);
    EXPECT_TRUE(connection.has_value());
    return std::move(connection).value();
  }

  test_support::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/x.db";
};

TEST_F(SchemaTest, AnEmptyDatabaseTakesAllSteps) {
  Connection connection = open();
  EXPECT_TRUE(bring_up(connection, release(3), path_).value());
  EXPECT_EQ(connection.number("PRAGMA user_version").value(), 3);
  EXPECT_EQ(connection.number("SELECT id FROM other").value(), 7);
  EXPECT_FALSE(bring_up(connection, release(3), path_).value()) << "nothing is left to do";
}

TEST_F(SchemaTest, AnOlderDatabaseTakesTheStepsItLacksAndKeepsItsRows) {
  {
    Connection connection = open();
    ASSERT_TRUE(bring_up(connection, release(1), path_));
    ASSERT_TRUE(connection.run("INSERT INTO thing VALUES(42)"));
  }
  Connection connection = open();
  EXPECT_TRUE(bring_up(connection, release(3), path_).value());
  EXPECT_EQ(connection.number("SELECT id FROM thing WHERE colour = 'red'").value(), 42);
  EXPECT_EQ(connection.number("SELECT id FROM other").value(), 7);
}

TEST_F(SchemaTest, ANewerDatabaseIsRefusedAndLeftAsItIs) {
  Connection connection = open();
  ASSERT_TRUE(bring_up(connection, release(3), path_));
  const auto refused = bring_up(connection, release(2), path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(to_string(refused.error()),
            path_ +
                ": written by a newer version of this program: its schema is 3, this binary "
                "knows up to 2");
  EXPECT_EQ(connection.number("PRAGMA user_version").value(), 3);
}

TEST_F(SchemaTest, ADatabaseOfAnotherProgramIsRefused) {
  Connection connection = open();
  ASSERT_TRUE(connection.run("CREATE TABLE thing(x)"));
  const auto refused = bring_up(connection, release(3), path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, OpenFault::kForeign);
}

// Readers of a segment bring it up, each with a connection of its own.
TEST_F(SchemaTest, SeveralMayBringItUpAtOnce) {
  constexpr int kThreads = 4;
  for (int round = 0; round < 20; ++round) {
    path_ = folder_.path() + "/" + std::to_string(round) + ".db";
    ASSERT_TRUE(open().run("PRAGMA journal_mode=WAL"));
    std::barrier together(kThreads);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&] {
        Connection connection = open();
        connection.wait_for_locks();
        together.arrive_and_wait();
        const auto done = bring_up(connection, release(3), path_);
        EXPECT_TRUE(done) << to_string(done.error());
      });
    }
  }
}

TEST_F(SchemaTest, AStepThatFailsTakesAllBack) {
  constexpr std::array<const char*, 2> kBad = {"CREATE TABLE thing(x)", "CREATE TABLE thing(x)"};
  Connection connection = open();
  EXPECT_FALSE(bring_up(connection, {0x1234, kBad}, path_));
  EXPECT_EQ(connection.number("PRAGMA user_version").value(), 0);
  EXPECT_EQ(connection.number("SELECT count(*) FROM sqlite_schema").value(), 0);
}

}  // namespace
}  // namespace store::sqlite
