#include "connect/test_support/server_targets.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <utility>

#include "connect/registry.hpp"
#include "connect/test_support/scripted_peer.hpp"
#include "connect/test_support/servers.hpp"

namespace connectors::test_support {
namespace {

std::string url_of(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port) + "/in";
}

class HttpTarget final : public Target {
 public:
  std::unique_ptr<Connector> open() override { return plan_->open(); }

  std::vector<std::string> arrived() override { return peer_.received(); }

  void take_away() override { peer_.stop(); }

  void bring_back() override { peer_.start(); }

 private:
  ScriptedPeer peer_{{take_all_requests}};
  std::unique_ptr<ConnectorPlan> plan_ = plan_of("http", "url: " + url_of(peer_.port()));
};

// nginx in front of a server of ours, which keeps what comes.
class NginxTarget final : public Target {
 public:
  std::unique_ptr<Connector> open() override { return plan_->open(); }

  std::vector<std::string> arrived() override { return peer_.received(); }

  void take_away() override { nginx_.stop(); }

  void bring_back() override { nginx_.start(); }

 private:
  ScriptedPeer peer_{{take_all_requests}};
  NginxServer nginx_{"location / { proxy_pass http://127.0.0.1:" + std::to_string(peer_.port()) +
                     "; }"};
  std::unique_ptr<ConnectorPlan> plan_ = plan_of("http", "url: " + url_of(nginx_.port()));
};

class PostgresTarget final : public Target {
 public:
  std::unique_ptr<Connector> open() override { return plan_->open(); }

  std::vector<std::string> arrived() override {
    if (server_.query("SELECT to_regclass('hl7_in')") == "\n") return {};
    std::istringstream rows(
        server_.query("SELECT encode(message, 'hex') FROM hl7_in ORDER BY stored_at, ctid"));
    std::vector<std::string> messages;
    for (std::string row; std::getline(rows, row);) messages.push_back(from_hex(row));
    return messages;
  }

  void take_away() override { server_.stop(); }

  void bring_back() override { server_.start(); }

 private:
  static std::string from_hex(const std::string& digits) {
    std::string octets;
    for (std::size_t at = 0; at < digits.size(); at += 2) {
      octets += static_cast<char>(std::strtol(digits.substr(at, 2).c_str(), nullptr, 16));
    }
    return octets;
  }

  PostgresServer server_;
  std::unique_ptr<ConnectorPlan> plan_ =
      plan_of("postgres", "dsn: " + server_.dsn() + "\ntable: hl7_in");
};

template <class Kind>
TargetKind kind(std::string name) {
  return {std::move(name), [] { return std::unique_ptr<Target>(std::make_unique<Kind>()); }};
}

}  // namespace

config::ConnectorSettings settings_of(std::string type, const std::string& yaml) {
  auto node = config::parse_yaml("config.yaml", "name: lab\ntype: " + type + "\n" + yaml);
  config::ConnectorSettings settings;
  settings.name = "lab";
  settings.type = std::move(type);
  EXPECT_TRUE(node.has_value()) << config::to_string(node.error());
  if (node) settings.node = std::move(*node);
  const config::Node* batch = settings.node.find("batch");
  if (batch != nullptr) settings.batch = std::stoul(batch->text);
  const config::Node* lanes = settings.node.find("lanes");
  if (lanes != nullptr) settings.lanes = std::stoul(lanes->text);
  return settings;
}

std::unique_ptr<ConnectorPlan> plan_of(std::string type, const std::string& yaml) {
  config::Problems problems;
  auto plan = make_plan(settings_of(std::move(type), yaml), base::Clock::system(), problems);
  EXPECT_NE(plan, nullptr) << config::to_string(problems);
  return plan;
}

std::vector<TargetKind> server_target_kinds() {
  return {kind<HttpTarget>("http"), kind<NginxTarget>("nginx"), kind<PostgresTarget>("postgres")};
}

std::string missing_for(const std::string& name) {
  if (name == "python_hl7" && !has_python_hl7()) return "python3-hl7";
  if (name == "nginx" && !NginxServer::is_installed()) return "nginx-light";
  if (name == "postgres" && !PostgresServer::is_installed()) return "postgresql";
  return {};
}

}  // namespace connectors::test_support
