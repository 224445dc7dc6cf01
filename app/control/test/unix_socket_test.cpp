#include "control/unix_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>

#include "cli/test/scratch_folder.hpp"

namespace control {
namespace {

using namespace std::chrono_literals;

class UnixSocketTest : public testing::Test {
 protected:
  // Longer than an address holds.
  UnixSocketTest() : folder_(root_.path() + "/" + std::string(120, 'x')) {
    std::filesystem::create_directory(folder_);
  }

  Patience patience(base::Duration longest) const {
    return {clock_, clock_.steady_now() + longest};
  }

  const base::Clock& clock_ = base::Clock::system();
  cli::ScratchFolder root_;
  std::string folder_;
};

TEST_F(UnixSocketTest, ListensInAFolderWithALongNameForItsOwnerAlone) {
  EXPECT_FALSE(connect_in(folder_).is_open());
  const auto listener = listen_in(folder_, 4);
  ASSERT_TRUE(listener) << listener.error();

  struct stat facts {};

  ASSERT_EQ(::stat((folder_ + "/control.sock").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_TRUE(connect_in(folder_).is_open());
}

TEST_F(UnixSocketTest, WhatAnEndedProcessLeftIsReplacedAndALivingOneIsNot) {
  { ASSERT_TRUE(listen_in(folder_, 4)); }  // the file stays
  const auto listener = listen_in(folder_, 4);
  ASSERT_TRUE(listener) << listener.error();
  const auto second = listen_in(folder_, 4);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("another process answers"), std::string::npos);
  EXPECT_FALSE(listen_in(folder_ + "/none", 4));
}

TEST_F(UnixSocketTest, LinesEndAtTheirLimitTheirDeadlineAndTheirPeersEnd) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  const Descriptor reader(ends[0]);
  Descriptor writer(ends[1]);
  std::string rest;
  std::string line;
  ASSERT_TRUE(write_all(writer.value(), "one\ntwo\nthr", patience(1s)));
  EXPECT_EQ(read_line(reader.value(), 100, patience(1s), rest, line), LineEnd::kLine);
  EXPECT_EQ(line, "one");
  EXPECT_EQ(read_line(reader.value(), 100, patience(1s), rest, line), LineEnd::kLine);
  EXPECT_EQ(line, "two");
  EXPECT_EQ(read_line(reader.value(), 100, patience(20ms), rest, line), LineEnd::kLate);
  EXPECT_EQ(read_line(reader.value(), 2, patience(1s), rest, line), LineEnd::kTooLong);
  writer.close();
  EXPECT_EQ(read_line(reader.value(), 100, patience(1s), rest, line), LineEnd::kClosed);
}

TEST_F(UnixSocketTest, APeerThatDoesNotReadIsGivenUp) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  const Descriptor reader(ends[0]);
  const Descriptor writer(ends[1]);
  EXPECT_FALSE(write_all(writer.value(), std::string(8 << 20, 'x'), patience(50ms)));
}

}  // namespace
}  // namespace control
