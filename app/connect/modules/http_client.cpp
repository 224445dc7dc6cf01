#include "connect/modules/http_client.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/check.hpp"
#include "connect/secret_file.hpp"

namespace connectors {
namespace {

struct ListEnd {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

using HeaderList = std::unique_ptr<curl_slist, ListEnd>;

long millis(base::Duration duration) {
  return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

HeaderList to_list(const std::vector<std::string>& lines) {
  HeaderList list;
  for (const std::string& line : lines) {
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    CHECK(longer != nullptr);
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

void start_library() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  CHECK(started);
}

// What of a transfer that the library gave up was the reason.
FailureClass class_of(CURLcode result) noexcept {
  switch (result) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:  // of connecting: the rest is timed by ourselves
    case CURLE_INTERFACE_FAILED:
    case CURLE_PROXY: return FailureClass::kConnect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT: return FailureClass::kTls;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE: return FailureClass::kReset;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR: return FailureClass::kMismatch;
    default: return FailureClass::kWrite;
  }
}

}  // namespace

HttpClient::HttpClient(const HttpSettings& settings) : settings_(settings) {
  start_library();
  multi_.reset(curl_multi_init());
  easy_.reset(curl_easy_init());
  CHECK(multi_ && easy_);
  set_target();
  set_tls();
}

void HttpClient::set_target() {
  CURL* const easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, settings_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(easy, CURLOPT_PROXY, settings_.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, settings_.method.c_str());
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "mllp-server");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, millis(settings_.connect_timeout));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a lookup that hangs is left behind
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &incoming_);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &incoming_);
}

void HttpClient::set_tls() {
  CURL* const easy = easy_.get();
  const HttpTlsSettings& tls = settings_.tls;
  curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                   long{tls.only_tls_1_3 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2});
  if (!tls.verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!tls.ca.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);  // a renewed file counts at once
  }
  if (tls.cert.empty()) return;
  curl_easy_setopt(easy, CURLOPT_SSLCERT, tls.cert.c_str());
  curl_easy_setopt(easy, CURLOPT_SSLKEY, (tls.key.empty() ? tls.cert : tls.key).c_str());
  if (tls.key_password_file.empty()) return;
  if (const auto password = read_secret_file(tls.key_password_file)) {
    curl_easy_setopt(easy, CURLOPT_KEYPASSWD, password->c_str());
  }
}

std::size_t HttpClient::take_body(char* octets, std::size_t, std::size_t count, void* incoming) {
  auto& [answer, body_bytes, header_bytes] = *static_cast<Incoming*>(incoming);
  body_bytes += count;
  answer.body.append(octets, std::min(count, kHttpBodyKeptMax - answer.body.size()));
  return body_bytes > kHttpBodyReadMax ? 0 : count;
}

std::size_t HttpClient::take_header(char*, std::size_t, std::size_t count, void* incoming) {
  std::size_t& bytes = static_cast<Incoming*>(incoming)->header_bytes;
  bytes += count;
  return bytes > kHttpHeaderBytesMax ? 0 : count;
}

bool HttpClient::reused_connection() const {
  long made = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &made);
  return made == 0;
}

// What ended the wait, if it was not the transfer.
std::optional<Wake> HttpClient::transfer(Patience& patience, CURLcode& result) {
  for (;;) {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    if (running == 0) break;
    if (const auto over = patience.over()) return over;
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(millis(patience.slice())), nullptr);
  }
  int left = 0;
  const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left);
  CHECK(message != nullptr && message->msg == CURLMSG_DONE);
  result = message->data.result;
  return std::nullopt;
}

base::Result<HttpAnswer, Failure> HttpClient::send(const HttpRequest& request, Patience& patience) {
  CURL* const easy = easy_.get();
  incoming_ = {};
  error_text_.front() = '\0';
  const HeaderList headers = to_list(request.header_lines);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());

  curl_multi_add_handle(multi_.get(), easy);
  CURLcode result = CURLE_OK;
  const std::optional<Wake> wake = transfer(patience, result);
  std::optional<Failure> failure;
  if (wake) failure = interrupted(*wake, request);
  const bool cut = result == CURLE_WRITE_ERROR && incoming_.body_bytes > kHttpBodyReadMax;
  if (result != CURLE_OK && !cut) failure = broken(result);
  curl_multi_remove_handle(multi_.get(), easy);
  if (failure) return base::fail(*std::move(failure));

  HttpAnswer& answer = incoming_.answer;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_off_t seconds = 0;
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
  if (seconds > 0)
    answer.retry_after = std::chrono::seconds(std::min<curl_off_t>(seconds, 1 << 30));
  return std::move(answer);
}

Failure HttpClient::interrupted(Wake wake, const HttpRequest& request) const {
  if (wake == Wake::kStopped) {
    return {.what = FailureClass::kStopped, .reason = settings_.endpoint + ": shutting down"};
  }
  curl_off_t connected_after = 0;
  curl_off_t sent = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &connected_after);
  curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
  if (connected_after == 0) {
    return {.what = FailureClass::kConnect,
            .reason = settings_.endpoint + ": connecting timed out"};
  }
  if (static_cast<std::size_t>(sent) < request.body.size()) {
    return {.what = FailureClass::kWrite,
            .reason = settings_.endpoint + " does not take the request in time"};
  }
  return {.what = FailureClass::kTimeout,
          .blame = Blame::kUnclear,
          .reason = "no answer of " + settings_.endpoint + " in time"};
}

std::string HttpClient::reason_of(CURLcode result) const {
  const std::string_view told(error_text_.c_str());
  return fmt::format("{}: {}", settings_.endpoint,
                     told.empty() ? curl_easy_strerror(result) : told);
}

// None of these is the message's fault: the target did not say that it has read it.
Failure HttpClient::broken(CURLcode result) const {
  long proxy_status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  if (proxy_status >= 300) {
    return {.what = FailureClass::kHttpStatus,
            .reason = fmt::format("{}: the proxy answered {}", settings_.endpoint, proxy_status)};
  }
  return {.what = class_of(result), .reason = reason_of(result)};
}

}  // namespace connectors
