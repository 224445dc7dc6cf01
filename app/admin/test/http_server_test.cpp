// The server itself, by plain sockets: what hostile clients may do to it.
#include "admin/http_server.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <vector>

#include "admin/http_client.hpp"

namespace admin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Response echo(const Request& request) {
  if (request.path == "/throw") throw std::runtime_error("planted");
  Response response;
  response.body = request.method + " " + request.path + " " + request.query + ";";
  return response;
}

class HttpServerTest : public testing::Test {
 protected:
  explicit HttpServerTest(base::Duration patience = std::chrono::seconds(20)) {
    auto opened = HttpServer::open({"127.0.0.1", 0}, echo, base::Clock::system(), patience);
    if (!opened) throw std::runtime_error(opened.error());
    server_ = *std::move(opened);
  }

  net::Socket connect() {
    net::Socket socket(context_);
    socket.connect(server_->endpoint());
    return socket;
  }

  // All that comes until the server ends the connection.
  static std::string read_all(net::Socket& socket) {
    std::string text;
    net::ErrorCode error;
    boost::asio::read(socket, boost::asio::dynamic_buffer(text), error);
    EXPECT_EQ(error, boost::asio::error::eof) << error.message();
    return text;
  }

  std::string ask(const std::string& octets) {
    net::Socket socket = connect();
    net::ErrorCode ignored;
    boost::asio::write(socket, boost::asio::buffer(octets), ignored);
    return read_all(socket);
  }

  net::asio::io_context context_;
  std::unique_ptr<HttpServer> server_;
};

constexpr const char* kClose = "Host: x\r\nConnection: close\r\n\r\n";

TEST_F(HttpServerTest, AnswersAndKeepsFromCachesAndSniffers) {
  EXPECT_THAT(ask(std::string("GET /a?b=1 HTTP/1.1\r\n") + kClose),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Cache-Control: no-store\r\n"),
                    HasSubstr("X-Content-Type-Options: nosniff\r\n"),
                    testing::EndsWith("\r\n\r\nGET /a b=1;")));
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  EXPECT_THAT(ask(std::string("HEAD /abc HTTP/1.1\r\n") + kClose),
              AllOf(HasSubstr("Content-Length: 11\r\n"), testing::EndsWith("\r\n\r\n")));
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  std::string octets;
  for (int n = 0; n < 50; ++n) octets += fmt::format("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", n);
  const std::string replies = ask(octets + "GET /last HTTP/1.1\r\n" + kClose);
  std::size_t at = 0;
  for (int n = 0; n < 50; ++n) {
    at = replies.find(fmt::format("GET /{} ;", n), at);
    ASSERT_NE(at, std::string::npos) << n;
  }
  EXPECT_NE(replies.find("GET /last ;", at), std::string::npos);
}

struct BadCase {
  const char* name;
  std::string octets;
  const char* status;
};

TEST_F(HttpServerTest, WhatIsNoRequestIsRefusedAndTheConnectionEnded) {
  const BadCase cases[] = {
      {"no_http", "\x0bMSH|^~\\&|A|B\r\x1c\r\n\r\n", "HTTP/1.1 400 "},
      {"version", "GET / HTTP/9.9\r\n\r\n", "HTTP/1.1 400 "},
      {"header_without_end", "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x'), "HTTP/1.1 431 "},
      {"many_headers",
       [] {
         std::string text = "GET / HTTP/1.1\r\n";
         for (int n = 0; n < 2'000; ++n) text += fmt::format("X{}: y\r\n", n);
         return text + "\r\n";
       }(),
       "HTTP/1.1 431 "},
      {"long_target", "GET /" + std::string(30'000, 'a') + " HTTP/1.1\r\n\r\n", "HTTP/1.1 431 "},
      {"large_body", "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n" + std::string(50, 'x'),
       "HTTP/1.1 413 "},
      {"two_lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
       "HTTP/1.1 400 "},
      {"chunks_and_length",
       "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
       "HTTP/1.1 400 "},
  };
  for (const BadCase& each : cases)
    EXPECT_THAT(ask(each.octets), StartsWith(each.status)) << each.name;
  EXPECT_THAT(ask(std::string("GET / HTTP/1.1\r\n") + kClose), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, AHandlerThatThrowsFailsItsRequestOnly) {
  EXPECT_THAT(ask(std::string("GET /throw HTTP/1.1\r\n") + kClose), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(ask(std::string("GET / HTTP/1.1\r\n") + kClose), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, OneConnectionTooManyIsClosedAtOnce) {
  std::vector<net::Socket> held;
  for (std::size_t n = 0; n < kHttpConnectionsMax; ++n) {
    held.push_back(connect());
    boost::asio::write(held.back(), boost::asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
    std::array<char, 12> begin{};
    boost::asio::read(held.back(), boost::asio::buffer(begin));
  }
  net::Socket extra = connect();
  std::array<char, 1> octet{};
  net::ErrorCode error;
  EXPECT_EQ(boost::asio::read(extra, boost::asio::buffer(octet), error), 0u);
  EXPECT_TRUE(error);
  held.clear();
  for (int tries = 0; tries < 1000; ++tries) {
    if (http_get({"127.0.0.1", server_->endpoint().port()}, "/", std::chrono::seconds(5))) return;
  }
  FAIL() << "no room though all have gone";
}

TEST_F(HttpServerTest, TheClientReadsWhatIsSaid) {
  const config::Address address{"127.0.0.1", server_->endpoint().port()};
  const auto reply = http_get(address, "/readyz?lanes=1", std::chrono::seconds(5));
  ASSERT_TRUE(reply) << reply.error();
  EXPECT_EQ(reply->status, 200u);
  EXPECT_EQ(reply->body, "GET /readyz lanes=1;");
  server_.reset();
  EXPECT_THAT(http_get(address, "/", std::chrono::seconds(5)).error(),
              HasSubstr("Connection refused"));
}

class ImpatientServerTest : public HttpServerTest {
 protected:
  ImpatientServerTest() : HttpServerTest(std::chrono::milliseconds(200)) {}
};

TEST_F(ImpatientServerTest, SlowAndSilentClientsAreCutOff) {
  for (const char* octets : {"", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\n",
                             "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"}) {
    net::Socket socket = connect();
    boost::asio::write(socket, boost::asio::buffer(std::string(octets)));
    EXPECT_THAT(read_all(socket), IsEmpty()) << octets;
  }
}

TEST_F(ImpatientServerTest, AnIdleConnectionIsClosed) {
  net::Socket socket = connect();
  boost::asio::write(socket, boost::asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
  EXPECT_THAT(read_all(socket), testing::EndsWith("GET / ;"));
}

TEST(HttpServer, SaysWhyItCannotListen) {
  const auto first = HttpServer::open({"127.0.0.1", 0}, echo, base::Clock::system());
  ASSERT_TRUE(first) << first.error();
  const std::uint16_t port = (*first)->endpoint().port();
  const auto second = HttpServer::open({"127.0.0.1", port}, echo, base::Clock::system());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), fmt::format("127.0.0.1:{}: Address already in use", port));
}

}  // namespace
}  // namespace admin
