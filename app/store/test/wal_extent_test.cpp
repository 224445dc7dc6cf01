#include "store/sqlite/wal_extent.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "store/sqlite/segment.hpp"
#include "store/test_support/temporary_folder.hpp"

namespace store::sqlite {
namespace {

class WalExtentTest : public testing::Test {
 protected:
  WalExtentTest() {
    EXPECT_TRUE(connection_.run("CREATE TABLE thing(id INTEGER); INSERT INTO thing VALUES(7)"));
  }

  Connection open() {
    auto connection = Connection::open(path_, "", OpenMode::kCreate);
    EXPECT_TRUE(connection.has_value());
    EXPECT_TRUE(set_up_to_write(*connection));
    return std::move(connection).value();
  }

  [[nodiscard]] std::int64_t size_on_disk() const {
    return static_cast<std::int64_t>(std::filesystem::file_size(path_ + "-wal"));
  }

  test_support::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/x.db";
  Connection connection_ = open();
  std::int64_t cache_size_ = connection_.number("PRAGMA cache_size").value();
};

TEST_F(WalExtentTest, TheLogIsAsLongAsSoManyPages) {
  ASSERT_LT(size_on_disk(), wal_bytes(100));
  ASSERT_TRUE(extend_wal(connection_, 100));
  EXPECT_GE(size_on_disk(), wal_bytes(100));
}

TEST_F(WalExtentTest, NothingElseChanges) {
  ASSERT_TRUE(extend_wal(connection_, 100));
  EXPECT_FALSE(connection_.in_transaction());
  EXPECT_EQ(connection_.number("PRAGMA cache_size").value(), cache_size_);
  EXPECT_EQ(connection_.number("SELECT count(*) FROM sqlite_schema").value(), 1);
  EXPECT_EQ(connection_.number("SELECT id FROM thing").value(), 7);
  Connection other = open();
  EXPECT_EQ(other.number("SELECT count(*) FROM sqlite_schema").value(), 1);
  EXPECT_EQ(other.number("PRAGMA integrity_check").value(), 0) << "the word ok, as a number";
}

TEST_F(WalExtentTest, CommitsNoLongerMakeItLonger) {
  ASSERT_TRUE(extend_wal(connection_, 100));
  const std::int64_t size = size_on_disk();
  for (int count = 0; count < 50; ++count) {
    ASSERT_TRUE(connection_.run("INSERT INTO thing VALUES(8)"));
  }
  EXPECT_EQ(size_on_disk(), size);
  Connection other = open();
  EXPECT_EQ(other.number("SELECT count(*) FROM thing").value(), 51);
}

TEST_F(WalExtentTest, ALogThatIsLongEnoughIsLeftAlone) {
  ASSERT_TRUE(extend_wal(connection_, 100));
  const auto written_at = std::filesystem::last_write_time(path_ + "-wal");
  std::filesystem::last_write_time(path_ + "-wal", written_at - std::chrono::hours(1));
  ASSERT_TRUE(extend_wal(connection_, 100));
  EXPECT_EQ(std::filesystem::last_write_time(path_ + "-wal"), written_at - std::chrono::hours(1));
}

TEST_F(WalExtentTest, ADatabaseThatAnotherWritesIsLeftAlone) {
  Connection other = open();
  ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
  EXPECT_FALSE(extend_wal(connection_, 100));
  EXPECT_FALSE(connection_.in_transaction());
  EXPECT_EQ(connection_.number("PRAGMA cache_size").value(), cache_size_);
}

}  // namespace
}  // namespace store::sqlite
