// The type postgres through its module, against a server of Debian's that the test starts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

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
using test_support::Letters;
using test_support::PostgresServer;
using test_support::ScriptedPeer;
using test_support::summaries;
using test_support::summary;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using SteadyClock = std::chrono::steady_clock;

class PostgresConnectorTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresServer::is_installed())
      GTEST_SKIP() << "not installed: Debian's package postgresql";
    server_ = std::make_unique<PostgresServer>();
  }

  void connect(const std::string& dsn, const std::string& yaml = "") {
    connector_.reset();
    plan_ = test_support::plan_of("postgres", "dsn: " + dsn + "\ntable: hl7_in\n" + yaml);
    connector_ = plan_->open();
  }

  Outcome deliver(std::string_view control_id) {
    Letters letters;
    letters.add(control_id);
    return connector_->deliver(letters.all(), {}).front();
  }

  std::vector<std::string> deliver_all(const Letters& letters) {
    return summaries(connector_->deliver(letters.all(), {}));
  }

  std::string ask(const std::string& sql) { return server_->query(sql); }

  // Somebody else's transaction, which nobody can write beside.
  std::future<std::string> hold_the_table() {
    auto holder = std::async(std::launch::async, [this] {
      return server_->query("BEGIN; LOCK TABLE hl7_in; SELECT pg_sleep(60)");
    });
    await_count("pg_locks WHERE mode = 'AccessExclusiveLock'");
    return holder;
  }

  void let_go(std::future<std::string>& holder) {
    static_cast<void>(
        ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"));
    holder.get();
  }

  // Until there is a row of these.
  void await_count(const std::string& rows) {
    test_support::await(rows, [&] { return ask("SELECT count(*) FROM " + rows) != "0\n"; });
  }

  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<ConnectorPlan> plan_;
  std::unique_ptr<Connector> connector_;
};

TEST_F(PostgresConnectorTest, MakesTheTableAndWritesWhatIsKnownOfAMessage) {
  connect(server_->dsn());
  EXPECT_EQ(connector_->batch_max(), 256u);
  Letters letters;
  letters.add("M1");
  ASSERT_THAT(deliver_all(letters), Each("delivered"));
  EXPECT_EQ(ask("SELECT id, entry, received_at AT TIME ZONE 'UTC', control_id, type, trigger, "
                "length(message), stored_at > now() - interval '1 min' FROM hl7_in"),
            base::to_string(letters.all()[0].message_id) + "|1|2026-04-03 12:00:00|M1|ADT|A01|" +
                std::to_string(letters.texts().front().size()) + "|t\n");
}

TEST_F(PostgresConnectorTest, UsesATableThatIsThereWithoutTheRightToMakeOne) {
  static_cast<void>(
      ask("CREATE SCHEMA lab; CREATE TABLE lab.inbox (id uuid PRIMARY KEY, entry bigint, "
          "received_at timestamptz, control_id varchar(20), type text, trigger text, message "
          "bytea, note text); GRANT USAGE ON SCHEMA lab TO p; GRANT INSERT, SELECT ON lab.inbox "
          "TO p; REVOKE CREATE ON SCHEMA public FROM public;"));
  const test_support::TemporaryFolder folder;
  test_support::write_file(folder.path() + "/password", "open sesame\n");
  plan_ = test_support::plan_of(
      "postgres",
      "dsn: host=127.0.0.1 user=p dbname=postgres port=" + std::to_string(server_->port()) +
          "\ntable: lab.inbox\npassword_file: " + folder.path() + "/password");
  EXPECT_EQ(plan_->describe(), "postgres at 127.0.0.1:" + std::to_string(server_->port()) +
                                   "/postgres, table \"lab\".\"inbox\"");
  connector_ = plan_->open();
  EXPECT_EQ(summary(deliver("M1")), "delivered");
  EXPECT_EQ(ask("SELECT control_id FROM lab.inbox"), "M1\n");

  const Outcome too_long = deliver(std::string(21, 'X'));
  EXPECT_EQ(summary(too_long), "sql_state/message");
  EXPECT_THAT(failure_of(too_long).reason, HasSubstr("SQLSTATE 22001"));
}

TEST_F(PostgresConnectorTest, ARepeatLeavesNoTrace) {
  connect(server_->dsn());
  Letters letters;
  for (int number = 1; number <= 5; ++number) letters.add("M" + std::to_string(number));
  ASSERT_THAT(deliver_all(letters), Each("delivered"));
  ASSERT_THAT(deliver_all(letters), Each("delivered"));
  EXPECT_EQ(ask("SELECT count(*), count(DISTINCT id) FROM hl7_in"), "5|5\n");
}

TEST_F(PostgresConnectorTest, IsOneTransactionACall) {
  connect(server_->dsn());
  Letters letters;
  for (int number = 1; number <= 200; ++number) letters.add("M" + std::to_string(number));
  ASSERT_THAT(deliver_all(letters), Each("delivered"));
  EXPECT_EQ(ask("SELECT count(*), count(DISTINCT xmin::text) FROM hl7_in"), "200|1\n");
}

TEST_F(PostgresConnectorTest, KeepsWhatATextCannotHoldOutOfTheText) {
  connect(server_->dsn());
  Letters letters;
  const std::string hostile("'; DROP TABLE hl7_in; --\0\xe4\r\n", 28);
  letters.add(hostile, test_support::message_of("M1") + "NTE|1||\xe4\r");
  letters.add(std::string(10'000, 'A'));
  ASSERT_THAT(deliver_all(letters), Each("delivered"));
  EXPECT_EQ(ask("SELECT control_id = E'''; DROP TABLE hl7_in; --\\uFFFD\\u00E4\\r\\n', "
                "length(message) FROM hl7_in WHERE entry = 1"),
            "t|" + std::to_string(letters.texts().front().size()) + "\n");
  EXPECT_EQ(ask("SELECT length(control_id) FROM hl7_in WHERE entry = 2"), "10000\n");
}

TEST_F(PostgresConnectorTest, ARowThatIsRefusedIsTheMessagesFaultAndThoseBeforeItAreKept) {
  connect(server_->dsn());
  ASSERT_EQ(summary(deliver("first")), "delivered");
  static_cast<void>(ask("ALTER TABLE hl7_in ADD CONSTRAINT no_bad CHECK (control_id <> 'BAD')"));
  Letters letters;
  for (const char* id : {"M1", "M2", "BAD", "M4"}) letters.add(id);
  const auto outcomes = connector_->deliver(letters.all(), {});
  EXPECT_THAT(summaries(outcomes),
              ElementsAre("delivered", "delivered", "sql_state/message", "not tried"));
  EXPECT_THAT(failure_of(outcomes[2]).reason,
              AllOf(HasSubstr("SQLSTATE 23514, constraint no_bad"), Not(HasSubstr("DOE"))));
  EXPECT_THAT(failure_of(outcomes[2]).words, HasSubstr("no_bad"));
  EXPECT_EQ(ask("SELECT string_agg(control_id, ' ' ORDER BY ctid) FROM hl7_in"), "first M1 M2\n");
}

TEST_F(PostgresConnectorTest, ARowThatOnlyTheCommitRefusesIsFound) {
  connect(server_->dsn());
  ASSERT_EQ(summary(deliver("first")), "delivered");
  static_cast<void>(
      ask("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF "
          "NEW.control_id = 'BAD' THEN RAISE EXCEPTION 'not this one' USING ERRCODE = '23000'; END "
          "IF; RETURN NULL; END $$; CREATE CONSTRAINT TRIGGER late AFTER INSERT ON hl7_in "
          "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"));
  Letters letters;
  for (const char* id : {"M1", "BAD", "M3"}) letters.add(id);
  EXPECT_THAT(deliver_all(letters), ElementsAre("delivered", "not tried", "not tried"));
  const auto rest = std::span(letters.all()).subspan(1);
  EXPECT_EQ(summary(connector_->deliver(rest.first(1), {}).front()), "sql_state/message");
  EXPECT_EQ(summary(connector_->deliver(rest.subspan(1), {}).front()), "delivered");
  EXPECT_EQ(ask("SELECT string_agg(control_id, ' ' ORDER BY ctid) FROM hl7_in"), "first M1 M3\n");
}

TEST_F(PostgresConnectorTest, GoesOnAfterAServerThatRestartsBetweenCalls) {
  connect(server_->dsn());
  ASSERT_EQ(summary(deliver("M1")), "delivered");
  for (const int signal : {SIGINT, SIGQUIT}) {
    server_->stop(signal);
    server_->start();
    EXPECT_EQ(summary(deliver("M2")), "delivered") << signal;
  }
}

TEST_F(PostgresConnectorTest, AServerThatRestartsInMidBatchHoldsEachMessageOnce) {
  connect(server_->dsn());
  ASSERT_EQ(summary(deliver("first")), "delivered");
  static_cast<void>(
      ask("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
          "pg_sleep(0.02); RETURN NEW; END $$; CREATE TRIGGER slow BEFORE INSERT ON hl7_in FOR "
          "EACH ROW EXECUTE FUNCTION slow()"));
  Letters letters;
  for (int number = 1; number <= 50; ++number) letters.add("M" + std::to_string(number));
  auto outcomes =
      std::async(std::launch::async, [&] { return connector_->deliver(letters.all(), {}); });
  await_count("pg_stat_activity WHERE wait_event = 'PgSleep'");
  server_->stop(SIGQUIT);
  const auto broken = summaries(outcomes.get());
  EXPECT_THAT(broken.front(), testing::AnyOf("connect/target", "reset/target", "sql_state/target"));
  EXPECT_EQ(broken.back(), "not tried");
  server_->start();
  EXPECT_EQ(ask("SELECT count(*) FROM hl7_in"), "1\n");
  EXPECT_THAT(deliver_all(letters), Each("delivered"));
  EXPECT_EQ(ask("SELECT count(*), count(DISTINCT id) FROM hl7_in"), "51|51\n");
}

TEST_F(PostgresConnectorTest, AStatementThatTakesTooLongIsNobodysFaultYet) {
  connect(server_->dsn(), "timeout: 300ms");
  ASSERT_EQ(summary(deliver("M1")), "delivered");
  auto holder = hold_the_table();
  const auto begin = SteadyClock::now();
  const Outcome outcome = deliver("M2");
  EXPECT_EQ(summary(outcome), "timeout/unclear");
  EXPECT_THAT(failure_of(outcome).reason, HasSubstr("SQLSTATE 57014"));  // the server's own
  EXPECT_LT(SteadyClock::now() - begin, 10s);
  let_go(holder);
  EXPECT_EQ(summary(deliver("M2")), "delivered");
}

TEST_F(PostgresConnectorTest, BlamesTheTargetForWhatIsWrongWithIt) {
  const DeadPort refuses(DeadPort::Kind::kRefuses);
  const DeadPort swallows(DeadPort::Kind::kSwallows);
  const std::string port = std::to_string(server_->port());
  const std::string at = "host=127.0.0.1 dbname=postgres port=";
  static_cast<void>(ask("REVOKE CREATE ON SCHEMA public FROM public; CREATE TABLE odd (id int)"));

  struct Case {
    std::string dsn;
    std::string words;
  };

  const Case cases[] = {
      {at + std::to_string(refuses.port()) + " user=t", "refused"},
      {at + std::to_string(swallows.port()) + " user=t", "timed out"},
      {"host=no-such-host.invalid user=t", "no-such-host.invalid"},
      {at + port + " user=nobody", "nobody"},
      {at + port + " user=p", "password"},
      {at + port + " user=t sslmode=require", "SSL"},
      {"host=127.0.0.1 user=t dbname=none port=" + port, "none"},
  };
  for (const Case& each : cases) {
    connect(each.dsn, "connect_timeout: 2s");
    const Outcome outcome = deliver("M1");
    EXPECT_THAT(summary(outcome), testing::AnyOf("connect/target", "tls/target")) << each.dsn;
    EXPECT_THAT(failure_of(outcome).reason, HasSubstr(each.words));
  }
  connector_.reset();
  plan_ = test_support::plan_of("postgres", "dsn: " + server_->dsn() + "\ntable: odd");
  connector_ = plan_->open();
  const Outcome outcome = deliver("M1");
  EXPECT_EQ(summary(outcome), "sql_state/target");
  EXPECT_THAT(failure_of(outcome).reason, HasSubstr("SQLSTATE 42703"));
}

TEST_F(PostgresConnectorTest, TellsAResetAndSilenceOfAServer) {
  struct Case {
    test_support::Scene scene;
    const char* summary;
  };

  const Case cases[] = {
      {[](test_support::PeerSocket& socket) { socket.reset(); }, "connect/target"},
      {[](test_support::PeerSocket& socket) {
         if (socket.read_some(8)) socket.write("MSH|^~\\&|no|database\r");
         socket.await_stop();
       },
       "connect/target"},
      {[](test_support::PeerSocket& socket) { socket.await_stop(); }, "connect/target"},
  };
  for (const Case& each : cases) {
    ScriptedPeer peer({each.scene});
    connect("host=127.0.0.1 user=t dbname=x port=" + std::to_string(peer.port()),
            "connect_timeout: 500ms");
    EXPECT_EQ(summary(deliver("M1")), each.summary);
    connector_.reset();
  }
}

TEST_F(PostgresConnectorTest, SpeaksTlsAndChecksTheServer) {
  const std::string certificate = server_->offer_tls();
  server_->stop();
  server_->start();
  const std::string dsn = "host=localhost hostaddr=127.0.0.1 user=t dbname=postgres port=" +
                          std::to_string(server_->port()) + " sslmode=verify-full sslrootcert=";
  connect(dsn + certificate);
  EXPECT_EQ(summary(deliver("M1")), "delivered");
  const test_support::TemporaryFolder folder;
  test_support::make_certificate(folder.path(), "other");
  connect(dsn + folder.path() + "/other.pem");
  const Outcome outcome = deliver("M1");
  EXPECT_EQ(summary(outcome), "tls/target");
  EXPECT_THAT(failure_of(outcome).reason, HasSubstr("certificate verify failed"));
}

TEST_F(PostgresConnectorTest, AStopEndsAWaitWithoutEnd) {
  connect(server_->dsn(), "timeout: 5m");
  ASSERT_EQ(summary(deliver("M1")), "delivered");
  auto holder = hold_the_table();
  Letters letters;
  letters.add("M2");
  std::stop_source stopping;
  auto outcomes = std::async(
      std::launch::async, [&] { return connector_->deliver(letters.all(), stopping.get_token()); });
  await_count("pg_locks WHERE NOT granted");
  stopping.request_stop();
  EXPECT_EQ(summary(outcomes.get().front()), "stopped/target");
  let_go(holder);
}

}  // namespace
}  // namespace connectors
