#include "net/connection.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>

namespace net {
namespace {

class PrepareTest : public testing::Test {
 protected:
  int option(int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(getsockopt(socket_.native_handle(), level, name, &value, &size), 0);
    return value;
  }

  asio::io_context context_;
  Socket socket_{context_, asio::ip::tcp::v4()};
};

TEST_F(PrepareTest, ASilentPeerIsAskedAndGivenUp) {
  prepare(socket_, std::chrono::seconds(40));
  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 40);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), 10);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPCNT), 3);
}

TEST_F(PrepareTest, OneThatAcknowledgesNothingIsGivenUpAfterTheSameTime) {
  prepare(socket_, std::chrono::seconds(40));
  EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 70'000);
}

TEST_F(PrepareTest, WithoutAPeriodNobodyIsAsked) {
  prepare(socket_, base::Duration::zero());
  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
}

TEST_F(PrepareTest, AnswersLeaveAtOnceAndDoNotPileUpInTheKernel) {
  prepare(socket_, std::chrono::seconds(40));
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NOTSENT_LOWAT), 32 * 1024);
}

}  // namespace
}  // namespace net
