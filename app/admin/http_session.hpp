// admin/http_session.hpp: one client's connection to the admin server.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>

#include "admin/http_server.hpp"
#include "net/admission.hpp"
#include "net/asio.hpp"
#include "net/deadlines.hpp"

namespace admin {

// Lives on the server's loop, kept alive by its own coroutine.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  // Loop and handler outlive it.
  HttpSession(net::Loop& loop, net::Socket socket, net::Admission::Ticket ticket,
              const HttpHandler& handler, base::Duration patience);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void start();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Reply = boost::beast::http::response<boost::beast::http::string_body>;

  net::Awaitable<void> converse();
  net::Awaitable<bool> serve_one();
  net::Awaitable<bool> send(Response response, bool keep_alive, bool without_body);
  net::Awaitable<void> linger();
  [[nodiscard]] Response answer() const noexcept;
  void be_patient();

  net::Loop& loop_;
  net::Socket socket_;
  net::Admission::Ticket ticket_;
  const HttpHandler& handler_;
  const base::Duration patience_;
  net::Deadlines::Watch watch_;
  boost::beast::flat_buffer buffer_{kHttpHeaderBytesMax + kHttpBodyBytesMax};
  std::optional<Parser> parser_;
  Reply reply_;
};

}  // namespace admin
