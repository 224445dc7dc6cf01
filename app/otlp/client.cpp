#include "otlp/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/try.hpp"
#include "connect/tcp_stream.hpp"

namespace otlp {
namespace {

using connectors::StreamError;
using connectors::StreamFault;

constexpr std::size_t kHeadBytesMax = 16 * base::kKiB;
constexpr auto kRetryAfterMax = std::chrono::minutes(5);

std::string words_of(const StreamError& error) {
  switch (error.fault) {
    case StreamFault::kClosed: return "closed without an answer";
    case StreamFault::kTimeout: return "timed out";
    case StreamFault::kStopped: return "we are shutting down";
    case StreamFault::kConnect:
    case StreamFault::kBroken: break;
  }
  return std::generic_category().message(error.os_error);
}

std::string host_of(const Target& target) {
  const std::string& host = target.address.host;
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_v6 ? "[" : "", host, is_v6 ? "]" : "", target.address.port);
}

std::string head_of(const Target& target, std::string_view user_agent, std::size_t body_bytes) {
  std::string head = fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nContent-Type: application/x-protobuf\r\n"
      "Content-Length: {}\r\nConnection: close\r\n",
      target.path, host_of(target), user_agent, body_bytes);
  for (const auto& [name, value] : target.headers) head += fmt::format("{}: {}\r\n", name, value);
  return head + "\r\n";
}

// As far as the empty line; what follows is not needed.
base::Result<std::string, std::string> read_head(connectors::Stream& stream,
                                                 connectors::Patience& patience) {
  std::string head;
  std::array<std::byte, 4096> room{};
  while (head.find("\r\n\r\n") == std::string::npos) {
    if (head.size() > kHeadBytesMax) return base::fail(std::string("an endless answer"));
    const auto count = stream.read(room, patience);
    if (!count) return base::fail(words_of(count.error()));
    head += base::as_text(base::ByteView(room).first(*count));
  }
  return head;
}

std::optional<unsigned> number_in(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

bool same_name(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(a) == lower(b);
  });
}

std::optional<base::Duration> retry_after_in(std::string_view head) {
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !same_name(line.substr(0, colon), "retry-after")) {
      continue;
    }
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    if (const auto seconds = number_in(value)) {
      return std::min<base::Duration>(std::chrono::seconds(*seconds), kRetryAfterMax);
    }
  }
  return std::nullopt;
}

Reception reception_of(unsigned status) noexcept {
  if (status >= 200 && status < 300) return Reception::kTaken;
  const bool again = status == 429 || status == 502 || status == 503 || status == 504;
  return again ? Reception::kAway : Reception::kRefused;
}

}  // namespace

std::optional<Reply> parse_head(std::string_view head) {
  if (!head.starts_with("HTTP/1.") || head.size() < sizeof("HTTP/1.1 200") - 1) return std::nullopt;
  const auto status = number_in(head.substr(sizeof("HTTP/1.1 ") - 1, 3));
  if (!status || *status < 100) return std::nullopt;
  Reply reply{reception_of(*status), {}, retry_after_in(head)};
  if (reply.reception != Reception::kTaken) reply.reason = fmt::format("answered {}", *status);
  return reply;
}

Client::Client(const Plan& plan, const base::Clock& clock)
    : clock_(clock),
      user_agent_("mllp-server/" + plan.resource.version),
      credentials_(plan.tls, "OpenTelemetry", clock) {}

Reply Client::post(const Target& target, std::string_view body, base::Duration timeout,
                   const std::stop_token& stop) {
  connectors::Patience patience(clock_, timeout, stop);
  const auto failed = [&target](const std::string& reason) {
    return Reply{Reception::kAway, fmt::format("{}: {}", host_of(target), reason), {}};
  };
  auto stream = open(target, patience);
  if (!stream) return failed(stream.error());
  const std::string request = head_of(target, user_agent_, body.size()).append(body);
  if (const auto sent = (*stream)->write(base::as_bytes(request), patience); !sent) {
    return failed(words_of(sent.error()));
  }
  const auto head = read_head(**stream, patience);
  if (!head) return failed(head.error());
  auto reply = parse_head(*head);
  if (!reply) return failed("that is no HTTP");
  if (!reply->reason.empty()) reply->reason = host_of(target) + " " + reply->reason;
  return *std::move(reply);
}

Client::Opened Client::open(const Target& target, connectors::Patience& patience) {
  const auto addresses = resolver_.resolve(target.address, patience);
  if (!addresses) return base::fail(addresses.error());
  auto stream = connectors::open_tcp_stream(*addresses, base::Duration::zero(), patience);
  if (!stream) return base::fail(words_of(stream.error()));
  if (!target.has_tls) return *std::move(stream);
  return add_tls(target, *std::move(stream), patience);
}

Client::Opened Client::add_tls(const Target& target, std::unique_ptr<connectors::Stream> plain,
                               connectors::Patience& patience) {
  auto context = TRY(credentials_.current());
  std::optional<net::CertificateFacts> shown;
  auto stream = connectors::open_tls_stream(std::move(plain), std::move(context),
                                            target.address.host, patience, shown);
  if (stream) return *std::move(stream);
  const connectors::TlsOpenError& error = stream.error();
  return base::fail(error.text.empty() ? words_of(error.stream) : error.text);
}

}  // namespace otlp
