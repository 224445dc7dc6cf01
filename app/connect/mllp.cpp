#include "connect/mllp.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "connect/mllp_connector.hpp"
#include "connect/settings_reader.hpp"

namespace connectors {
namespace {

constexpr std::array<std::string_view, 2> kActions{"retry", "park"};
constexpr std::array<std::string_view, 2> kTlsVersions{"1.2", "1.3"};
constexpr std::array<std::string_view, 3> kMatches{"strict", "prefix20", "order"};

class MllpPlan final : public ConnectorPlan {
 public:
  MllpPlan(MllpSettings settings, const base::Clock& clock)
      : settings_(std::move(settings)), clock_(clock) {}

  [[nodiscard]] std::unique_ptr<Connector> open() const override {
    return std::make_unique<MllpConnector>(settings_, clock_);
  }

  [[nodiscard]] bool can_answer() const noexcept override { return true; }

  [[nodiscard]] std::string describe() const override {
    std::string text = "mllp to " + config::to_string(settings_.link.address);
    if (settings_.link.backup_address) {
      text += ", else " + config::to_string(*settings_.link.backup_address);
    }
    return text;
  }

  [[nodiscard]] std::optional<Credentials> credentials() const override {
    if (!settings_.link.tls) return std::nullopt;
    const net::TlsClientFiles& files = settings_.link.tls->files;
    return Credentials{files.own.certificate, files.own.key, files.ca, files.verify};
  }

 private:
  const MllpSettings settings_;
  const base::Clock& clock_;
};

// None after a report.
std::optional<config::Address> read_address(config::Reader& reader, std::string_view key,
                                            const std::string& text) {
  const auto address = config::parse_address(text);
  if (address && !address->host.empty() && address->port != 0) return address;
  reader.report(key, "expected host:port, such as 10.1.2.3:2575, found '" + text + "'");
  return std::nullopt;
}

std::optional<TlsSettings> read_tls(config::Reader& outer) {
  const config::Node* node = outer.child("tls");
  if (node == nullptr) return std::nullopt;
  const std::size_t problem_count = outer.problems().size();
  config::Reader reader(*node, outer.where() + ".tls", outer.problems());
  TlsSettings tls;
  tls.files.ca = reader.text("ca", "");
  tls.files.own.certificate = reader.text("cert", "");
  tls.files.own.key = reader.text("key", "");
  tls.files.own.key_password = reader.text("key_password_file", "");
  tls.files.verify = reader.flag("verify", true);
  tls.files.least = static_cast<net::TlsVersion>(reader.choice("min_version", kTlsVersions, 0));
  tls.server_name = reader.text("server_name", "");
  if (reader.has("key") && tls.files.own.certificate.empty()) {
    reader.report("key", "does nothing without cert");
  }
  reader.finish();
  if (outer.problems().size() != problem_count) return tls;
  const auto loaded = net::TlsClientContext::load(tls.files);
  if (!loaded) outer.report("tls", loaded.error());
  return tls;
}

LinkSettings read_link(config::Reader& reader) {
  LinkSettings link;
  const std::string address = reader.required_text("address");
  if (!address.empty()) {
    link.address = read_address(reader, "address", address).value_or(config::Address{});
  }
  if (reader.has("backup_address")) {
    link.backup_address = read_address(reader, "backup_address", reader.text("backup_address", ""));
  }
  link.connect_timeout = read_timeout(reader, "connect_timeout", link.connect_timeout);
  link.keep_alive = reader.duration("keep_alive", link.keep_alive);
  link.tls = read_tls(reader);
  return link;
}

AnswerActions read_actions(config::Reader& outer, config::Problems& problems) {
  AnswerActions actions;
  const config::Node* node = outer.child("on_answer");
  if (node == nullptr) return actions;
  config::Reader reader(*node, outer.where() + ".on_answer", problems);
  const auto read = [&reader](std::string_view code, OnAnswer& action) {
    action = static_cast<OnAnswer>(reader.choice(code, kActions, static_cast<std::size_t>(action)));
  };
  read("AE", actions.application_error);
  read("AR", actions.application_reject);
  read("CE", actions.commit_error);
  read("CR", actions.commit_reject);
  reader.finish();
  return actions;
}

}  // namespace

std::unique_ptr<ConnectorPlan> make_mllp_plan(const config::ConnectorSettings& settings,
                                              const base::Clock& clock,
                                              config::Problems& problems) {
  const std::size_t problem_count = problems.size();
  config::Reader reader = make_settings_reader(settings, problems);
  MllpSettings mllp;
  mllp.name = settings.name;
  mllp.batch_max = settings.batch;
  mllp.link = read_link(reader);
  if (mllp.link.tls) mllp.link.tls->connector = settings.name;
  mllp.answer_timeout = read_timeout(reader, "answer_timeout", mllp.answer_timeout);
  mllp.on_answer = read_actions(reader, problems);
  mllp.match = static_cast<Match>(reader.choice("match", kMatches, 0));
  reader.finish();
  if (problems.size() != problem_count) return nullptr;
  return std::make_unique<MllpPlan>(std::move(mllp), clock);
}

}  // namespace connectors
