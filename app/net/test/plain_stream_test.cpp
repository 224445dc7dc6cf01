#include "net/plain_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "net/connection.hpp"
#include "net/loop.hpp"

// g++ 12 pairs the allocation inside of Asio's coroutine frames with the wrong release
// when it inlines only one of the two, as it does under sanitizers.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace net {
namespace {

struct Heard {
  std::string text;
  std::size_t reads = 0;
  ErrorCode end;
};

// Reads until there are no more, at most `room` octets at a time.
Awaitable<void> hear(std::shared_ptr<PlainStream> stream, std::size_t room, Heard& heard) {
  std::string into(room, ' ');
  for (;;) {
    const std::span<std::byte> octets(reinterpret_cast<std::byte*>(into.data()), into.size());
    const auto [error, count] = co_await stream->read_some(octets);
    heard.end = error;
    if (error) co_return;
    heard.text.append(into, 0, count);
    ++heard.reads;
  }
}

class PlainStreamTest : public testing::Test {
 protected:
  // A stream, and the peer's socket, which blocks.
  std::shared_ptr<PlainStream> connect() {
    peers_.emplace_back(context_);
    peers_.back().connect(acceptor_.local_endpoint());
    Socket accepted = acceptor_.accept();
    prepare(accepted, {});
    return PlainStream::make(std::move(accepted));
  }

  Socket& peer(std::size_t index = 0) { return peers_[index]; }

  void say(const std::string& text, std::size_t index = 0) {
    asio::write(peer(index), asio::buffer(text));
  }

  void listen(const std::shared_ptr<PlainStream>& stream, Heard& heard, std::size_t room = 4096) {
    asio::co_spawn(context_, hear(stream, room, heard), asio::detached);
  }

  const std::string much_ = std::string(8 << 20, 'm');
  LoopContext context_;
  Acceptor acceptor_{context_, Endpoint(asio::ip::address_v4::loopback(), 0)};
  std::vector<Socket> peers_;
};

TEST_F(PlainStreamTest, GivesWhatComesAndTheEndBehindIt) {
  const auto stream = connect();
  Heard heard;
  listen(stream, heard);
  say("one");
  context_.poll();
  say("two");
  context_.poll();
  EXPECT_EQ(heard.text, "onetwo");
  peer().shutdown(Socket::shutdown_send);
  context_.run();
  EXPECT_EQ(heard.end, asio::error::eof);
}

TEST_F(PlainStreamTest, WhatCameWithItsEndIsGivenWhole) {
  const auto stream = connect();
  say("all at once");
  peer().shutdown(Socket::shutdown_send);
  Heard heard;
  listen(stream, heard);
  context_.run();
  EXPECT_EQ(heard.text, "all at once");
  EXPECT_EQ(heard.end, asio::error::eof);
}

TEST_F(PlainStreamTest, ASmallRoomIsFilledUntilNothingIsLeft) {
  const auto stream = connect();
  say("0123456789abcdef");
  Heard heard;
  listen(stream, heard, 4);
  context_.poll();
  EXPECT_EQ(heard.text, "0123456789abcdef");
  EXPECT_EQ(heard.reads, 4U);
  say("more");
  context_.poll();
  EXPECT_EQ(heard.text, "0123456789abcdefmore");
}

TEST_F(PlainStreamTest, OneThatSendsWithoutAPauseLetsOthersHaveATurn) {
  const auto busy = connect();
  const auto quiet = connect();
  say(std::string(1000, 'x'), 0);
  say("quiet", 1);
  Heard much;
  Heard little;
  listen(busy, much, 1);
  listen(quiet, little);
  while (little.text.empty()) ASSERT_GT(context_.poll_one(), 0U);
  EXPECT_LT(much.reads, 100U);
}

TEST_F(PlainStreamTest, CancelEndsAWaitAndNothingElse) {
  const auto stream = connect();
  Heard heard;
  listen(stream, heard);
  context_.poll();
  stream->cancel();
  EXPECT_FALSE(heard.end) << "inside of the call";
  context_.run();
  EXPECT_EQ(heard.end, asio::error::operation_aborted);
  EXPECT_TRUE(stream->is_open());
  say("later");
  peer().shutdown(Socket::shutdown_send);
  context_.restart();
  listen(stream, heard);
  context_.run();
  EXPECT_EQ(heard.text, "later");
}

TEST_F(PlainStreamTest, WhatComesBehindACancelIsLeftForTheNextRead) {
  const auto stream = connect();
  Heard heard;
  listen(stream, heard);
  context_.poll();
  stream->cancel();
  say("late");
  context_.run();
  EXPECT_EQ(heard.end, asio::error::operation_aborted);
  EXPECT_EQ(heard.text, "");
}

TEST_F(PlainStreamTest, CloseEndsAWaitAndIsSaidToWhoReadsOn) {
  const auto stream = connect();
  Heard heard;
  listen(stream, heard);
  context_.poll();
  stream->close();
  stream->close();
  EXPECT_FALSE(stream->is_open());
  context_.run();
  EXPECT_EQ(heard.end, asio::error::operation_aborted);
  context_.restart();
  listen(stream, heard);
  context_.run();
  EXPECT_EQ(heard.end, asio::error::bad_descriptor);
  EXPECT_EQ(stream->write_now(base::as_bytes("x")), 0U);
}

TEST_F(PlainStreamTest, AResetIsAnError) {
  const auto stream = connect();
  Heard heard;
  listen(stream, heard);
  context_.poll();
  peer().set_option(asio::socket_base::linger(true, 0));
  peer().close();
  context_.run();
  EXPECT_EQ(heard.end, asio::error::connection_reset);
}

TEST_F(PlainStreamTest, WritesMoreThanTheKernelTakesAsThePeerReads) {
  const auto stream = connect();
  std::size_t written = 0;
  int done = 0;
  stream->write(base::as_bytes(much_), [&](const ErrorCode& error, std::size_t octets) {
    EXPECT_FALSE(error);
    written = octets;
    ++done;
  });
  context_.poll();
  EXPECT_EQ(done, 0);
  peer().non_blocking(true);
  std::string got(much_.size(), ' ');
  std::size_t count = 0;
  for (int round = 0; round < 1'000'000 && count < much_.size(); ++round) {
    ErrorCode error;
    count += peer().read_some(asio::buffer(got.data() + count, got.size() - count), error);
    context_.poll();
  }
  context_.run();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(written, much_.size());
  EXPECT_EQ(got, much_);
}

TEST_F(PlainStreamTest, CloseEndsAWrite) {
  const auto stream = connect();
  ErrorCode end;
  stream->write(base::as_bytes(much_), [&](const ErrorCode& error, std::size_t octets) {
    end = error;
    EXPECT_LT(octets, much_.size());
  });
  context_.poll();
  stream->close();
  context_.run();
  EXPECT_EQ(end, asio::error::operation_aborted);
}

TEST_F(PlainStreamTest, ARoundTellsMoreThanItHasRoomForInOne) {
  constexpr std::size_t kMany = 300;
  std::vector<std::shared_ptr<PlainStream>> streams;
  std::vector<Heard> heard(kMany);
  for (std::size_t index = 0; index < kMany; ++index) {
    streams.push_back(connect());
    listen(streams.back(), heard[index]);
  }
  context_.poll();
  for (std::size_t index = 0; index < kMany; ++index) say(std::to_string(index), index);
  context_.poll();
  for (std::size_t index = 0; index < kMany; ++index) {
    EXPECT_EQ(heard[index].text, std::to_string(index));
  }
}

// The first that hears closes all the others and lets go of them, in the same round.
TEST_F(PlainStreamTest, WhoIsToldMayEndTheOthersOfItsRound) {
  constexpr std::size_t kMany = 20;
  std::vector<std::shared_ptr<PlainStream>> streams;
  std::vector<ErrorCode> ends(kMany);
  std::size_t heard = 0;
  const auto attend = [&](std::size_t index) -> Awaitable<void> {
    std::array<std::byte, 16> room{};
    const std::shared_ptr<PlainStream> own = streams[index];
    const auto [error, count] = co_await own->read_some(room);
    ends[index] = error;
    if (error) co_return;
    ++heard;
    for (auto& other : streams) {
      if (other != own) other->close();
    }
    streams.clear();
  };
  for (std::size_t index = 0; index < kMany; ++index) streams.push_back(connect());
  for (std::size_t index = 0; index < kMany; ++index) {
    asio::co_spawn(context_, attend(index), asio::detached);
  }
  context_.poll();
  for (std::size_t index = 0; index < kMany; ++index) say("x", index);
  context_.run();
  EXPECT_EQ(heard, 1U);
  EXPECT_EQ(std::ranges::count(ends, ErrorCode(asio::error::operation_aborted)),
            static_cast<std::ptrdiff_t>(kMany - 1));
}

TEST_F(PlainStreamTest, AllOfARoundAreReadBeforeTheFirstIsTold) {
  constexpr std::size_t kMany = 10;
  std::vector<std::shared_ptr<PlainStream>> streams;
  std::vector<Heard> heard(kMany);
  const auto attend = [&](std::size_t index) -> Awaitable<void> {
    std::array<std::byte, 16> room{};
    const auto [error, count] = co_await streams[index]->read_some(room);
    heard[index].end = error;
    heard[index].text.assign(reinterpret_cast<const char*>(room.data()), count);
    for (auto& each : streams) each->cancel();  // what was read is told nevertheless
  };
  for (std::size_t index = 0; index < kMany; ++index) streams.push_back(connect());
  for (std::size_t index = 0; index < kMany; ++index) {
    asio::co_spawn(context_, attend(index), asio::detached);
  }
  context_.poll();
  for (std::size_t index = 0; index < kMany; ++index) say(std::to_string(index), index);
  context_.run();
  for (std::size_t index = 0; index < kMany; ++index) {
    EXPECT_FALSE(heard[index].end);
    EXPECT_EQ(heard[index].text, std::to_string(index));
  }
}

TEST_F(PlainStreamTest, AContextThatDropsItsHandlersLetsGoOfWhoWaits) {
  std::weak_ptr<PlainStream> watched;
  Heard heard;
  {
    auto stream = connect();
    watched = stream;
    listen(stream, heard);
    auto writer = connect();
    writer->write(base::as_bytes(much_), [writer](const ErrorCode&, std::size_t) {});
  }
  context_.poll();
  EXPECT_FALSE(watched.expired());
  context_.drop_handlers();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace net
