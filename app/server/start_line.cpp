#include "server/start_line.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace server {
namespace {

constexpr std::size_t kNamedMax = 5;  // the line stays one that a person reads

class Enumeration {
 public:
  void add(std::string_view item) {
    if (++count_ > kNamedMax) return;
    text_ += fmt::format("{}{}", text_.empty() ? "" : ", ", item);
  }

  [[nodiscard]] std::string text() const {
    if (count_ <= kNamedMax) return text_;
    return fmt::format("{} and {} more", text_, count_ - kNamedMax);
  }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

std::string doors_of(const config::Configuration& configuration,
                     const std::vector<std::string>& listeners) {
  Enumeration doors;
  for (std::size_t index = 0; index < listeners.size(); ++index) {
    const bool has_tls = !configuration.listeners[index].tls_cert_files.empty();
    doors.add(fmt::format("{} {} TLS", listeners[index], has_tls ? "with" : "without"));
  }
  return doors.text();
}

std::string store_of(const config::ServerSettings& settings) {
  if (settings.store == config::StoreKind::kMemory) return "in memory (not durable)";
  return "in " + settings.data_dir;
}

std::string targets_of(const config::Configuration& configuration) {
  if (configuration.connectors.empty()) return "nowhere";
  Enumeration targets;
  for (const config::ConnectorSettings& each : configuration.connectors) {
    targets.add(fmt::format("{} ({})", each.name, each.type));
  }
  return "to " + targets.text();
}

std::string admin_of(const config::ServerSettings& settings, const std::string& address) {
  if (address.empty()) return "shows its health to nobody";
  return fmt::format("shows its health on {}, metrics {}", address,
                     settings.admin_token_file.empty() ? "to nobody" : "to whom has the token");
}

}  // namespace

std::string describe(const config::Configuration& configuration,
                     const std::vector<std::string>& listeners, const std::string& admin_address) {
  return fmt::format("takes messages on {}; keeps them {}; delivers them {}; {}",
                     doors_of(configuration, listeners), store_of(configuration.server),
                     targets_of(configuration), admin_of(configuration.server, admin_address));
}

}  // namespace server
