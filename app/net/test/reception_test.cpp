// Over real sockets: who arrives, who does not, and octets both ways through TLS, also
// more than the kernel takes at once.
#include "net/reception.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <vector>

#include "certificate_maker.hpp"
#include "net/tls/engine.hpp"
#include "telemetry/metrics.hpp"

namespace net {
namespace {

using telemetry::Counter;

// Sends back what comes, and ends when its peer does.
class Echo : public std::enable_shared_from_this<Echo> {
 public:
  explicit Echo(Arrival arrival) : arrival_(std::move(arrival)) {}

  Awaitable<void> run() {
    const auto self = shared_from_this();
    std::vector<std::byte> buffer(3000);
    for (;;) {
      const auto [error, count] = co_await arrival_.connection.read_some(buffer);
      if (error) break;
      pending_.append(reinterpret_cast<const char*>(buffer.data()), count);
      send();
    }
    ended_ = true;
    if (!writing_) arrival_.connection.shutdown_send();
  }

 private:
  void send() {
    if (writing_ || pending_.empty()) return;
    sending_.swap(pending_);
    pending_.clear();
    const std::size_t taken = arrival_.connection.write_now(base::as_bytes(sending_));
    if (taken == sending_.size()) return send();
    writing_ = true;
    arrival_.connection.write(base::as_bytes(sending_).subspan(taken),
                              [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                                self->writing_ = false;
                                if (error) return self->arrival_.connection.close();
                                self->send();
                                if (self->ended_ && !self->writing_)
                                  self->arrival_.connection.shutdown_send();
                              });
  }

  Arrival arrival_;
  std::string pending_;
  std::string sending_;
  bool writing_ = false;
  bool ended_ = false;
};

class ReceptionTest : public testing::Test {
 protected:
  ReceptionTest() {
    maker_.issue("server", {.names = {"DNS:lab.example.org"}});
    maker_.issue("client", {.common_name = "Analyser", .names = {"DNS:an.example.org"}});
    files_.identities = {{maker_.path("server.pem"), maker_.path("server.key"), ""}};
    options_.listener = "test";
    options_.connect_timeout = std::chrono::seconds(20);
  }

  void open(bool tls) {
    if (tls) {
      auto context = TlsServerContext::load(files_);
      ASSERT_TRUE(context) << context.error();
      options_.tls = [kept = *context] { return kept; };
    }
    loops_.push_back(std::make_unique<Loop>(pool_, base::Clock::system()));
    reception_ = std::make_unique<Reception>(*loops_.front(), options_, [this](Arrival arrival) {
      names_ = arrival.tls_names;
      subject_ = arrival.tls_subject;
      peer_ = arrival.connection.peer();
      auto echo = std::make_shared<Echo>(std::move(arrival));
      asio::co_spawn(
          loops_.front()->context(), [echo]() -> Awaitable<void> { return echo->run(); },
          asio::detached);
    });
    AddressFilter balancers;
    if (options_.proxy_protocol) balancers = [](const asio::ip::address&) { return true; };
    auto listener = Listener::open({.name = "test",
                                    .host = "127.0.0.1",
                                    .port = 0,
                                    .limits = {},
                                    .allows = nullptr,
                                    .balancers = balancers},
                                   loops_, [this](Loop&, Socket socket, Admission::Ticket ticket) {
                                     reception_->receive(std::move(socket), std::move(ticket));
                                   });
    ASSERT_TRUE(listener) << listener.error();
    listener_ = std::move(*listener);
    loops_.front()->start(0);
    listener_->start();
  }

  ~ReceptionTest() override {
    if (listener_) listener_->stop();
    for (const auto& loop : loops_) loop->stop();
  }

  asio::ip::tcp::socket connect() {
    asio::ip::tcp::socket socket(client_context_);
    socket.connect(listener_->endpoint());
    return socket;
  }

  std::unique_ptr<TlsEngine> client_engine(bool with_certificate) {
    TlsClientFiles files;
    files.ca = maker_.ca_path();
    if (with_certificate) files.own = {maker_.path("client.pem"), maker_.path("client.key"), ""};
    return TlsEngine::connect(*TlsClientContext::load(files), "lab.example.org");
  }

  CertificateMaker maker_;
  TlsServerFiles files_;
  ReceptionOptions options_;
  BufferPool pool_{1U << 30U};
  Loops loops_;
  std::unique_ptr<Reception> reception_;
  std::unique_ptr<Listener> listener_;
  asio::io_context client_context_;
  std::vector<std::string> names_;
  std::string subject_;
  std::string peer_;
};

// A client of TLS that blocks.
class Client {
 public:
  Client(asio::ip::tcp::socket socket, std::unique_ptr<TlsEngine> engine)
      : socket_(std::move(socket)), engine_(std::move(engine)) {}

  bool shake_hands() {
    for (;;) {
      const TlsStep step = engine_->handshake();
      flush();
      if (step != TlsStep::kNeedInput) return step == TlsStep::kDone;
      if (!fill()) return false;
    }
  }

  void send(std::string_view text) {
    EXPECT_TRUE(engine_->write(base::as_bytes(text)));
    flush();
  }

  // What has come once there are `count` octets, or when nothing more comes.
  std::string read(std::size_t count) {
    std::string text;
    std::vector<std::byte> room(20'000);
    while (text.size() < count) {
      if (engine_->has_unread_input()) {
        const TlsRead got = engine_->read(room);
        if (got.step == TlsStep::kDone) {
          text.append(reinterpret_cast<const char*>(room.data()), got.bytes);
          continue;
        }
        if (got.step != TlsStep::kNeedInput) return text;
      }
      if (!fill()) return text;
    }
    return text;
  }

  void end() {
    engine_->close_notify();
    flush();
  }

  asio::ip::tcp::socket& socket() { return socket_; }

 private:
  void flush() {
    ErrorCode ignored;
    asio::write(socket_, asio::buffer(engine_->outgoing()), ignored);
    engine_->outgoing().clear();
  }

  bool fill() {
    ErrorCode error;
    const std::size_t count = socket_.read_some(asio::buffer(input_), error);
    if (!error) engine_->feed(base::ByteView(input_).first(count));
    return !error;
  }

  asio::ip::tcp::socket socket_;
  std::unique_ptr<TlsEngine> engine_;
  std::vector<std::byte> input_ = std::vector<std::byte>(5000);
};

TEST_F(ReceptionTest, OctetsGoBothWaysAlsoMoreThanTheKernelTakes) {
  open(true);
  Client client(connect(), client_engine(false));
  ASSERT_TRUE(client.shake_hands());
  client.send("hello");
  EXPECT_EQ(client.read(5), "hello");
  std::string large;
  for (int i = 0; i < 400'000; ++i) large += std::to_string(i);
  // Everything is sent before anything is read: the echo's writes must wait.
  for (std::size_t at = 0; at < large.size(); at += 60'000) {
    client.send(std::string_view(large).substr(at, 60'000));
  }
  const std::string back = client.read(large.size());
  EXPECT_EQ(back.size(), large.size());
  EXPECT_TRUE(back == large);
  client.end();
  EXPECT_EQ(client.read(1), "") << "the end comes back";
}

TEST_F(ReceptionTest, TheClientsCertificateArrivesWithIt) {
  files_.client_ca = maker_.ca_path();
  open(true);
  Client client(connect(), client_engine(true));
  ASSERT_TRUE(client.shake_hands());
  client.send("x");
  EXPECT_EQ(client.read(1), "x");
  EXPECT_EQ(subject_, "CN=Analyser,O=Example Hospital");
  EXPECT_THAT(names_, testing::ElementsAre("DNS:an.example.org"));
}

TEST_F(ReceptionTest, WhoHasNoCertificateDoesNotArrive) {
  files_.client_ca = maker_.ca_path();
  open(true);
  Client client(connect(), client_engine(false));
  static_cast<void>(client.shake_hands());
  EXPECT_EQ(client.read(1), "");
  EXPECT_EQ(subject_, "");
}

TEST_F(ReceptionTest, AHandshakeThatStallsEndsAtItsDeadline) {
  options_.connect_timeout = std::chrono::milliseconds(50);
  open(true);
  auto socket = connect();
  asio::write(socket, asio::buffer("\x16\x03\x01", 3));
  char octet = 0;
  ErrorCode error;
  static_cast<void>(asio::read(socket, asio::buffer(&octet, 1), error));
  EXPECT_TRUE(error);
}

TEST_F(ReceptionTest, WhoSaysNothingOrSpeaksPlainIsCounted) {
  open(true);
  const std::uint64_t probes = telemetry::counted(Counter::kConnectionsProbes);
  const std::uint64_t plain = telemetry::counted(Counter::kMisdirectedPlain);
  char octet = 0;
  ErrorCode error;
  auto silent = connect();
  silent.shutdown(asio::ip::tcp::socket::shutdown_send);
  static_cast<void>(asio::read(silent, asio::buffer(&octet, 1), error));
  EXPECT_EQ(telemetry::counted(Counter::kConnectionsProbes) - probes, 1u);
  auto speaker = connect();
  asio::write(speaker, asio::buffer(std::string("\vMSH|^~\\&|\x1c\r")));
  do {
    static_cast<void>(asio::read(speaker, asio::buffer(&octet, 1), error));
  } while (!error);  // an alert, then the end
  EXPECT_EQ(telemetry::counted(Counter::kMisdirectedPlain) - plain, 1u);
}

TEST_F(ReceptionTest, TheOldestMakesWayForANewOne) {
  const std::uint64_t before = telemetry::counted(Counter::kConnectionsRefusedHandshakes);
  options_.guests_max = 2;
  open(true);
  auto oldest = connect();
  auto second = connect();
  Client client(connect(), client_engine(false));
  ASSERT_TRUE(client.shake_hands());
  char octet = 0;
  ErrorCode error;
  static_cast<void>(asio::read(oldest, asio::buffer(&octet, 1), error));
  EXPECT_TRUE(error) << "closed";
  EXPECT_EQ(telemetry::counted(Counter::kConnectionsRefusedHandshakes) - before, 1u);
  client.send("x");
  EXPECT_EQ(client.read(1), "x");
}

TEST_F(ReceptionTest, BehindABalancerThePeerIsWhoTheHeaderNames) {
  options_.proxy_protocol = true;
  open(true);
  auto socket = connect();
  asio::write(socket, asio::buffer(std::string("PROXY TCP4 192.0.2.7 10.0.0.1 999 2575\r\n")));
  Client client(std::move(socket), client_engine(false));
  ASSERT_TRUE(client.shake_hands());
  client.send("x");
  EXPECT_EQ(client.read(1), "x");
  EXPECT_EQ(peer_, "192.0.2.7:999");
}

}  // namespace
}  // namespace net
