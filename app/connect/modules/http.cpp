#include "connect/modules/http.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "connect/modules/http_connector.hpp"
#include "connect/secret_file.hpp"
#include "connect/settings_reader.hpp"

namespace connectors {
namespace {

constexpr std::array<std::string_view, 3> kMethods{"POST", "PUT", "PATCH"};
constexpr std::array<std::string_view, 2> kBodies{"er7", "json"};
constexpr std::array<std::string_view, 2> kTlsVersions{"1.2", "1.3"};

// Ours or the library's: a second one would cut the request in two, or contradict.
constexpr std::array<std::string_view, 5> kOwnHeaders{"content-length", "transfer-encoding",
                                                      "connection", "expect", "upgrade"};

class HttpPlan final : public ConnectorPlan {
 public:
  HttpPlan(HttpSettings settings, const base::Clock& clock)
      : settings_(std::move(settings)), clock_(clock) {}

  [[nodiscard]] std::unique_ptr<Connector> open() const override {
    return std::make_unique<HttpConnector>(settings_, clock_);
  }

  [[nodiscard]] std::string describe() const override {
    return "http " + settings_.method + " to " + settings_.endpoint;
  }

 private:
  const HttpSettings settings_;
  const base::Clock& clock_;
};

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& octet : made) {
    if (octet >= 'A' && octet <= 'Z') octet = static_cast<char>(octet - 'A' + 'a');
  }
  return made;
}

// One part of a URL, empty where there is none.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// What is wrong with it, or nothing; then the endpoint for people is set.
std::string check_url(const std::string& text, std::string& endpoint) {
  struct UrlEnd {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
  };

  const std::unique_ptr<CURLU, UrlEnd> url(curl_url());
  const std::string expected = "expected a URL such as https://ehr.example.com/hl7";
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return expected + ", found '" + text + "'";
  }
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return expected + ", found the scheme " + scheme;
  if (!part_of(url.get(), CURLUPART_USER).empty()) {
    return "a user does not belong into it; name a file by auth: {basic_file}";
  }
  if (!part_of(url.get(), CURLUPART_FRAGMENT).empty()) return "a # does not belong into it";
  endpoint = text.substr(0, text.find('?'));
  return {};
}

std::string read_url(config::Reader& reader, HttpSettings& http) {
  const std::string url = reader.required_text("url");
  if (url.empty()) return url;
  const std::string wrong = check_url(url, http.endpoint);
  if (!wrong.empty()) reader.report("url", wrong);
  return url;
}

bool is_header_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

bool is_header_text(std::string_view text) {
  return std::ranges::all_of(text, [](char octet) { return octet >= ' ' && octet < '\x7f'; });
}

void read_header(config::Reader& reader, const std::string& name, HttpSettings& http) {
  const std::string text = reader.text(name, "");
  if (!is_header_name(name)) return reader.report(name, "this cannot be the name of a header");
  if (std::ranges::find(kOwnHeaders, lower(name)) != kOwnHeaders.end()) {
    return reader.report(name, "this header is set by the connector itself");
  }
  auto value = MessageTemplate::parse(text);
  if (!value) return reader.report(name, value.error());
  if (text.empty() || !is_header_text(value->shape())) {
    return reader.report(name, "expected visible ASCII, and something of it");
  }
  http.headers.emplace_back(name, std::move(*value));
}

bool has_header(const HttpSettings& http, std::string_view name) {
  return std::ranges::any_of(
      http.headers, [name](const auto& header) { return lower(header.first) == lower(name); });
}

void read_headers(config::Reader& outer, HttpSettings& http) {
  if (const config::Node* node = outer.child("headers")) {
    config::Reader reader(*node, outer.where() + ".headers", outer.problems());
    for (const auto& [name, value] : node->entries) read_header(reader, name, http);
  }
  http.idempotency_header = outer.text("idempotency_header", http.idempotency_header);
  if (!http.idempotency_header.empty() && !is_header_name(http.idempotency_header)) {
    outer.report("idempotency_header", "this cannot be the name of a header");
  }
  if (has_header(http, http.idempotency_header)) {
    outer.report("headers", http.idempotency_header + " is the idempotency_header already");
  }
  if (has_header(http, "Content-Type")) return;
  const bool json = http.body == HttpBody::kJson;
  http.headers.emplace_back(
      "Content-Type",
      MessageTemplate::parse(json ? "application/json" : "application/hl7-v2+er7").value());
}

void check_readable(config::Reader& reader, std::string_view key, const std::string& path) {
  if (path.empty() || ::access(path.c_str(), R_OK) == 0) return;
  reader.report(key, path + ": cannot be read");
}

void check_secret(config::Reader& reader, std::string_view key, const std::string& path) {
  if (path.empty()) return;
  if (const auto secret = read_secret_file(path); !secret) reader.report(key, secret.error());
}

void read_auth(config::Reader& outer, HttpSettings& http) {
  const config::Node* node = outer.child("auth");
  if (node == nullptr) return;
  config::Reader reader(*node, outer.where() + ".auth", outer.problems());
  http.bearer_file = reader.text("bearer_file", "");
  http.basic_file = reader.text("basic_file", "");
  check_secret(reader, "bearer_file", http.bearer_file);
  check_secret(reader, "basic_file", http.basic_file);
  if (http.bearer_file.empty() == http.basic_file.empty()) {
    outer.report("auth", "expected bearer_file or basic_file");
  }
  if (has_header(http, "Authorization")) {
    outer.report("auth", "the header Authorization is given as well");
  }
  reader.finish();
}

void read_tls(config::Reader& outer, HttpSettings& http) {
  const config::Node* node = outer.child("tls");
  if (node == nullptr) return;
  if (http.url.starts_with("http://")) outer.report("tls", "does nothing for an http:// url");
  config::Reader reader(*node, outer.where() + ".tls", outer.problems());
  HttpTlsSettings& tls = http.tls;
  tls.ca = reader.text("ca", "");
  tls.cert = reader.text("cert", "");
  tls.key = reader.text("key", "");
  tls.key_password_file = reader.text("key_password_file", "");
  tls.verify = reader.flag("verify", true);
  tls.only_tls_1_3 = reader.choice("min_version", kTlsVersions, 0) == 1;
  check_readable(reader, "ca", tls.ca);
  check_readable(reader, "cert", tls.cert);
  check_readable(reader, "key", tls.key);
  check_secret(reader, "key_password_file", tls.key_password_file);
  if (reader.has("key") && tls.cert.empty()) reader.report("key", "does nothing without cert");
  reader.finish();
}

}  // namespace

std::unique_ptr<ConnectorPlan> make_http_plan(const config::ConnectorSettings& settings,
                                              const base::Clock& clock,
                                              config::Problems& problems) {
  const std::size_t problem_count = problems.size();
  config::Reader reader = make_settings_reader(settings, problems);
  HttpSettings http;
  http.batch_max = settings.batch;
  http.url = read_url(reader, http);
  http.method = kMethods.at(reader.choice("method", kMethods, 0));
  http.body = static_cast<HttpBody>(reader.choice("body", kBodies, 0));
  read_headers(reader, http);
  http.timeout = read_timeout(reader, "timeout", http.timeout);
  http.connect_timeout = read_timeout(reader, "connect_timeout", http.connect_timeout);
  read_auth(reader, http);
  read_tls(reader, http);
  http.proxy = reader.text("proxy", "");
  reader.finish();
  if (problems.size() != problem_count) return nullptr;
  return std::make_unique<HttpPlan>(std::move(http), clock);
}

}  // namespace connectors
