#include "connect/mllp_link.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "connect/tcp_stream.hpp"
#include "mllp/frame_encoder.hpp"
#include "net/tls/certificate_ends.hpp"
#include "telemetry/log.hpp"

namespace connectors {
namespace {

constexpr std::size_t kReadBytes = 16 * base::kKiB;

std::string words_of(const StreamError& error) {
  switch (error.fault) {
    case StreamFault::kClosed: return "closed by the peer";
    case StreamFault::kTimeout: return "timed out";
    case StreamFault::kStopped: return "we are shutting down";
    case StreamFault::kConnect:
    case StreamFault::kBroken: break;
  }
  return std::generic_category().message(error.os_error);
}

// All that can happen on the way is the target's, but for silence: see FailureClass.
Failure make_failure(FailureClass what, std::string reason) {
  const Blame blame = what == FailureClass::kTimeout || what == FailureClass::kMismatch
                          ? Blame::kUnclear
                          : Blame::kTarget;
  return {.what = what, .blame = blame, .reason = std::move(reason)};
}

FailureClass class_of(StreamFault fault, FailureClass otherwise) noexcept {
  return fault == StreamFault::kStopped ? FailureClass::kStopped : otherwise;
}

bool is_reset(const StreamError& error) noexcept {
  return error.fault == StreamFault::kBroken &&
         (error.os_error == EPIPE || error.os_error == ECONNRESET);
}

mllp::FrameOptions answer_options() {
  mllp::FrameOptions options;
  options.payload_bytes_max = kAnswerBytesMax;
  return options;
}

}  // namespace

MllpLink::MllpLink(LinkSettings settings, const base::Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      endpoint_(config::to_string(settings_.address)) {
  if (!settings_.tls) return;
  credentials_.emplace(settings_.tls->files, "connector " + settings_.tls->connector, clock);
  static_cast<void>(credentials_->current());  // their ends are told from the start
}

void MllpLink::close() noexcept {
  stream_.reset();
  decoder_.reset();
  input_ = {};
}

base::Status<Failure> MllpLink::open_to(const config::Address& address,
                                        const std::stop_token& stop) {
  endpoint_ = config::to_string(address);
  Patience patience(clock_, settings_.connect_timeout, stop);
  const auto addresses = resolver_.resolve(address, patience);
  if (!addresses) {
    const bool stopped = stop.stop_requested();
    return base::fail(make_failure(stopped ? FailureClass::kStopped : FailureClass::kConnect,
                                   fmt::format("connect to {}: {}", endpoint_, addresses.error())));
  }
  auto stream = open_tcp_stream(*addresses, settings_.keep_alive, patience);
  if (!stream) {
    return base::fail(
        make_failure(class_of(stream.error().fault, FailureClass::kConnect),
                     fmt::format("connect to {}: {}", endpoint_, words_of(stream.error()))));
  }
  stream_ = std::move(*stream);
  if (credentials_) {
    auto secured = add_tls(address, patience);
    if (!secured) {
      stream_.reset();
      return secured;
    }
  }
  decoder_.emplace(answer_options());
  buffer_.resize(kReadBytes);
  return base::Done{};
}

// TLS around stream_, within what is left of the time to connect.
base::Status<Failure> MllpLink::add_tls(const config::Address& address, Patience& patience) {
  const auto context = credentials_->current();
  if (!context) {
    return base::fail(
        make_failure(FailureClass::kTls, fmt::format("TLS to {}: {}", endpoint_, context.error())));
  }
  const std::string& name =
      settings_.tls->server_name.empty() ? address.host : settings_.tls->server_name;
  std::optional<net::CertificateFacts> shown;
  auto stream = open_tls_stream(std::move(stream_), *context, name, patience, shown);
  credentials_->note_target(shown);
  if (stream) {
    stream_ = std::move(*stream);
    return base::Done{};
  }
  const TlsOpenError& error = stream.error();
  return base::fail(
      make_failure(class_of(error.stream.fault, FailureClass::kTls),
                   fmt::format("TLS to {}: {}", endpoint_,
                               error.text.empty() ? words_of(error.stream) : error.text)));
}

base::Status<Failure> MllpLink::open(const std::stop_token& stop) {
  if (is_open()) {
    if (credentials_) net::tell_certificate_ends(clock_.wall_now());
    return base::Done{};
  }
  auto first = open_to(settings_.address, stop);
  if (first || !settings_.backup_address || stop.stop_requested()) return first;

  auto second = open_to(*settings_.backup_address, stop);
  if (!second) {
    second.error().reason = first.error().reason + "; " + second.error().reason;
    return second;
  }
  telemetry::log(telemetry::Level::kWarning, "mllp_backup_used",
                 {{"endpoint", endpoint_}, {"reason", first.error().reason}});
  return second;
}

base::Status<Failure> MllpLink::send(base::ByteView payload, Patience& patience) {
  std::string frame;
  frame.reserve(mllp::frame_bytes(payload.size()));
  mllp::append_frame(frame, payload);
  auto sent = stream_->write(base::as_bytes(frame), patience);
  if (sent) return base::Done{};
  close();
  const FailureClass what = is_reset(sent.error()) ? FailureClass::kReset : FailureClass::kWrite;
  return base::fail(
      make_failure(class_of(sent.error().fault, what),
                   fmt::format("write to {}: {}", endpoint_, words_of(sent.error()))));
}

mllp::DecodeEvent MllpLink::decode_input() {
  const mllp::DecodeStep step = decoder_->decode(input_);
  input_ = input_.subspan(step.consumed_bytes);
  return step.event;
}

Failure MllpLink::reading_failed(StreamError error) {
  const bool in_answer = inside_frame();
  if (error.fault != StreamFault::kTimeout) close();
  FailureClass what = class_of(error.fault, FailureClass::kReset);
  if (error.fault == StreamFault::kTimeout) what = FailureClass::kTimeout;
  return make_failure(
      what, fmt::format("{} {}: {}", in_answer ? "in the answer of" : "no answer of", endpoint_,
                        words_of(error)));
}

base::Result<std::string, Failure> MllpLink::receive(Patience& patience) {
  for (;;) {
    const mllp::DecodeEvent event = decode_input();
    if (event == mllp::DecodeEvent::kFrame) {
      return std::string(base::as_text(decoder_->payload()));
    }
    if (event != mllp::DecodeEvent::kNeedMore) {
      close();
      return base::fail(
          make_failure(FailureClass::kMismatch,
                       fmt::format("{} answers with what is no MLLP frame", endpoint_)));
    }
    const auto got = stream_->read(buffer_, patience);
    if (!got) return base::fail(reading_failed(got.error()));
    input_ = base::ByteView(buffer_).first(*got);
  }
}

}  // namespace connectors
