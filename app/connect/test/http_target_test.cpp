// The type http through its module, against a server that does what each test tells it and
// against nginx: every status, every fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>

#include "base/uuid.hpp"
#include "connect/test_support/deliveries.hpp"
#include "connect/test_support/scripted_peer.hpp"
#include "connect/test_support/server_targets.hpp"
#include "connect/test_support/servers.hpp"

namespace connectors {
namespace {

using namespace std::chrono_literals;
using test_support::DeadPort;
using test_support::failure_of;
using test_support::http_answer;
using test_support::Letters;
using test_support::NginxServer;
using test_support::PeerSocket;
using test_support::Scene;
using test_support::ScriptedPeer;
using test_support::SeenRequest;
using test_support::summaries;
using test_support::summary;
using test_support::take_all_requests;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using SteadyClock = std::chrono::steady_clock;

class HttpConnectorTest : public testing::Test {
 protected:
  void connect_to(std::uint16_t port, const std::string& yaml = "") {
    connector_.reset();
    plan_ = test_support::plan_of(
        "http", "url: http://127.0.0.1:" + std::to_string(port) + "/hl7?x=1\nbatch: 8\n" + yaml);
    connector_ = plan_->open();
  }

  // A server with these scenes, one for each connection, and a connector to it.
  ScriptedPeer& play(std::vector<Scene> scenes, const std::string& yaml = "") {
    connector_.reset();
    peer_ = std::make_unique<ScriptedPeer>(std::move(scenes));
    connect_to(peer_->port(), yaml);
    return *peer_;
  }

  // A server that answers everything with these octets.
  ScriptedPeer& answer(const std::string& octets, const std::string& yaml = "") {
    return play({[octets](PeerSocket& socket) {
                  while (socket.read_request()) socket.write(octets);
                }},
                yaml);
  }

  Outcome deliver(std::string_view control_id) {
    Letters letters;
    letters.add(control_id);
    return connector_->deliver(letters.all(), {}).front();
  }

  std::vector<std::string> deliver_all(const std::vector<std::string>& control_ids) {
    Letters letters;
    for (const std::string& id : control_ids) letters.add(id);
    return summaries(connector_->deliver(letters.all(), {}));
  }

  // What the server saw of one delivery.
  SeenRequest see(const Letters& letters, const std::string& yaml) {
    std::promise<SeenRequest> seen;
    play({[&seen](PeerSocket& socket) {
           if (const auto request = socket.read_request()) seen.set_value(*request);
           socket.write(http_answer(200));
           take_all_requests(socket);
         }},
         yaml);
    EXPECT_EQ(summary(connector_->deliver(letters.all(), {}).front()), "delivered");
    return seen.get_future().get();
  }

  std::unique_ptr<ScriptedPeer> peer_;
  std::unique_ptr<ConnectorPlan> plan_;
  std::unique_ptr<Connector> connector_;
};

// --- what is sent

TEST_F(HttpConnectorTest, PostsTheOctetsAsReceivedWithItsIdAsKey) {
  Letters letters;
  letters.add("M1", test_support::message_of("M1") + "NTE|1||\xe4\x1c\x0b odd\r");
  const SeenRequest request = see(letters, "");
  EXPECT_THAT(request.head, StartsWith("POST /hl7?x=1 HTTP/1.1\r\n"));
  EXPECT_EQ(request.body, letters.texts().front());
  EXPECT_EQ(request.header("Content-Type"), "application/hl7-v2+er7");
  EXPECT_EQ(request.header("Idempotency-Key"), base::to_string(letters.all()[0].message_id));
  EXPECT_EQ(request.header("Expect"), "");
  EXPECT_EQ(request.header("Authorization"), "");
}

TEST_F(HttpConnectorTest, SendsALargeMessageWithoutAskingFirst) {
  Letters letters;
  letters.add("M1", test_support::message_of("M1") + "OBX|1|ED|" + std::string(2 << 20, 'A'));
  const SeenRequest request = see(letters, "");
  EXPECT_EQ(request.header("Expect"), "");
  EXPECT_TRUE(request.body == letters.texts().front());
}

TEST_F(HttpConnectorTest, WritesJsonIfItIsToldTo) {
  Letters letters;
  letters.add("M1");
  const SeenRequest request = see(letters, "body: json\nmethod: PUT\nidempotency_header: ''");
  EXPECT_THAT(request.head, StartsWith("PUT "));
  EXPECT_EQ(request.header("Content-Type"), "application/json");
  EXPECT_THAT(request.body, AllOf(StartsWith("{\"segments\":["), HasSubstr("\"10\":\"M1\"")));
  EXPECT_THAT(request.head, Not(HasSubstr("Idempotency")));
}

TEST_F(HttpConnectorTest, DoesNotSendWhatHasNoJson) {
  Letters letters;
  letters.add("M1", "no HL7 at all");
  play({take_all_requests}, "body: json");
  EXPECT_EQ(summary(connector_->deliver(letters.all(), {}).front()), "name/message");
  EXPECT_THAT(peer_->received(), IsEmpty());
}

TEST_F(HttpConnectorTest, FillsHeadersAndEncodesHostileValues) {
  Letters letters;
  const std::string hostile("../../x\r\nX-Evil: 1\r\n\r\n\0 \xe4>%41", 29);
  letters.add(hostile, test_support::message_of("M1"));
  const SeenRequest request =
      see(letters, "headers: {X-Id: '<{control_id}>', X-Kind: '{type}^{trigger} {date} {entry}'}");
  EXPECT_EQ(request.header("X-Id"), "<%2E./../x%0D%0AX-Evil:%201%0D%0A%0D%0A%00%20%E4>%2541>");
  EXPECT_EQ(request.header("X-Kind"), "ADT^A01 2026-04-03 00000000000000000001");
  EXPECT_EQ(request.header("X-Evil"), "");
}

TEST_F(HttpConnectorTest, CutsLongValuesInHeaders) {
  Letters letters;
  letters.add(std::string(10'000, 'A'), test_support::message_of("M1"));
  const SeenRequest request = see(letters, "headers: {X-Id: '{control_id}'}");
  EXPECT_EQ(request.header("X-Id"), std::string(200, 'A'));
}

TEST_F(HttpConnectorTest, ReadsTheTokenAnewForEachRequest) {
  const test_support::TemporaryFolder folder;
  const std::string file = folder.path() + "/token";
  test_support::write_file(file, "first\nsecond line\n");
  std::vector<std::string> seen;
  play({[&seen](PeerSocket& socket) {
         while (const auto request = socket.read_request()) {
           seen.push_back(request->header("Authorization"));
           socket.write(http_answer(200));
         }
       }},
       "auth: {bearer_file: " + file + "}");
  EXPECT_EQ(summary(deliver("M1")), "delivered");
  test_support::write_file(file, "renewed\r\n");
  EXPECT_EQ(summary(deliver("M2")), "delivered");
  test_support::write_file(file, "");
  const Outcome empty = deliver("M3");
  EXPECT_EQ(summary(empty), "disk/target");
  EXPECT_THAT(failure_of(empty).reason, HasSubstr("token: its first line is empty"));
  connector_.reset();
  peer_->stop();
  EXPECT_THAT(seen, ElementsAre("Bearer first", "Bearer renewed"));
}

TEST_F(HttpConnectorTest, LogsInWithUserAndPassword) {
  const test_support::TemporaryFolder folder;
  const std::pair<const char*, const char*> cases[] = {
      {"u:p", "dTpw"},
      {"Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
      {"us:er", "dXM6ZXI="}};
  for (const auto& [login, base64] : cases) {
    test_support::write_file(folder.path() + "/login", login);
    Letters letters;
    letters.add("M1");
    const SeenRequest request = see(letters, "auth: {basic_file: " + folder.path() + "/login}");
    EXPECT_EQ(request.header("Authorization"), std::string("Basic ") + base64);
  }
}

TEST_F(HttpConnectorTest, KeepsItsConnection) {
  play({take_all_requests});
  EXPECT_THAT(deliver_all({"M1", "M2", "M3"}), ElementsAre("delivered", "delivered", "delivered"));
  EXPECT_EQ(summary(deliver("M4")), "delivered");
  EXPECT_EQ(peer_->connection_count(), 1);
}

TEST_F(HttpConnectorTest, HeedsNoProxyOfTheEnvironment) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  play({take_all_requests});
  EXPECT_EQ(summary(deliver("M1")), "delivered");
  ::unsetenv("http_proxy");
}

TEST_F(HttpConnectorTest, GoesThroughTheProxyItIsGiven) {
  ScriptedPeer proxy({take_all_requests});
  const DeadPort target(DeadPort::Kind::kRefuses);
  connect_to(target.port(), "proxy: http://127.0.0.1:" + std::to_string(proxy.port()));
  EXPECT_EQ(summary(deliver("M1")), "delivered");
  EXPECT_EQ(proxy.received().size(), 1u);
}

TEST_F(HttpConnectorTest, BlamesTheTargetForAProxyThatRefuses) {
  ScriptedPeer proxy({[](PeerSocket& socket) {
    while (socket.read_request()) socket.write(http_answer(407));
  }});
  plan_ = test_support::plan_of(
      "http", "url: https://127.0.0.1:1/\nproxy: http://127.0.0.1:" + std::to_string(proxy.port()));
  connector_ = plan_->open();
  const Outcome outcome = deliver("M1");
  EXPECT_EQ(summary(outcome), "http_status/target");
  EXPECT_THAT(failure_of(outcome).reason, HasSubstr("the proxy answered 407"));
}

// --- what is answered

TEST_F(HttpConnectorTest, TellsWhoseFaultEachStatusIs) {
  struct Case {
    int status;
    const char* summary;
  };

  const Case cases[] = {
      {200, "delivered"},           {201, "delivered"},           {202, "delivered"},
      {204, "delivered"},           {299, "delivered"},           {301, "http_status/target"},
      {302, "http_status/target"},  {304, "http_status/target"},  {307, "http_status/target"},
      {400, "http_status/message"}, {401, "http_status/target"},  {403, "http_status/target"},
      {404, "http_status/target"},  {405, "http_status/target"},  {406, "http_status/unclear"},
      {407, "http_status/target"},  {408, "http_status/target"},  {409, "http_status/message"},
      {410, "http_status/unclear"}, {413, "http_status/message"}, {415, "http_status/message"},
      {418, "http_status/unclear"}, {421, "http_status/target"},  {422, "http_status/message"},
      {425, "http_status/target"},  {429, "http_status/target"},  {431, "http_status/unclear"},
      {500, "http_status/target"},  {501, "http_status/target"},  {502, "http_status/target"},
      {503, "http_status/target"},  {504, "http_status/target"},  {507, "http_status/target"},
      {599, "http_status/target"},
  };
  for (const Case& each : cases) {
    answer(http_answer(each.status, each.status == 204 || each.status == 304 ? "" : "words",
                       "Location: /elsewhere\r\n"));
    const Outcome outcome = deliver("M1");
    EXPECT_EQ(summary(outcome), each.summary) << each.status;
    EXPECT_EQ(peer_->received().size(), 1u) << each.status;  // no redirection was followed
    if (each.status < 300) continue;
    EXPECT_THAT(failure_of(outcome).reason,
                AllOf(EndsWith("answered " + std::to_string(each.status)), HasSubstr("/hl7"),
                      Not(HasSubstr("x=1"))));
    const char* const words = each.status == 304 ? "" : "words";
    EXPECT_EQ(failure_of(outcome).words, words) << each.status;
  }
}

TEST_F(HttpConnectorTest, HonoursRetryAfterInBothForms) {
  const auto in = [](std::chrono::seconds wait) {
    const std::time_t at =
        std::chrono::system_clock::to_time_t(base::Clock::system().wall_now() + wait);
    char text[64];
    std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&at));
    return std::string("Retry-After: ") + text + "\r\n";
  };
  answer(http_answer(503, "", "Retry-After: 17\r\n"));
  EXPECT_EQ(failure_of(deliver("M1")).retry_after, base::Duration(17s));

  answer(http_answer(429, "", in(120s)));
  const auto wait = failure_of(deliver("M1")).retry_after.value_or(base::Duration(0));
  EXPECT_GT(wait, base::Duration(100s));
  EXPECT_LE(wait, base::Duration(120s));

  for (const std::string& nothing :
       {std::string("Retry-After: soon\r\n"), in(-120s), std::string()}) {
    answer(http_answer(503, "", nothing));
    EXPECT_EQ(failure_of(deliver("M1")).retry_after, std::nullopt) << nothing;
  }
}

TEST_F(HttpConnectorTest, KeepsAtMost64KiBOfTheTargetsWords) {
  answer(http_answer(400, std::string(500'000, 'w')));
  EXPECT_EQ(failure_of(deliver("M1")).words, std::string(64 * base::kKiB, 'w'));
}

TEST_F(HttpConnectorTest, IsNotHeldUpByAnAnswerWithoutEnd) {
  const Scene endless = [](PeerSocket& socket) {
    if (!socket.read_request()) return;
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int count = 0; count < 200; ++count) {
      socket.write("4000\r\n" + std::string(0x4000, 'x') + "\r\n");
    }
  };
  play({endless});
  EXPECT_EQ(summary(deliver("M1")), "delivered");  // the status was said, and that counts
  const Scene headers = [](PeerSocket& socket) {
    if (!socket.read_request()) return;
    socket.write("HTTP/1.1 200 OK\r\n");
    for (int count = 0; count < 2000; ++count) socket.write("X: " + std::string(400, 'x') + "\r\n");
  };
  play({headers});
  EXPECT_EQ(summary(deliver("M1")), "mismatch/target");
}

TEST_F(HttpConnectorTest, TellsWhatIsNoHttp) {
  for (const std::string octets :
       {"MSH|^~\\&|not|http\r", "SSH-2.0-OpenSSH_9.2\r\n", "\x0b\x1c\r"}) {
    play({[octets](PeerSocket& socket) {
      if (socket.read_request()) socket.write(octets);
    }});
    const Outcome outcome = deliver("M1");
    EXPECT_THAT(summary(outcome), testing::AnyOf("mismatch/target", "reset/target")) << octets;
  }
}

// --- faults

TEST_F(HttpConnectorTest, TellsARefusedConnection) {
  const DeadPort port(DeadPort::Kind::kRefuses);
  connect_to(port.port());
  const Outcome outcome = deliver("M1");
  EXPECT_EQ(summary(outcome), "connect/target");
  EXPECT_THAT(failure_of(outcome).reason, HasSubstr(std::to_string(port.port())));
}

TEST_F(HttpConnectorTest, GivesUpConnectingAfterItsTimeout) {
  const DeadPort port(DeadPort::Kind::kSwallows);
  connect_to(port.port(), "connect_timeout: 200ms");
  const auto begin = SteadyClock::now();
  EXPECT_EQ(summary(deliver("M1")), "connect/target");
  EXPECT_LT(SteadyClock::now() - begin, 10s);
}

TEST_F(HttpConnectorTest, BlamesTheTargetForAHostThatIsNotThere) {
  plan_ = test_support::plan_of("http", "url: http://no-such-host.invalid/");
  connector_ = plan_->open();
  EXPECT_EQ(summary(deliver("M1")), "connect/target");
}

TEST_F(HttpConnectorTest, TellsAResetInTheRequest) {
  Letters letters;
  letters.add("M1",
              test_support::message_of("M1") + "OBX|1|ED|" + std::string(8 << 20, 'A') + "\r");
  play({[](PeerSocket& socket) {
    if (socket.read_some(1000)) socket.reset();
  }});
  EXPECT_EQ(summary(connector_->deliver(letters.all(), {}).front()), "reset/target");
}

TEST_F(HttpConnectorTest, TellsAResetBeforeAndInTheAnswer) {
  play({[](PeerSocket& socket) {
    if (socket.read_request()) socket.reset();
  }});
  EXPECT_EQ(summary(deliver("M1")), "reset/target");
  play({[](PeerSocket& socket) {
    if (!socket.read_request()) return;
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    socket.close();
  }});
  EXPECT_EQ(summary(deliver("M1")), "reset/target");
}

TEST_F(HttpConnectorTest, TellsSilenceAndUsesANewConnectionThen) {
  play({[](PeerSocket& socket) {
          if (!socket.read_request()) return;
          socket.await_stop();
        },
        take_all_requests},
       "timeout: 300ms");
  EXPECT_EQ(summary(deliver("M1")), "timeout/unclear");
  EXPECT_EQ(summary(deliver("M1")), "delivered");
  EXPECT_EQ(peer_->connection_count(), 2);
}

TEST_F(HttpConnectorTest, IsNotHeldUpByAnAnswerThatDrips) {
  play({[](PeerSocket& socket) {
         if (socket.read_request()) socket.drip('H');
       }},
       "timeout: 300ms");
  const auto begin = SteadyClock::now();
  EXPECT_THAT(summary(deliver("M1")), testing::AnyOf("timeout/unclear", "mismatch/target"));
  EXPECT_LT(SteadyClock::now() - begin, 10s);
}

TEST_F(HttpConnectorTest, BlamesATargetThatDoesNotRead) {
  Letters letters;
  letters.add("M1",
              test_support::message_of("M1") + "OBX|1|ED|" + std::string(32 << 20, 'A') + "\r");
  play({[](PeerSocket& socket) { socket.await_stop(); }}, "timeout: 500ms");
  EXPECT_EQ(summary(connector_->deliver(letters.all(), {}).front()), "write/target");
}

TEST_F(HttpConnectorTest, ALateAnswerDoesNotSettleTheNext) {
  std::promise<void> second;
  play({[&second](PeerSocket& socket) {
          if (!socket.read_request()) return;
          second.get_future().wait_for(10s);
          socket.write(http_answer(200));
          socket.await_stop();
        },
        [&second](PeerSocket& socket) {
          if (!socket.read_request()) return;
          second.set_value();
          socket.write(http_answer(422));
        }},
       "timeout: 300ms");
  EXPECT_EQ(summary(deliver("M1")), "timeout/unclear");
  EXPECT_EQ(summary(deliver("M2")), "http_status/message");
}

TEST_F(HttpConnectorTest, TakesASlowAnswer) {
  play({[](PeerSocket& socket) {
    if (!socket.read_request()) return;
    socket.write_octet_by_octet(http_answer(200, "slow"));
    take_all_requests(socket);
  }});
  EXPECT_EQ(summary(deliver("M1")), "delivered");
}

TEST_F(HttpConnectorTest, ReplacesAConnectionThatTheTargetHasClosedOrResets) {
  const Scene once = [](PeerSocket& socket) {
    if (socket.read_request()) socket.write(http_answer(200));
  };
  play({once});
  EXPECT_THAT(deliver_all({"M1", "M2", "M3"}), ElementsAre("delivered", "delivered", "delivered"));
  play({[](PeerSocket& socket) {
          if (!socket.read_request()) return;
          socket.write(http_answer(200));
          if (socket.read_request()) socket.reset();
        },
        take_all_requests});
  EXPECT_THAT(deliver_all({"M1", "M2"}), ElementsAre("delivered", "delivered"));
  EXPECT_THAT(peer_->received(), testing::SizeIs(3));  // M2 twice: its key is for that
}

TEST_F(HttpConnectorTest, StopsAtTheFirstThatIsNotDelivered) {
  play({[](PeerSocket& socket) {
    for (const int status : {200, 503}) {
      if (!socket.read_request()) return;
      socket.write(http_answer(status));
    }
    take_all_requests(socket);
  }});
  EXPECT_THAT(deliver_all({"M1", "M2", "M3"}),
              ElementsAre("delivered", "http_status/target", "not tried"));
  EXPECT_THAT(deliver_all({"M2", "M3"}), ElementsAre("delivered", "delivered"));
}

TEST_F(HttpConnectorTest, GoesOnWhereItWasWhenTheTargetRestartsInMidBatch) {
  std::promise<void> cut;
  play({[&cut](PeerSocket& socket) {
          if (!socket.read_request()) return;
          socket.write(http_answer(200));
          if (!socket.read_request()) return;
          cut.set_value();
          socket.reset();
        },
        [](PeerSocket& socket) {
          // Once there is a request, or the reset could already end the connecting.
          if (socket.read_request()) socket.reset();
        },
        take_all_requests});
  EXPECT_THAT(deliver_all({"M1", "M2", "M3"}),
              ElementsAre("delivered", "reset/target", "not tried"));
  cut.get_future().get();
  // libcurl repeats a request that a kept connection was reset under, unless it was still
  // being sent: then the second reset is yet to come.
  auto rest = deliver_all({"M2", "M3"});
  if (rest.front() == "reset/target") rest = deliver_all({"M2", "M3"});
  EXPECT_THAT(rest, ElementsAre("delivered", "delivered"));
}

TEST_F(HttpConnectorTest, AStopLeavesTheRequestInHandItsAnswer) {
  std::promise<void> asked;
  std::promise<void> stopped;
  play({[&](PeerSocket& socket) {
    if (!socket.read_request()) return;
    asked.set_value();
    stopped.get_future().wait_for(10s);
    socket.write(http_answer(200));
    take_all_requests(socket);
  }});
  Letters letters;
  letters.add("M1");
  letters.add("M2");
  std::stop_source stopping;
  auto outcomes = std::async(
      std::launch::async, [&] { return connector_->deliver(letters.all(), stopping.get_token()); });
  asked.get_future().get();
  stopping.request_stop();
  stopped.set_value();
  EXPECT_THAT(summaries(outcomes.get()), ElementsAre("delivered", "not tried"));
}

TEST_F(HttpConnectorTest, AStopEndsAWaitWithoutEnd) {
  std::promise<void> asked;
  play({[&](PeerSocket& socket) {
         if (!socket.read_request()) return;
         asked.set_value();
         socket.await_stop();
       }},
       "timeout: 5m");
  Letters letters;
  letters.add("M1");
  std::stop_source stopping;
  auto outcomes = std::async(
      std::launch::async, [&] { return connector_->deliver(letters.all(), stopping.get_token()); });
  asked.get_future().get();
  const auto begin = SteadyClock::now();
  stopping.request_stop();
  EXPECT_EQ(summary(outcomes.get().front()), "stopped/target");
  EXPECT_LT(SteadyClock::now() - begin, 60s);
}

// --- nginx: TLS, client certificates, logins

class HttpByNginx : public HttpConnectorTest {
 protected:
  void SetUp() override {
    if (!NginxServer::is_installed()) GTEST_SKIP() << "not installed: Debian's package nginx-light";
    test_support::make_certificate(folder_.path(), "client");
  }

  // A server with TLS, and what is wrong with a delivery to it.
  std::string try_with(const std::string& server, const std::string& tls,
                       std::string scheme = "https") {
    NginxServer nginx(
        "ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;\n" + server,
        scheme == "https" ? "ssl" : "");
    connector_.reset();
    const std::string ca = nginx.folder() + "/server.pem";
    std::string yaml = tls;
    if (const std::size_t at = yaml.find("{ca}"); at != std::string::npos) yaml.replace(at, 4, ca);
    plan_ = test_support::plan_of(
        "http", "url: " + scheme + "://localhost:" + std::to_string(nginx.port()) + "/in\n" + yaml);
    connector_ = plan_->open();
    const Outcome outcome = deliver("M1");
    if (std::holds_alternative<Failure>(outcome)) reason_ = failure_of(outcome).reason;
    return summary(outcome);
  }

  test_support::TemporaryFolder folder_;
  std::string reason_;
};

constexpr const char* kTakeAll = "ssl_protocols TLSv1.2 TLSv1.3; location / { return 204; }";

TEST_F(HttpByNginx, ChecksWhoAnswers) {
  EXPECT_EQ(try_with(kTakeAll, "tls: {ca: '{ca}'}"), "delivered");
  EXPECT_EQ(try_with(kTakeAll, "tls: {ca: '{ca}', min_version: 1.3}"), "delivered") << reason_;
  EXPECT_EQ(try_with(kTakeAll, "tls: {verify: false}"), "delivered");
  EXPECT_EQ(try_with(kTakeAll, ""), "tls/target");
  EXPECT_THAT(reason_, HasSubstr("certificate"));
  EXPECT_EQ(try_with(kTakeAll, "tls: {ca: " + folder_.path() + "/client.pem}"), "tls/target");
  EXPECT_EQ(try_with("ssl_protocols TLSv1.2; location / { return 204; }",
                     "tls: {ca: '{ca}', min_version: 1.3}"),
            "tls/target");
}

TEST_F(HttpByNginx, ShowsItsOwnCertificate) {
  const std::string own = folder_.path() + "/client";
  const std::string server =
      "ssl_verify_client on; ssl_client_certificate " + own + ".pem; location / { return 204; }";
  EXPECT_EQ(try_with(server, "tls: {ca: '{ca}', cert: " + own + ".pem, key: " + own + ".key}"),
            "delivered");
  EXPECT_EQ(try_with(server, "tls: {ca: '{ca}'}"), "http_status/message");  // nginx says 400
}

TEST_F(HttpByNginx, WaitsWhileItsLoginIsRefused) {
  test_support::write_file(folder_.path() + "/users", "u:{PLAIN}right\n");
  const std::string server = "location / { auth_basic x; auth_basic_user_file " + folder_.path() +
                             "/users; try_files /none =404; }";
  test_support::write_file(folder_.path() + "/login", "u:wrong\n");
  const std::string yaml = "auth: {basic_file: " + folder_.path() + "/login}";
  EXPECT_EQ(try_with(server, yaml, "http"), "http_status/target");
  EXPECT_THAT(reason_, EndsWith("answered 401"));
  test_support::write_file(folder_.path() + "/login", "u:right\n");
  EXPECT_EQ(try_with(server, yaml, "http"), "http_status/target");
  EXPECT_THAT(reason_, testing::AnyOf(EndsWith("answered 404"), EndsWith("answered 405")));
}

TEST_F(HttpByNginx, TellsAMessageThatIsTooLarge) {
  EXPECT_EQ(try_with("client_max_body_size 50; location / { proxy_pass http://127.0.0.1:1; }", "",
                     "http"),
            "http_status/message");
  EXPECT_THAT(reason_, EndsWith("answered 413"));
}

TEST_F(HttpByNginx, TellsABackendThatIsAway) {
  EXPECT_EQ(try_with("location / { proxy_pass http://127.0.0.1:1; }", "", "http"),
            "http_status/target");
  EXPECT_THAT(reason_, EndsWith("answered 502"));
}

}  // namespace
}  // namespace connectors
