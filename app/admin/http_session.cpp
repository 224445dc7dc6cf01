#include "admin/http_session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

// As in net/reception.cpp: g++ 12 takes the release of Asio's coroutine frames for the
// wrong one when it inlines only one of the two, as it does under sanitizers.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace admin {
namespace {

namespace http = boost::beast::http;

constexpr auto kLingerMax = std::chrono::seconds(1);  // for the client to see the end

// What a request that cannot be read is told; none: there is nobody to tell.
std::optional<Response> refusal_of(const net::ErrorCode& error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message) {
    return std::nullopt;
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return json_error(431, "the request's header is too large");
  }
  if (error == http::error::body_limit) return json_error(413, "the request's body is too large");
  if (error.category() == http::make_error_code(http::error::bad_method).category()) {
    return json_error(400, "this is no HTTP request");
  }
  return std::nullopt;
}

Request to_request(const http::request<http::string_body>& from) {
  const std::string_view target = from.target();
  const std::size_t mark = target.find('?');
  Request request;
  request.method = std::string_view(from.method_string());
  request.path = target.substr(0, mark);
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
  request.authorization = std::string_view(from[http::field::authorization]);
  return request;
}

}  // namespace

HttpSession::HttpSession(net::Loop& loop, net::Socket socket, net::Admission::Ticket ticket,
                         const HttpHandler& handler, base::Duration patience)
    : loop_(loop),
      socket_(std::move(socket)),
      ticket_(std::move(ticket)),
      handler_(handler),
      patience_(patience),
      watch_(loop.deadlines(), [this] {
        net::ErrorCode ignored;
        socket_.close(ignored);
      }) {}

HttpSession::~HttpSession() { loop_.connection_count.fetch_sub(1, std::memory_order_relaxed); }

void HttpSession::start() {
  net::asio::co_spawn(
      loop_.context(),
      [self = shared_from_this()]() -> net::Awaitable<void> { return self->converse(); },
      net::asio::detached);
}

net::Awaitable<void> HttpSession::converse() {
  const auto self = shared_from_this();
  bool again = true;
  while (again) again = co_await serve_one();
  co_await linger();
  watch_.set(net::Deadlines::kNever);
  net::ErrorCode ignored;
  socket_.close(ignored);
}

// False: it was the last.
net::Awaitable<bool> HttpSession::serve_one() {
  parser_.emplace();
  parser_->header_limit(kHttpHeaderBytesMax);
  parser_->body_limit(kHttpBodyBytesMax);
  be_patient();
  const auto [error, count] = co_await http::async_read(socket_, buffer_, *parser_, net::kAwait);
  if (error) {
    auto refusal = refusal_of(error);
    if (!refusal) co_return false;
    const bool sent = co_await send(*std::move(refusal), false, false);
    static_cast<void>(sent);
    co_return false;
  }
  const bool keep_alive = parser_->get().keep_alive();
  const bool is_head = parser_->get().method() == http::verb::head;
  Response response = answer();
  const bool sent = co_await send(std::move(response), keep_alive, is_head);
  co_return sent&& keep_alive;
}

Response HttpSession::answer() const noexcept {
  try {
    return handler_(to_request(parser_->get()));
  } catch (...) {
    // Out of memory, or a fault of a library: this request fails and no other.
    return Response{.status = 500};
  }
}

net::Awaitable<bool> HttpSession::send(Response response, bool keep_alive, bool without_body) {
  reply_ = {};
  reply_.version(11);
  reply_.result(response.status);
  reply_.set(http::field::content_type, response.type);
  reply_.set(http::field::cache_control, "no-store");
  reply_.set("X-Content-Type-Options", "nosniff");
  if (!response.allow.empty()) reply_.set(http::field::allow, response.allow);
  if (response.challenge) reply_.set(http::field::www_authenticate, "Bearer");
  reply_.keep_alive(keep_alive);
  reply_.content_length(response.body.size());
  if (!without_body) reply_.body() = std::move(response.body);
  be_patient();
  const auto [error, count] = co_await http::async_write(socket_, reply_, net::kAwait);
  co_return !error;
}

// Closing over octets that the client has still sent would reset the connection, and
// with it the response on its way.
net::Awaitable<void> HttpSession::linger() {
  net::ErrorCode error;
  socket_.shutdown(net::asio::socket_base::shutdown_send, error);
  if (error) co_return;
  watch_.set(loop_.clock().steady_now() + std::min<base::Duration>(kLingerMax, patience_));
  std::array<char, 4096> rest;
  for (;;) {
    const auto into = net::asio::buffer(rest);
    const auto [fault, count] = co_await socket_.async_read_some(into, net::kAwait);
    if (fault) co_return;
  }
}

void HttpSession::be_patient() { watch_.set(loop_.clock().steady_now() + patience_); }

}  // namespace admin
