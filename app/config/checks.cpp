#include "config/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace config {
namespace {

void check_store(const ServerSettings& server, const Given& given, Problems& problems) {
  if (server.store != StoreKind::kMemory || server.allow_loss) return;
  const GivenValue* const store = given.find("STORE");
  if (store == nullptr) return;
  problems.push_back(
      store->problem("memory loses every accepted message when the process ends; set "
                     "ALLOW_LOSS=true if that is meant"));
}

// Seconds are counted, in 32 bits.
void check_dedup_window(const ServerSettings& server, const std::vector<ReadListener>& listeners,
                        const Given& given, Problems& problems) {
  const GivenValue* const window = given.find("DEDUP_WINDOW");
  if (window == nullptr) return;
  if (server.dedup_window < std::chrono::seconds(1) ||
      server.dedup_window > std::chrono::hours(24 * 3650)) {
    problems.push_back(window->problem("expected 1s to 3650d; DEDUP=off remembers nothing"));
  }
  const bool is_used = std::ranges::any_of(
      listeners, [](const ReadListener& each) { return each.settings.dedup != Dedup::kOff; });
  if (!is_used) problems.push_back(window->problem("does nothing without DEDUP"));
}

void check_encryption(const Given& given, Problems& problems) {
  const GivenValue* const text = given.find("ENCRYPTION_KEY");
  if (text == nullptr || given.find("ENCRYPTION_KEY_FILE") == nullptr) return;
  problems.push_back(text->problem("expected nothing, as ENCRYPTION_KEY_FILE is set"));
}

// Where a listener's setting was written: its own key, else the source's value, else
// nowhere.
Problem at_setting(const ReadListener& listener, std::size_t index, std::string_view key,
                   const GivenValue* given, std::string_view what) {
  const Node* const own = listener.node == nullptr ? nullptr : listener.node->find(key);
  if (own != nullptr) return own->problem(fmt::format("listeners[{}].{}: {}", index, key, what));
  if (given != nullptr) return given->problem(what);
  if (listener.node != nullptr) {
    return listener.node->problem(fmt::format("listeners[{}].{}: {}", index, key, what));
  }
  return Problem{"default", 0, 0, fmt::format("{}: {}", key, what), ""};
}

void check_frame_size(const ServerSettings& server, const ReadListener& listener, std::size_t index,
                      const Given& given, Problems& problems) {
  if (listener.settings.max_frame_size <= server.max_buffered_bytes) return;
  const std::string frame = size_to_string(listener.settings.max_frame_size);
  const std::string room = size_to_string(server.max_buffered_bytes);
  const GivenValue* const frame_given = given.find("MAX_FRAME_SIZE");
  const GivenValue* const room_given = given.find("MAX_BUFFERED_BYTES");
  const bool own = listener.node != nullptr && listener.node->find("max_frame_size") != nullptr;
  if (room_given != nullptr && frame_given == nullptr && !own) {
    problems.push_back(room_given->problem(fmt::format(
        "{} is less than MAX_FRAME_SIZE ({}): such a frame could never be read", room, frame)));
    return;
  }
  problems.push_back(at_setting(
      listener, index, "max_frame_size", frame_given,
      fmt::format("{} is more than MAX_BUFFERED_BYTES ({}): such a frame could never be read",
                  frame, room)));
}

// A setting that does nothing without another: whoever wrote it believes in it.
struct Need {
  std::string_view name;
  std::string_view key;
  bool given;
  std::string_view needed;
  bool needed_given;
};

void check_needs(const ReadListener& listener, std::size_t index, const Given& given,
                 Problems& problems) {
  const ListenerSettings& own = listener.settings;
  const bool tls = !own.tls_cert_files.empty();
  // A listener that says `tls_cert_file: ""` is plain, whatever the environment says.
  const bool plain_by_choice =
      !tls && listener.node != nullptr && listener.node->find("tls_cert_file") != nullptr;
  const bool client_ca = !own.tls_client_ca.empty();
  const bool needs_tls = !plain_by_choice;
  const std::array<Need, 9> needs = {{
      {"TLS_KEY_FILE", "tls_key_file", needs_tls && !own.tls_key_files.empty(), "TLS_CERT_FILE",
       tls},
      {"TLS_KEY_PASSWORD_FILE", "tls_key_password_file",
       needs_tls && !own.tls_key_password_files.empty(), "TLS_CERT_FILE", tls},
      {"TLS_CLIENT_CA", "tls_client_ca", needs_tls && client_ca, "TLS_CERT_FILE", tls},
      {"TLS_CLIENT_NAMES", "tls_client_names", needs_tls && !own.tls_client_names.empty(),
       "TLS_CLIENT_CA", client_ca},
      {"TLS_CRL_FILE", "tls_crl_file", needs_tls && !own.tls_crl_file.empty(), "TLS_CLIENT_CA",
       client_ca},
      {"TLS_MIN_VERSION", "tls_min_version", needs_tls && own.tls_min_version != TlsVersion::k12,
       "TLS_CERT_FILE", tls},
      {"PROXY_PROTOCOL", "proxy_protocol", own.proxy_protocol, "PROXY_FROM",
       !own.proxy_from.empty()},
      {"PROXY_FROM", "proxy_from", !own.proxy_from.empty(), "PROXY_PROTOCOL", own.proxy_protocol},
      {"DEDUP_CONFLICT", "dedup_conflict", own.dedup_conflict != DedupConflict::kAccept, "DEDUP",
       own.dedup != Dedup::kOff || own.ack == AckWhen::kAfterDelivery},
  }};
  for (const Need& need : needs) {
    if (!need.given || need.needed_given) continue;
    problems.push_back(at_setting(listener, index, need.key, given.find(need.name),
                                  fmt::format("does nothing without {}", need.needed)));
  }
}

void check_key_count(const ReadListener& listener, std::size_t index, const Given& given,
                     Problems& problems) {
  const ListenerSettings& own = listener.settings;
  const std::size_t certificates = own.tls_cert_files.size();
  const std::size_t keys = own.tls_key_files.size();
  const std::size_t passwords = own.tls_key_password_files.size();
  if (certificates == 0) return;
  if (keys != 0 && keys != certificates) {
    problems.push_back(at_setting(
        listener, index, "tls_key_file", given.find("TLS_KEY_FILE"),
        fmt::format("{} keys for {} certificates in TLS_CERT_FILE", keys, certificates)));
  }
  if (passwords > 1 && passwords != certificates) {
    problems.push_back(at_setting(
        listener, index, "tls_key_password_file", given.find("TLS_KEY_PASSWORD_FILE"),
        fmt::format("{} passwords for {} certificates in TLS_CERT_FILE", passwords, certificates)));
  }
}

bool is_any(const std::string& host) { return host.empty() || host == "::" || host == "0.0.0.0"; }

// One who listens on all addresses of a port leaves nothing to others.
bool overlap(const Address& left, const Address& right) {
  if (left.port != right.port || left.port == 0) return false;
  return left.host == right.host || is_any(left.host) || is_any(right.host);
}

void check_pair(const std::vector<ReadListener>& listeners, std::size_t first, std::size_t second,
                Problems& problems) {
  const ListenerSettings& left = listeners[first].settings;
  const ListenerSettings& right = listeners[second].settings;
  if (left.name == right.name) {
    problems.push_back(
        at_setting(listeners[second], second, "name", nullptr,
                   fmt::format("{} is the name of listeners[{}] already", right.name, first)));
  }
  if (overlap(left.address, right.address)) {
    problems.push_back(
        at_setting(listeners[second], second, "address", nullptr,
                   fmt::format("{} is taken by listeners[{}], which listens on {}",
                               to_string(right.address), first, to_string(left.address))));
  }
}

void check_connector_names(const std::vector<ConnectorSettings>& connectors, Problems& problems) {
  std::map<std::string_view, std::size_t> seen;
  for (std::size_t index = 0; index < connectors.size(); ++index) {
    const ConnectorSettings& connector = connectors[index];
    const auto [first, is_new] = seen.emplace(connector.name, index);
    const Node* const name = connector.node.find("name");
    if (is_new || connector.name.empty() || name == nullptr) continue;
    problems.push_back(
        name->problem(fmt::format("connectors[{}].name: {} is the name of connectors[{}] already",
                                  index, connector.name, first->second)));
  }
}

void check_answerer(const ReadListener& listener, std::size_t index,
                    const std::vector<ConnectorSettings>& connectors, Problems& problems) {
  const std::string& wanted = listener.settings.answer_from;
  if (wanted.empty()) return;
  for (const ConnectorSettings& each : connectors) {
    if (each.name == wanted) return;
  }
  problems.push_back(at_setting(listener, index, "answer_from", nullptr,
                                fmt::format("there is no connector {}", shown(wanted))));
}

}  // namespace

void check_together(const ServerSettings& server, const std::vector<ReadListener>& listeners,
                    const std::vector<ConnectorSettings>& connectors, const Given& given,
                    Problems& problems) {
  check_store(server, given, problems);
  check_dedup_window(server, listeners, given, problems);
  check_encryption(given, problems);
  for (std::size_t index = 0; index < listeners.size(); ++index) {
    check_frame_size(server, listeners[index], index, given, problems);
    check_needs(listeners[index], index, given, problems);
    check_key_count(listeners[index], index, given, problems);
    check_answerer(listeners[index], index, connectors, problems);
    for (std::size_t before = 0; before < index; ++before) {
      check_pair(listeners, before, index, problems);
    }
  }
  check_connector_names(connectors, problems);
}

}  // namespace config
