// connect/modules/http_connector.hpp: delivers to an HTTP server, one request a message.
//
// Its status says what became of the message (http_status.hpp). A connection that was good
// for an earlier message and breaks before it answers this one is replaced once, at once.
// A target may see a message twice when its answer was lost; the header with the message's
// UUID is for it to tell.
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "connect/connector.hpp"
#include "connect/modules/http_client.hpp"
#include "connect/modules/http_settings.hpp"
#include "hl7/decoder.hpp"
#include "hl7/message.hpp"

namespace connectors {

// A stop request while a request is out leaves it 5 s to end, or what is left of timeout.
class HttpConnector final : public Connector {
 public:
  // The clock outlives the connector.
  HttpConnector(HttpSettings settings, const base::Clock& clock);

  std::vector<Outcome> deliver(std::span<const Delivery> deliveries, std::stop_token stop) override;

  [[nodiscard]] std::size_t batch_max() const noexcept override { return settings_.batch_max; }

 private:
  [[nodiscard]] Outcome deliver_one(const Delivery& delivery, const std::stop_token& stop);
  [[nodiscard]] base::Result<HttpRequest, Failure> make_request(const Delivery& delivery);
  [[nodiscard]] base::Status<Failure> add_login(HttpRequest& request) const;
  [[nodiscard]] base::Result<HttpAnswer, Failure> send(const HttpRequest& request,
                                                       const std::stop_token& stop);
  [[nodiscard]] Outcome conclude(HttpAnswer answer) const;

  const HttpSettings settings_;
  const base::Clock& clock_;
  HttpClient client_;
  hl7::Message message_;
  hl7::Decoder decoder_;
  std::string json_;
};

}  // namespace connectors
