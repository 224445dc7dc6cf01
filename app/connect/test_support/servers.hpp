// connect/test_support/servers.hpp: real servers on 127.0.0.1 for the length of a test, each
// in a folder of its own, started and stopped by it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "connect/test_support/targets.hpp"

namespace connectors::test_support {

// Asks every 5 ms until it is so; a test's failure that names `what` if it is not in ten
// seconds.
void await(const std::string& what, const std::function<bool()>& is_so);

// A port of 127.0.0.1 that nobody has at this moment.
[[nodiscard]] std::uint16_t free_port();

// A child that is ended with the object. Its output goes to a file in its folder.
class ServerProcess {
 public:
  ~ServerProcess() { end(9); }

  // The first word is a path. It dies with the test.
  void start(const std::vector<std::string>& words, const std::string& folder);

  // Sends the signal and waits for the end. Does nothing if it does not run.
  void end(int signal);

 private:
  pid_t pid_ = 0;
};

class NginxServer {
 public:
  // `server` is what stands in the block server{} beside listen; {folder} is its folder.
  explicit NginxServer(const std::string& server, const std::string& listen_options = "");

  ~NginxServer() { stop(); }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  // Where server.pem is, the certificate that server.key belongs to.
  [[nodiscard]] const std::string& folder() const noexcept { return folder_.path(); }

  void start();
  void stop();

  [[nodiscard]] static bool is_installed();

 private:
  TemporaryFolder folder_;
  std::uint16_t port_;
  ServerProcess process_;
};

// A cluster of its own, user `t` and database `postgres`; a password is asked for by none
// but user `p`, whose password is "open sesame".
class PostgresServer {
 public:
  PostgresServer();

  ~PostgresServer() { stop(); }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  // For user `t`.
  [[nodiscard]] std::string dsn() const;

  // As a power cut would, if `signal` is SIGQUIT; SIGINT ends open sessions in order.
  void stop(int signal = 2);
  void start();

  // What psql prints for it, one row a line, columns with | between them.
  [[nodiscard]] std::string query(const std::string& sql) const;

  // A certificate for localhost and 127.0.0.1; its path. TLS is offered from the next start.
  [[nodiscard]] std::string offer_tls();

  [[nodiscard]] static bool is_installed();

 private:
  TemporaryFolder folder_;
  std::uint16_t port_;
  ServerProcess process_;
};

// Makes NAME.pem and NAME.key in the folder by the openssl command: one certificate that is
// its own authority, for localhost and 127.0.0.1.
void make_certificate(const std::string& folder, const std::string& name);

}  // namespace connectors::test_support
