// connect/modules/http_client.hpp: one request and its answer, over a connection that is kept.
//
// HTTP 1.1 by libcurl. Redirections are not followed, the environment's proxies not
// heeded, HTTP 0.9 is no answer. What is kept of an answer is bounded.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "connect/connector.hpp"
#include "connect/modules/http_settings.hpp"
#include "connect/patience.hpp"

namespace connectors {

inline constexpr std::size_t kHttpBodyKeptMax = 64 * base::kKiB;
inline constexpr std::size_t kHttpBodyReadMax = base::kMiB;  // what follows is not read
inline constexpr std::size_t kHttpHeaderBytesMax = 256 * base::kKiB;

struct HttpRequest {
  std::vector<std::string> header_lines;  // "Name: value", no line ends in it
  std::string_view body;                  // valid for the call
};

struct HttpAnswer {
  long status = 0;
  std::string body;  // its beginning
  std::optional<base::Duration> retry_after;
};

// Not thread-safe.
class HttpClient {
 public:
  explicit HttpClient(const HttpSettings& settings);

  // Fails with kConnect, kTls, kWrite, kReset, kTimeout, kMismatch (no HTTP) or kStopped;
  // kHttpStatus if it is a proxy that refuses. The connection is then closed.
  [[nodiscard]] base::Result<HttpAnswer, Failure> send(const HttpRequest& request,
                                                       Patience& patience);

  // Whether the last send() went over a connection that an earlier one had made.
  [[nodiscard]] bool reused_connection() const;

 private:
  struct Incoming {
    HttpAnswer answer;
    std::size_t body_bytes = 0;
    std::size_t header_bytes = 0;
  };

  struct EasyEnd {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  };

  struct MultiEnd {
    void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
  };

  void set_target();
  void set_tls();
  [[nodiscard]] std::optional<Wake> transfer(Patience& patience, CURLcode& result);
  [[nodiscard]] Failure interrupted(Wake wake, const HttpRequest& request) const;
  [[nodiscard]] Failure broken(CURLcode result) const;
  [[nodiscard]] std::string reason_of(CURLcode result) const;
  static std::size_t take_body(char* octets, std::size_t, std::size_t count, void* incoming);
  static std::size_t take_header(char* octets, std::size_t, std::size_t count, void* incoming);

  const HttpSettings& settings_;
  std::unique_ptr<CURLM, MultiEnd> multi_;
  std::unique_ptr<CURL, EasyEnd> easy_;  // ends before the multi handle that keeps its connection
  Incoming incoming_;
  std::string error_text_ = std::string(CURL_ERROR_SIZE, '\0');
};

}  // namespace connectors
