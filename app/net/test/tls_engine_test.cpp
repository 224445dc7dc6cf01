// Both ends of TLS in memory, without a socket: what is let in and what is not, and
// octets that come through however they are cut.
#include "net/tls/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "certificate_maker.hpp"

namespace net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Moves what one side has to say to the other, `piece` octets at a time.
void carry(TlsEngine& from, TlsEngine& to, std::size_t piece, std::string& plain) {
  std::string octets;
  octets.swap(from.outgoing());
  std::vector<std::byte> room(70'000);
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    const std::string part = octets.substr(at, piece);
    to.feed(base::as_bytes(part));
    if (to.handshake() != TlsStep::kDone) {
      to.keep_rest();
      continue;
    }
    while (to.has_unread_input()) {
      const TlsRead read = to.read(room);
      if (read.step != TlsStep::kDone) break;
      plain.append(reinterpret_cast<const char*>(room.data()), read.bytes);
    }
    to.keep_rest();
  }
}

struct Ends {
  std::unique_ptr<TlsEngine> server;
  std::unique_ptr<TlsEngine> client;
  std::string at_server;  // plaintext that has arrived
  std::string at_client;

  void settle(std::size_t piece = 1 << 20U) {
    for (int round = 0; round < 12; ++round) {
      static_cast<void>(client->handshake());
      carry(*client, *server, piece, at_server);
      static_cast<void>(server->handshake());
      carry(*server, *client, piece, at_client);
    }
  }

  bool stands() {
    return client->handshake() == TlsStep::kDone && server->handshake() == TlsStep::kDone;
  }
};

class TlsEngineTest : public testing::Test {
 protected:
  TlsEngineTest() {
    maker_.issue("server", {.common_name = "lab.example.org", .names = {"DNS:lab.example.org"}});
    maker_.issue("client", {.common_name = "Analyser 7",
                            .names = {"DNS:an7.example.org", "URI:urn:an:7", "IP:10.1.2.3"}});
    server_files_.identities = {{maker_.path("server.pem"), maker_.path("server.key"), ""}};
    client_files_.ca = maker_.ca_path();
  }

  void show_client(const std::string& name) {
    client_files_.own = {maker_.path(name + ".pem"), maker_.path(name + ".key"), ""};
  }

  Ends connect(const std::string& host = "lab.example.org") {
    auto server = TlsServerContext::load(server_files_);
    auto client = TlsClientContext::load(client_files_);
    EXPECT_TRUE(server) << (server ? "" : server.error());
    EXPECT_TRUE(client) << (client ? "" : client.error());
    return {TlsEngine::accept(*server), TlsEngine::connect(*client, host), "", ""};
  }

  std::string load_error() {
    const auto loaded = TlsServerContext::load(server_files_);
    return loaded ? "loaded" : loaded.error();
  }

  CertificateMaker maker_;
  TlsServerFiles server_files_;
  TlsClientFiles client_files_;
};

TEST_F(TlsEngineTest, OctetsComeThroughHoweverTheyAreCut) {
  for (const std::size_t piece : {1u, 7u, 1000u, 1u << 20U}) {
    Ends ends = connect();
    ends.settle(piece);
    ASSERT_TRUE(ends.stands()) << piece;
    const std::string large(50'000, 'x');
    ASSERT_TRUE(ends.client->write(base::as_bytes("\vMSH|" + large + "\x1c\r")));
    ASSERT_TRUE(ends.server->write(base::as_bytes("\vACK\x1c\r")));
    ends.settle(piece);
    EXPECT_EQ(ends.at_server, "\vMSH|" + large + "\x1c\r") << piece;
    EXPECT_EQ(ends.at_client, "\vACK\x1c\r") << piece;
  }
}

// The stream reads into the very memory that the ciphertext came in.
TEST_F(TlsEngineTest, PlaintextMayOverwriteWhatWasFed) {
  Ends ends = connect();
  ends.settle();
  std::string sent;
  for (int record = 0; record < 40; ++record) {
    const std::string part(static_cast<std::size_t>(record * 37 % 400 + 1),
                           static_cast<char>('a' + record % 26));
    ASSERT_TRUE(ends.client->write(base::as_bytes(part)));
    sent += part;
  }
  std::string octets;
  octets.swap(ends.client->outgoing());
  std::vector<std::byte> room(301);
  std::string came;
  for (std::size_t at = 0; at < octets.size(); at += room.size()) {
    const std::string part = octets.substr(at, room.size());
    std::memcpy(room.data(), part.data(), part.size());
    ends.server->feed(base::ByteView(room).first(part.size()));
    while (ends.server->has_unread_input()) {
      const TlsRead read = ends.server->read(room);
      if (read.step != TlsStep::kDone) break;
      came.append(reinterpret_cast<const char*>(room.data()), read.bytes);
    }
  }
  EXPECT_EQ(came, sent);
}

TEST_F(TlsEngineTest, TheClientsNamesAreKnown) {
  server_files_.client_ca = maker_.ca_path();
  show_client("client");
  Ends ends = connect();
  ends.settle();
  ASSERT_TRUE(ends.stands()) << ends.server->failure().text;
  const auto facts = ends.server->peer_certificate();
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->subject, "CN=Analyser 7,O=Example Hospital");
  EXPECT_THAT(facts->names, ElementsAre("DNS:an7.example.org", "URI:urn:an:7", "IP:10.1.2.3"));
}

TEST_F(TlsEngineTest, NoCertificate) {
  server_files_.client_ca = maker_.ca_path();
  Ends ends = connect();
  ends.settle();
  EXPECT_EQ(ends.server->failure().fault, TlsFault::kNoCertificate);
  EXPECT_EQ(ends.client->failure().fault, TlsFault::kRefused);
  EXPECT_THAT(ends.client->failure().text, HasSubstr("wants a client certificate"));
}

TEST_F(TlsEngineTest, CertificateOfAnotherAuthority) {
  CertificateMaker other("Other CA");
  other.issue("client", {});
  server_files_.client_ca = maker_.ca_path();
  client_files_.own = {other.path("client.pem"), other.path("client.key"), ""};
  Ends ends = connect();
  ends.settle();
  EXPECT_EQ(ends.server->failure().fault, TlsFault::kUntrusted) << ends.server->failure().text;
}

TEST_F(TlsEngineTest, ExpiredAndNotYetValid) {
  server_files_.client_ca = maker_.ca_path();
  maker_.issue("old", {.names = {}, .days_from = -10, .days_to = -1});
  maker_.issue("new", {.names = {}, .days_from = 2, .days_to = 10});
  for (const char* name : {"old", "new"}) {
    show_client(name);
    Ends ends = connect();
    ends.settle();
    EXPECT_EQ(ends.server->failure().fault, TlsFault::kExpired) << ends.server->failure().text;
  }
}

TEST_F(TlsEngineTest, RevokedOnesStayOutAndOthersComeIn) {
  maker_.issue("lost", {.common_name = "Lost laptop", .names = {}});
  maker_.revoke({"lost"});
  server_files_.client_ca = maker_.ca_path();
  server_files_.revocations = maker_.path("crl.pem");
  show_client("lost");
  Ends lost = connect();
  lost.settle();
  EXPECT_EQ(lost.server->failure().fault, TlsFault::kRevoked);
  EXPECT_THAT(lost.server->failure().text, HasSubstr("Lost laptop"));
  show_client("client");
  Ends good = connect();
  good.settle();
  EXPECT_TRUE(good.stands()) << good.server->failure().text;
}

TEST_F(TlsEngineTest, WithoutAListOfItsIssuerNobodyComesIn) {
  CertificateMaker other("Other CA");
  other.issue("x", {});
  other.revoke({"x"});
  server_files_.client_ca = maker_.ca_path();
  server_files_.revocations = other.path("crl.pem");
  show_client("client");
  Ends ends = connect();
  ends.settle();
  EXPECT_EQ(ends.server->failure().fault, TlsFault::kRevoked);
}

TEST_F(TlsEngineTest, OnlyTheNamedComeIn) {
  server_files_.client_ca = maker_.ca_path();
  show_client("client");
  const auto facts = read_certificates(maker_.path("client.pem"));
  ASSERT_TRUE(facts);

  struct Row {
    const char* entry;
    bool comes_in;
  };

  const std::string key = "SHA256:" + facts->front().key_sha256;
  const Row rows[] = {
      {"AN7.example.org", true},  {"analyser 7", true},          {"10.1.2.3", true},
      {"urn:AN:7", true},         {"dns:an7.example.org", true}, {key.c_str(), true},
      {"an8.example.org", false}, {"example.org", false},        {"sha256:00", false}};
  for (const Row& row : rows) {
    server_files_.client_names = {"somebody.else", row.entry};
    Ends ends = connect();
    ends.settle();
    EXPECT_EQ(ends.stands(), row.comes_in) << row.entry;
    if (row.comes_in) continue;
    EXPECT_EQ(ends.server->failure().fault, TlsFault::kName) << row.entry;
  }
}

TEST_F(TlsEngineTest, TheServersCertificateMustBeForTheNameThatWasAskedFor) {
  Ends ends = connect("other.example.org");
  ends.settle();
  EXPECT_EQ(ends.client->failure().fault, TlsFault::kName);
  client_files_.verify = false;
  Ends blind = connect("other.example.org");
  blind.settle();
  EXPECT_TRUE(blind.stands());
}

TEST_F(TlsEngineTest, TheServerNameChoosesTheCertificate) {
  maker_.issue("second", {.common_name = "x", .names = {"DNS:*.second.example.org"}});
  server_files_.identities.push_back({maker_.path("second.pem"), maker_.path("second.key"), ""});
  Ends second = connect("an.second.example.org");
  second.settle();
  ASSERT_TRUE(second.stands()) << second.client->failure().text;
  EXPECT_THAT(second.client->peer_certificate()->names, ElementsAre("DNS:*.second.example.org"));
  Ends first = connect("lab.example.org");
  first.settle();
  EXPECT_TRUE(first.stands()) << "the first answers for all others";
}

TEST_F(TlsEngineTest, TheLeastVersionHolds) {
  server_files_.least = TlsVersion::k13;
  Ends ends = connect();
  ends.settle();
  ASSERT_TRUE(ends.stands());
  EXPECT_EQ(ends.server->description().version, "TLSv1.3");
}

TEST_F(TlsEngineTest, PlainOctetsAndHttpAreToldApart) {
  for (const char* said : {"\vMSH|^~\\&|A\x1c\r", "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n\r\n\r\n"}) {
    Ends ends = connect();
    ends.server->feed(base::as_bytes(said));
    EXPECT_EQ(ends.server->handshake(), TlsStep::kFailed);
    EXPECT_EQ(ends.server->failure().fault, TlsFault::kNoTls) << said;
  }
}

TEST_F(TlsEngineTest, TheEndIsTold) {
  Ends ends = connect();
  ends.settle();
  ends.client->close_notify();
  std::string octets;
  octets.swap(ends.client->outgoing());
  ends.server->feed(base::as_bytes(octets));
  std::vector<std::byte> room(100);
  EXPECT_EQ(ends.server->read(room).step, TlsStep::kClosed);
}

TEST_F(TlsEngineTest, AFlippedBitEndsTheConnection) {
  Ends ends = connect();
  ends.settle();
  ASSERT_TRUE(ends.client->write(base::as_bytes("hello")));
  std::string octets;
  octets.swap(ends.client->outgoing());
  octets.back() = static_cast<char>(octets.back() ^ 1);
  ends.server->feed(base::as_bytes(octets));
  std::vector<std::byte> room(100);
  EXPECT_EQ(ends.server->read(room).step, TlsStep::kFailed);
}

TEST_F(TlsEngineTest, WhatIsWrongWithTheFilesIsSaid) {
  TlsIdentityFiles& own = server_files_.identities.front();
  EXPECT_EQ(load_error(), "loaded");
  own.key = maker_.path("client.key");
  EXPECT_EQ(load_error(), own.key + ": is not the key of " + own.certificate);
  own.key = maker_.path("none.key");
  EXPECT_EQ(load_error(), own.key + ": No such file or directory");
  own.key = maker_.path("server.pem");
  EXPECT_THAT(load_error(), HasSubstr("server.pem: holds no private key"));
  own = {maker_.path("server.key"), maker_.path("server.key"), ""};
  EXPECT_EQ(load_error(), own.certificate + ": holds no certificate");
  own = {maker_.path("server.pem"), maker_.path("server.key"), ""};
  server_files_.client_ca = maker_.path("server.key");
  EXPECT_EQ(load_error(), maker_.path("server.key") + ": holds no certificate");
  server_files_.client_ca = maker_.ca_path();
  server_files_.revocations = maker_.ca_path();
  EXPECT_EQ(load_error(), maker_.ca_path() + ": holds no revocation list");
}

TEST_F(TlsEngineTest, AnEncryptedKeyOpensWithItsPassword) {
  maker_.encrypt_key("server", "open sesame");
  TlsIdentityFiles& own = server_files_.identities.front();
  EXPECT_EQ(load_error(), own.key + ": the key is encrypted, and no password file is given");
  maker_.write("password", "wrong\n");
  own.key_password = maker_.path("password");
  EXPECT_EQ(load_error(), own.key + ": the password in " + own.key_password + " does not open it");
  maker_.write("password", "open sesame\nnot this\n");
  EXPECT_EQ(load_error(), "loaded");
}

TEST_F(TlsEngineTest, AnExpiredOwnCertificateLoadsAndSaysSo) {
  maker_.issue("server", {.names = {}, .days_from = -10, .days_to = -1});
  const auto loaded = TlsServerContext::load(server_files_);
  ASSERT_TRUE(loaded);
  EXPECT_THAT((*loaded)->expired(base::Clock::system().wall_now()),
              HasSubstr("server.pem: expired on "));
}

TEST_F(TlsEngineTest, NamesOfClientsHaveAForm) {
  EXPECT_THAT(check_client_name("lab.example.org"), IsEmpty());
  EXPECT_THAT(check_client_name("sha256:" + std::string(64, 'a')), IsEmpty());
  EXPECT_EQ(check_client_name("sha256:abc"), "sha256: must be followed by 64 hexadecimal digits");
}

}  // namespace
}  // namespace net
