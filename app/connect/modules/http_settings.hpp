// connect/modules/http_settings.hpp: what is known of an HTTP target.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "connect/message_template.hpp"

namespace connectors {

enum class HttpBody : std::uint8_t { kEr7, kJson };

struct HttpTlsSettings {
  std::string ca;    // PEM; empty: the system's authorities
  std::string cert;  // empty: none is shown
  std::string key;   // empty: it stands in the certificate's file
  std::string key_password_file;
  bool verify = true;
  bool only_tls_1_3 = false;
};

struct HttpSettings {
  std::string url;
  std::string endpoint;  // the same for people, without its query
  std::string method = "POST";
  HttpBody body = HttpBody::kEr7;
  std::vector<std::pair<std::string, MessageTemplate>> headers;
  std::string idempotency_header = "Idempotency-Key";
  std::string bearer_file;
  std::string basic_file;
  std::string proxy;
  HttpTlsSettings tls;
  base::Duration timeout = std::chrono::seconds(30);
  base::Duration connect_timeout = std::chrono::seconds(10);
  std::size_t batch_max = 1;  // entries a call; one request each
};

}  // namespace connectors
