#include "admin/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "admin/route.hpp"

namespace admin {
namespace {

using testing::HasSubstr;

constexpr const char* kToken = "s3cret-token";

class FixedFacts final : public Facts {
 public:
  std::vector<Unready> unready(bool lanes_too) override {
    auto all = reasons;
    if (lanes_too) all.push_back({"lane_stopped", "the lane of connector lab has stopped"});
    return all;
  }

  StatusFacts status() override {
    return {.version = "0.1.0",
            .phase = "serving",
            .store = "sqlite",
            .started_at = base::WallTime(std::chrono::seconds(1'775'217'600)),
            .config_revision = 3,
            .connection_count = 2,
            .listeners = {"default 127.0.0.1:2575"},
            .audit_head = {"17", "5be1"}};
  }

  std::vector<ConnectorFacts> connectors() override {
    ConnectorFacts lab;
    lab.name = "lab \"1\"";
    lab.state = "waiting";
    lab.waiting_count = 7;
    lab.parked_count = 1;
    lab.attempt_count = 9;
    lab.oldest_at = base::WallTime(std::chrono::seconds(1'775'217'600));
    lab.last_failure = FailureFacts{"connect", "10.0.0.1:2575: refused", *lab.oldest_at};
    return {lab};
  }

  std::vector<ConnectionFacts> connections() override {
    return {{.id = 17,
             .listener = "default",
             .peer = "192.0.2.7:4000",
             .tls_identity = "CN=his",
             .since = {},
             .frame_count = 5,
             .received_bytes = 900,
             .in_flight_count = 1}};
  }

  std::vector<RuleFacts> rules() override { return {{"default", "need-id", 4, 2}}; }

  std::vector<Unready> reasons;
};

class RoutesTest : public testing::Test {
 protected:
  Response get(std::string path, std::string query = {},
               std::string authorization = std::string("Bearer ") + kToken) {
    return routes_.answer({"GET", std::move(path), std::move(query), std::move(authorization)});
  }

  boost::json::value get_json(const std::string& path) {
    return boost::json::parse(get(path).body);
  }

  FixedFacts facts_;
  std::optional<std::string> token_ = kToken;
  Routes routes_{facts_, [this] { return token_; }};
};

TEST_F(RoutesTest, HealthAndReadinessAskForNoToken) {
  token_.reset();
  EXPECT_EQ(get("/healthz", "", "").status, 200u);
  EXPECT_EQ(get("/readyz", "", "").status, 200u);
}

TEST_F(RoutesTest, TheDocumentTellsOfEveryRouteAndWhetherItAsksForTheToken) {
  const boost::json::value document = get_json("/api/openapi.json");
  const auto& paths = document.at("paths").as_object();
  EXPECT_EQ(paths.size(), all_routes().size());
  for (const Route& route : all_routes()) {
    const auto& operation = paths.at(route.path).at("get").as_object();
    EXPECT_EQ(operation.at("security").as_array().empty(), route.is_open) << route.path;
    EXPECT_EQ(operation.at("responses").as_object().contains("401"), !route.is_open);
    if (route.schema.empty()) continue;
    EXPECT_TRUE(document.at("components").at("schemas").as_object().contains(route.schema))
        << route.schema;
  }
}

TEST_F(RoutesTest, NotReadyTellsWhy) {
  facts_.reasons = {{"draining", "the server is ending"}};
  const Response response = get("/readyz", "", "");
  EXPECT_EQ(response.status, 503u);
  EXPECT_EQ(response.body,
            R"({"reasons":[{"code":"draining","text":"the server is ending"}],"ready":false})"
            "\n");
}

TEST_F(RoutesTest, AStoppedLaneCountsWhereItIsAskedFor) {
  EXPECT_EQ(get("/readyz", "lanes=0").status, 200u);
  EXPECT_EQ(get("/readyz", "x=1&lanes=1").status, 503u);
}

struct TokenCase {
  const char* name;
  const char* authorization;
  unsigned status;
};

const TokenCase kTokens[] = {
    {"right", "Bearer s3cret-token", 200},
    {"none", "", 401},
    {"empty", "Bearer ", 401},
    {"shorter", "Bearer s3cret-toke", 401},
    {"longer", "Bearer s3cret-token2", 401},
    {"twice", "Bearer s3cret-tokens3cret-token", 401},
    {"other_case", "Bearer S3cret-token", 401},
    {"basic", "Basic s3cret-token", 401},
    {"bare", "s3cret-token", 401},
};

TEST_F(RoutesTest, AllElseAsksForTheToken) {
  for (const char* path : {"/metrics", "/api/openapi.json", "/api/status", "/api/connectors",
                           "/api/connections", "/api/logs"}) {
    for (const TokenCase& each : kTokens) {
      const Response response = get(path, "", each.authorization);
      EXPECT_EQ(response.status, each.status) << path << " " << each.name;
      EXPECT_EQ(response.challenge, each.status == 401) << path << " " << each.name;
    }
  }
}

TEST_F(RoutesTest, WithoutATokenOfTheServerNobodyMayLook) {
  token_.reset();
  EXPECT_EQ(get("/metrics").status, 403u);
  EXPECT_EQ(get("/api/status", "", "Bearer ").status, 403u);
  token_ = "";
  EXPECT_EQ(get("/api/status", "", "Bearer ").status, 401u);
}

TEST_F(RoutesTest, OtherMethodsAndPathsAreRefused) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"}) {
    const Response response = routes_.answer({method, "/healthz", "", ""});
    EXPECT_EQ(response.status, 405u) << method;
    EXPECT_EQ(response.allow, "GET, HEAD") << method;
  }
  for (const char* path : {"", "/", "*", "/health", "/healthz/", "/api", "/api/status/../logs"}) {
    EXPECT_EQ(get(path).status, 404u) << path;
  }
}

TEST_F(RoutesTest, StatusAndListsAreJson) {
  EXPECT_EQ(get_json("/api/status").at("started").as_string(), "2026-04-03T12:00:00.000Z");
  const auto connector = get_json("/api/connectors").at("connectors").at(0);
  EXPECT_EQ(connector.at("waiting").as_int64(), 7);
  EXPECT_EQ(connector.at("oldest").as_string(), "2026-04-03T12:00:00.000Z");
  EXPECT_EQ(connector.at("last_failure").at("class").as_string(), "connect");
  const auto connection = get_json("/api/connections").at("connections").at(0);
  EXPECT_EQ(connection.at("peer").as_string(), "192.0.2.7:4000");
  EXPECT_TRUE(get_json("/api/logs").at("lines").is_array());
}

TEST_F(RoutesTest, MetricsHoldWhatOnlyThisMomentKnows) {
  const std::string page = get("/metrics").body;
  EXPECT_THAT(page, HasSubstr("\nmllp_build_info{version=\"0.1.0\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("\nmllp_audit_head_info{sequence=\"17\",mac=\"5be1\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("\nmllp_ready 1\n"));
  EXPECT_THAT(page, HasSubstr("\nmllp_connections 2\n"));
  EXPECT_THAT(page, HasSubstr("\nmllp_connector_queue_messages{connector=\"lab \\\"1\\\"\"} 7\n"));
  EXPECT_THAT(page, HasSubstr("\nmllp_connector_dead_letters{connector=\"lab \\\"1\\\"\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("{connector=\"lab \\\"1\\\"\",state=\"waiting\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("{connector=\"lab \\\"1\\\"\",state=\"running\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("{listener=\"default\",rule=\"need-id\",outcome=\"false\"} 4\n"));
  EXPECT_THAT(page, HasSubstr("\nprocess_resident_memory_bytes "));
  facts_.reasons = {{"draining", ""}};
  EXPECT_THAT(get("/metrics").body, HasSubstr("\nmllp_ready 0\n"));
}

}  // namespace
}  // namespace admin
