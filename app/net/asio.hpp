// net/asio.hpp: the parts of Boost.Asio that we use, under short names.
//
// Every socket is bound to one io_context by its concrete executor: no virtual
// call for each operation. Coroutines get an operation's outcome as a tuple of
// error code and value; nothing throws.
//
// Trap (g++ 12): in an expression with co_await, a temporary of aggregate type or
// a lambda with captures is destroyed twice. Name it first.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace net {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
using ErrorCode = boost::system::error_code;
using Endpoint = asio::ip::tcp::endpoint;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

template <class T>
using Awaitable = asio::awaitable<T, Executor>;

// `auto [error, value] = co_await socket.async_read_some(buffer, net::kAwait);`
inline constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<Executor>());

}  // namespace net
