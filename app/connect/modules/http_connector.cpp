#include "connect/modules/http_connector.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/try.hpp"
#include "connect/http_status.hpp"
#include "connect/secret_file.hpp"
#include "hl7/json.hpp"

namespace connectors {
namespace {

constexpr base::Duration kAfterStop = std::chrono::seconds(5);

std::string to_base64(std::string_view octets) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < octets.size(); at += 3) {
    const std::string_view three = octets.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t index = 0; index < 3; ++index) {
      bits = (bits << 8U) | (index < three.size() ? static_cast<std::uint8_t>(three[index]) : 0U);
    }
    for (std::size_t index = 0; index < 4; ++index) {
      const auto digit = (bits >> (18U - 6U * index)) & 63U;
      text += index <= three.size() ? kDigits[digit] : '=';
    }
  }
  return text;
}

bool is_break(const base::Result<HttpAnswer, Failure>& answer) noexcept {
  return !answer && answer.error().what == FailureClass::kReset;
}

}  // namespace

HttpConnector::HttpConnector(HttpSettings settings, const base::Clock& clock)
    : settings_(std::move(settings)), clock_(clock), client_(settings_) {}

std::vector<Outcome> HttpConnector::deliver(std::span<const Delivery> deliveries,
                                            std::stop_token stop) {
  std::vector<Outcome> outcomes(deliveries.size(), NotTried{});
  for (std::size_t index = 0; index < deliveries.size(); ++index) {
    if (stop.stop_requested()) break;
    outcomes[index] = deliver_one(deliveries[index], stop);
    if (!std::holds_alternative<Delivered>(outcomes[index])) break;
  }
  return outcomes;
}

Outcome HttpConnector::deliver_one(const Delivery& delivery, const std::stop_token& stop) {
  auto request = make_request(delivery);
  if (!request) return std::move(request).error();
  auto answer = send(*request, stop);
  if (is_break(answer) && client_.reused_connection() && !stop.stop_requested()) {
    answer = send(*request, stop);
  }
  if (!answer) return std::move(answer).error();
  return conclude(*std::move(answer));
}

base::Result<HttpAnswer, Failure> HttpConnector::send(const HttpRequest& request,
                                                      const std::stop_token& stop) {
  Patience patience(clock_, settings_.timeout, stop, kAfterStop);
  return client_.send(request, patience);
}

base::Result<HttpRequest, Failure> HttpConnector::make_request(const Delivery& delivery) {
  HttpRequest request;
  request.body = base::as_text(delivery.message);
  for (const auto& [name, value] : settings_.headers) {
    request.header_lines.push_back(name + ": " + value.render(delivery, encode_for_header));
  }
  request.header_lines.emplace_back("Expect:");  // none: it would cost a round trip
  if (!settings_.idempotency_header.empty()) {
    request.header_lines.push_back(settings_.idempotency_header + ": " +
                                   base::to_string(delivery.message_id));
  }
  if (!delivery.traceparent.empty()) {
    request.header_lines.push_back("traceparent: " + std::string(delivery.traceparent));
  }
  TRY(add_login(request));
  if (settings_.body == HttpBody::kEr7) return request;

  if (!message_.parse(delivery.message)) {
    return base::fail(Failure{.what = FailureClass::kName,
                              .blame = Blame::kMessage,
                              .reason = "the message cannot be read, so there is no JSON of it"});
  }
  decoder_.open(message_);
  json_.clear();
  hl7::append_json(json_, message_, decoder_);
  request.body = json_;
  return request;
}

base::Status<Failure> HttpConnector::add_login(HttpRequest& request) const {
  const bool bearer = !settings_.bearer_file.empty();
  if (!bearer && settings_.basic_file.empty()) return base::Done{};
  auto secret = read_secret_file(bearer ? settings_.bearer_file : settings_.basic_file);
  if (!secret) {
    return base::fail(
        Failure{.what = FailureClass::kDisk, .reason = "auth: " + std::move(secret).error()});
  }
  request.header_lines.push_back(bearer ? "Authorization: Bearer " + *secret
                                        : "Authorization: Basic " + to_base64(*secret));
  return base::Done{};
}

Outcome HttpConnector::conclude(HttpAnswer answer) const {
  const auto blame = blame_for_status(answer.status);
  if (!blame) return Delivered{};
  return Failure{.what = FailureClass::kHttpStatus,
                 .blame = *blame,
                 .reason = fmt::format("{} answered {}", settings_.endpoint, answer.status),
                 .words = std::move(answer.body),
                 .retry_after = answer.retry_after};
}

}  // namespace connectors
