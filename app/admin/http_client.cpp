#include "admin/http_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>
#include <utility>

#include "base/try.hpp"
#include "net/asio.hpp"

namespace admin {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kReplyBytesMax = std::size_t{64} * 1024;

using Resolver = net::asio::ip::basic_resolver<net::asio::ip::tcp, net::Executor>;
using Fault = net::ErrorCode;

struct Exchange {
  explicit Exchange(net::asio::io_context& context) : resolver(context), socket(context) {
    parser.body_limit(kReplyBytesMax);
  }

  Resolver resolver;
  net::Socket socket;
  http::request<http::empty_body> request;
  http::response_parser<http::string_body> parser;
  boost::beast::flat_buffer buffer{2 * kReplyBytesMax};
  Fault fault = net::asio::error::timed_out;
};

net::Awaitable<void> ask(Exchange& exchange, std::string host, std::string port) {
  const auto [unknown, found] = co_await exchange.resolver.async_resolve(host, port, net::kAwait);
  exchange.fault = unknown;
  if (unknown) co_return;
  const auto [refused, at] = co_await net::asio::async_connect(exchange.socket, found, net::kAwait);
  exchange.fault = refused;
  if (refused) co_return;
  exchange.fault = net::asio::error::timed_out;
  const auto [cut, sent] =
      co_await http::async_write(exchange.socket, exchange.request, net::kAwait);
  if (cut) exchange.fault = cut;
  if (cut) co_return;
  const auto [broken, taken] =
      co_await http::async_read(exchange.socket, exchange.buffer, exchange.parser, net::kAwait);
  exchange.fault = broken;
}

}  // namespace

base::Result<HttpReply, std::string> http_get(const config::Address& address,
                                              const std::string& target, base::Duration timeout) {
  const bool is_any = address.host.empty() || address.host == "0.0.0.0" || address.host == "::";
  const config::Address to{is_any ? "localhost" : address.host, address.port};
  net::asio::io_context context(1);
  Exchange exchange(context);
  exchange.request.method(http::verb::get);
  exchange.request.target(target);
  exchange.request.set(http::field::host, "localhost");
  exchange.request.keep_alive(false);
  bool has_ended = false;
  net::asio::co_spawn(context.get_executor(), ask(exchange, to.host, std::to_string(to.port)),
                      [&has_ended](const std::exception_ptr&) { has_ended = true; });
  context.run_for(timeout);
  if (!has_ended) {
    return base::fail(config::to_string(to) + ": no answer within the time");
  }
  if (exchange.fault) return base::fail(config::to_string(to) + ": " + exchange.fault.message());
  return HttpReply{exchange.parser.get().result_int(), std::move(exchange.parser.get().body())};
}

}  // namespace admin
