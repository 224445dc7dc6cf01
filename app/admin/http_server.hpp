// admin/http_server.hpp: HTTP/1.1 on a port, a thread and an io_context of its own.
//
// Nothing here is shared with the network threads of MLLP: a client that is slow,
// hostile or many keeps only this thread busy. Limits: 64 connections (one more is
// closed at once), 8 KiB of header, 16 KiB of body, 10 s for a request to come in and
// 10 s for its response to go out, also between the requests of one connection. Requests
// of a connection are answered one after the other, in order; pipelined ones wait.
// What is over a limit or no HTTP gets 400, 413 or 431 and the end of the connection.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "admin/http_message.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/values.hpp"
#include "net/buffer_budget.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"

namespace admin {

inline constexpr std::size_t kHttpConnectionsMax = 64;
inline constexpr std::size_t kHttpHeaderBytesMax = 8 * 1024;
inline constexpr std::size_t kHttpBodyBytesMax = 16 * 1024;

// Makes the response to one request. Runs on the server's thread, one at a time: while
// it works, other clients of this port wait. Any exception is answered 500.
using HttpHandler = std::function<Response(const Request& request)>;

class HttpServer {
 public:
  // Binds, or says why not: "127.0.0.1:8575: Address already in use". Serves at once.
  // `clock` outlives it, and so does what the handler looks at.
  [[nodiscard]] static base::Result<std::unique_ptr<HttpServer>, std::string> open(
      const config::Address& address, HttpHandler handler, const base::Clock& clock,
      base::Duration patience = std::chrono::seconds(10));

  // Ends the thread; connections are cut off.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] net::Endpoint endpoint() const noexcept { return listener_->endpoint(); }

 private:
  HttpServer(HttpHandler handler, const base::Clock& clock, base::Duration patience);

  base::Status<std::string> listen(const config::Address& address);

  const HttpHandler handler_;
  const base::Duration patience_;
  net::BufferPool pool_;
  net::Loops loops_;  // one
  std::unique_ptr<net::Listener> listener_;
};

}  // namespace admin
