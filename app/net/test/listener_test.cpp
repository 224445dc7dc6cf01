#include "net/listener.hpp"

#include <gtest/gtest.h>

#include <boost/asio/read.hpp>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "net/connection.hpp"

namespace net {
namespace {

// A listener on a free port of the loopback; what it accepts is kept open and told
// its own address back.
class ListenerTest : public testing::Test {
 protected:
  void open(AdmissionLimits limits) {
    loops_.push_back(std::make_unique<Loop>(pool_, base::Clock::system()));
    loops_.push_back(std::make_unique<Loop>(pool_, base::Clock::system()));
    auto opened = Listener::open(
        {.name = "test",
         .host = "127.0.0.1",
         .port = 0,
         .limits = limits,
         .allows = allows_,
         .balancers = nullptr},
        loops_, [this](Loop& loop, Socket socket, Admission::Ticket ticket) {
          EXPECT_TRUE(loop.is_this_thread());
          Connection connection(std::move(socket), {});
          static_cast<void>(connection.write_now(base::as_bytes(connection.peer() + "\n")));
          const base::Lock lock(mutex_);
          kept_.emplace_back(std::move(connection), std::move(ticket));
        });
    ASSERT_TRUE(opened) << opened.error();
    listener_ = std::move(*opened);
    for (std::size_t index = 0; index < loops_.size(); ++index) loops_[index]->start(index);
    listener_->start();
  }

  ~ListenerTest() override {
    if (listener_) listener_->stop();
    for (const auto& loop : loops_) loop->stop();
    kept_.clear();
  }

  // What the listener says to a new peer before it ends the stream or waits.
  std::string greeting() {
    asio::ip::tcp::socket socket(client_context_);
    socket.connect(listener_->endpoint());
    const std::string own = to_string(socket.local_endpoint());
    std::string text;
    ErrorCode error;
    char octet = 0;
    while (asio::read(socket, asio::buffer(&octet, 1), error) == 1 && octet != '\n') text += octet;
    clients_.push_back(std::move(socket));
    return text == own ? "own address" : text;
  }

  AddressFilter allows_;
  BufferPool pool_{1 << 30U};
  Loops loops_;
  std::unique_ptr<Listener> listener_;
  base::Mutex mutex_;
  std::deque<std::pair<Connection, Admission::Ticket>> kept_;
  asio::io_context client_context_;
  std::vector<asio::ip::tcp::socket> clients_;
};

TEST_F(ListenerTest, HandsConnectionsToLoopsAndTellsThePeersAddress) {
  open({});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(greeting(), "own address");
  EXPECT_EQ(loops_[0]->connection_count, 2u);
  EXPECT_EQ(loops_[1]->connection_count, 2u) << "the least busy loop takes the next";
}

TEST_F(ListenerTest, AConnectionOverTheLimitIsAcceptedAndClosedAtOnce) {
  open({.connections_max = 1});
  EXPECT_EQ(greeting(), "own address");
  EXPECT_EQ(greeting(), "");
}

TEST_F(ListenerTest, AnAddressThatMayNotConnectIsClosedAtOnce) {
  allows_ = [](const asio::ip::address& address) { return address.to_string() != "127.0.0.1"; };
  open({});
  EXPECT_EQ(greeting(), "");
}

TEST_F(ListenerTest, AnAddressInUseIsAnErrorThatNamesIt) {
  open({});
  const auto again = Listener::open({.name = "again",
                                     .host = "127.0.0.1",
                                     .port = listener_->endpoint().port(),
                                     .limits = {},
                                     .allows = nullptr,
                                     .balancers = nullptr},
                                    loops_, [](Loop&, Socket, Admission::Ticket) {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), to_string(listener_->endpoint()) + ": Address already in use");
}

TEST_F(ListenerTest, AStoppedListenerAcceptsNoMore) {
  open({});
  listener_->stop();
  asio::ip::tcp::socket socket(client_context_);
  ErrorCode error;
  socket.connect(listener_->endpoint(), error);
  EXPECT_EQ(error, asio::error::connection_refused);
}

}  // namespace
}  // namespace net
