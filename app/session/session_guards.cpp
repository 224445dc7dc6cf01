// What a session does about peers that have the wrong port, or send too fast.
#include <algorithm>
#include <array>
#include <string_view>

#include "session/mllp_session.hpp"
#include "telemetry/metrics.hpp"

namespace session {
namespace {

using telemetry::Counter;

constexpr std::array<std::string_view, 9> kHttpStarts = {
    "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "PRI * HTTP"};
constexpr std::string_view kTlsStart = "\x16\x03";

}  // namespace

// By the first octets that came. A health probe of HTTP, or a sender with TLS on a
// plain port, is told the end at once and does not fill MAX_GARBAGE.
bool MllpSession::is_misdirected() {
  const std::string_view first = base::as_text(unread_);
  if (first.starts_with(kTlsStart)) {
    telemetry::count(Counter::kMisdirectedTls);
    end("tls_on_plain_port");
    return true;
  }
  const bool http = std::ranges::any_of(
      kHttpStarts, [first](std::string_view start) { return first.starts_with(start); });
  if (!http) return false;
  telemetry::count(Counter::kMisdirectedHttp);
  end("http_request");
  return true;
}

// RATE_LIMIT. True: the frame that was read is taken, and the next one perhaps only
// after a pause. False: too many wait already, its sender shall try again.
bool MllpSession::draw_from_rate() {
  if (!rate_) return true;
  const auto due = rate_->reserve(last_read_, context_.settings.unavailable_wait);
  if (!due) return false;
  if (*due > last_read_) pause_until(*due);
  return true;
}

void MllpSession::pause_until(base::SteadyTime due) {
  telemetry::count(Counter::kRatePauses);
  paused_ = true;
  if (!pause_) pause_.emplace(context_.loop.context());
  pause_->expires_at(due);
  pause_->async_wait([weak = weak_from_this()](const net::ErrorCode& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->paused_ = false;
    self->wake();
  });
}

}  // namespace session
