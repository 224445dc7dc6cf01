#include "config/environment.hpp"

#include <algorithm>
#include <array>

#include "config/near_miss.hpp"
#include "config/settings_table.hpp"

namespace config {
namespace {

constexpr std::array<std::string_view, 2> kPrefixes = {"MLLP_SERVER_", "MLLP_"};
constexpr std::array<std::string_view, 1> kOfOthers = {"SSL_CERT_FILE"};  // OpenSSL's
constexpr std::array<std::string_view, 3> kProtocols = {"TCP", "UDP", "SCTP"};
constexpr std::array<std::string_view, 3> kParts = {"PROTO", "PORT", "ADDR"};

// Takes what stands before the next underscore, and that underscore.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = text.find('_');
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

template <class Words>
bool is_one_of(std::string_view word, const Words& words) {
  return std::ranges::find(words, word) != words.end();
}

// "2575_TCP", "2575_TCP_ADDR"
bool is_port_part(std::string_view text) {
  const std::string_view port = take_word(text);
  const bool digits = !port.empty() && port.find_first_not_of("0123456789") == port.npos;
  if (!digits || !is_one_of(take_word(text), kProtocols)) return false;
  return text.empty() || is_one_of(text, kParts);
}

}  // namespace

bool is_service_variable(std::string_view name) {
  if (name.find("_SERVICE_HOST") != name.npos || name.find("_SERVICE_PORT") != name.npos) {
    return true;
  }
  if (name.ends_with("_PORT")) return true;
  const std::size_t port = name.find("_PORT_");
  return port != name.npos && is_port_part(name.substr(port + 6));
}

std::optional<std::string_view> meant_setting(std::string_view name) {
  if (is_service_variable(name) || is_one_of(name, kOfOthers)) return std::nullopt;
  if (find_setting(name) != nullptr) return std::nullopt;
  if (const auto meant = near_miss(name, setting_names())) return meant;
  for (const std::string_view prefix : kPrefixes) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view bare = name.substr(prefix.size());
    const Setting* const setting = find_setting(bare);
    if (setting != nullptr) return setting->name;
    if (const auto meant = near_miss(bare, setting_names())) return meant;
  }
  return std::nullopt;
}

}  // namespace config
