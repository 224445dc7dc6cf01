#include "admin/http_server.hpp"

#include <utility>

#include "admin/http_session.hpp"
#include "base/bytes.hpp"
#include "base/try.hpp"

namespace admin {

base::Result<std::unique_ptr<HttpServer>, std::string> HttpServer::open(
    const config::Address& address, HttpHandler handler, const base::Clock& clock,
    base::Duration patience) {
  std::unique_ptr<HttpServer> server(new HttpServer(std::move(handler), clock, patience));
  TRY(server->listen(address));
  return server;
}

HttpServer::HttpServer(HttpHandler handler, const base::Clock& clock, base::Duration patience)
    : handler_(std::move(handler)), patience_(patience), pool_(base::kMiB) {
  loops_.push_back(std::make_unique<net::Loop>(pool_, clock));
}

HttpServer::~HttpServer() { loops_.front()->stop(); }

base::Status<std::string> HttpServer::listen(const config::Address& address) {
  net::ListenerOptions options;
  options.name = "admin";
  options.host = address.host;
  options.port = address.port;
  options.limits.connections_max = kHttpConnectionsMax;
  options.is_counted = false;
  listener_ = TRY(net::Listener::open(
      std::move(options), loops_,
      [this](net::Loop& loop, net::Socket socket, net::Admission::Ticket ticket) {
        std::make_shared<HttpSession>(loop, std::move(socket), std::move(ticket), handler_,
                                      patience_)
            ->start();
      }));
  loops_.front()->start("admin");
  listener_->start();
  return base::Done{};
}

}  // namespace admin
