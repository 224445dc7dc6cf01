#include "connect/test_support/servers.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "connect/descriptor.hpp"

namespace connectors::test_support {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNginx = "/usr/sbin/nginx";

// PostgreSQL refuses to run as root: then it runs as the user that Debian's package made.
bool is_root() { return ::geteuid() == 0; }

std::vector<std::string> as_postgres(std::vector<std::string> words) {
  if (!is_root()) return words;
  std::vector<std::string> all{"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres",
                               "--clear-groups"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

// The newest version's, with a slash; empty if there is none.
std::string postgres_folder() {
  std::string newest;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const std::string folder = entry.path().string() + "/bin/";
    if (fs::exists(folder + "initdb")) newest = std::max(newest, folder);
  }
  return newest;
}

void run(const std::string& command) {
  ASSERT_EQ(std::system((command + " >/dev/null 2>&1").c_str()), 0) << command;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

std::string replaced(std::string text, const std::string& mark, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) {
    text.replace(at, mark.size(), value);
  }
  return text;
}

bool accepts(std::uint16_t port) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return ::connect(socket.value(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
         0;
}

}  // namespace

std::uint16_t free_port() {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof(address);
  EXPECT_EQ(::bind(socket.value(), reinterpret_cast<const sockaddr*>(&address), bytes), 0);
  EXPECT_EQ(::getsockname(socket.value(), reinterpret_cast<sockaddr*>(&address), &bytes), 0);
  return ntohs(address.sin_port);
}

void await(const std::string& what, const std::function<bool()>& is_so) {
  for (int round = 0; round < 2000; ++round) {
    if (is_so()) return;
    static_cast<void>(::poll(nullptr, 0, 5));
  }
  FAIL() << "in ten seconds not so: " << what;
}

void ServerProcess::start(const std::vector<std::string>& words, const std::string& folder) {
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);
  pid_ = ::fork();
  ASSERT_GE(pid_, 0);
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int log = ::open((folder + "/server.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  static_cast<void>(::chdir(folder.c_str()));
  ::execv(arguments.front(), const_cast<char* const*>(arguments.data()));
  ::_exit(127);
}

void ServerProcess::end(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, signal);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

NginxServer::NginxServer(const std::string& server, const std::string& listen_options)
    : port_(free_port()) {
  const std::string config =
      "daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr;\n" +
      std::string(is_root() ? "user root;\n" : "") +
      "events {}\nhttp { access_log off; client_max_body_size 64m;\n"
      "client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; "
      "fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
      "server { listen 127.0.0.1:" +
      std::to_string(port_) + " " + listen_options + ";\n" + server + "}}\n";
  write_file(folder_.path() + "/nginx.conf", replaced(config, "{folder}", folder_.path()));
  make_certificate(folder_.path(), "server");
  start();
}

void NginxServer::start() {
  process_.start({kNginx, "-e", "stderr", "-p", folder_.path(), "-c", "nginx.conf"},
                 folder_.path());
  await("nginx accepts", [this] { return accepts(port_); });
}

void NginxServer::stop() { process_.end(SIGQUIT); }

bool NginxServer::is_installed() { return fs::exists(kNginx); }

PostgresServer::PostgresServer() : port_(free_port()) {
  if (is_root()) {
    const passwd* const user = ::getpwnam("postgres");
    EXPECT_NE(user, nullptr);
    EXPECT_EQ(::chown(folder_.path().c_str(), user->pw_uid, user->pw_gid), 0);
  }
  const std::string data = folder_.path() + "/data";
  run(joined(as_postgres({postgres_folder() + "initdb", "-D", data, "-U", "t", "-A", "trust",
                          "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"})));
  const std::string rules = read_file(data + "/pg_hba.conf");
  write_file(data + "/pg_hba.conf", "host all p 127.0.0.1/32 scram-sha-256\n" + rules);
  start();
  static_cast<void>(query("CREATE ROLE p LOGIN PASSWORD 'open sesame'"));
}

std::string PostgresServer::dsn() const {
  return "host=127.0.0.1 user=t dbname=postgres port=" + std::to_string(port_);
}

void PostgresServer::start() {
  process_.start(
      as_postgres({postgres_folder() + "postgres", "-D", folder_.path() + "/data", "-h",
                   "127.0.0.1", "-p", std::to_string(port_), "-k", folder_.path(), "-c",
                   "fsync=off", "-c", "shared_buffers=32MB", "-c", "deadlock_timeout=200ms"}),
      folder_.path());
  const std::string ready = postgres_folder() + "pg_isready -q -h 127.0.0.1 -p " +
                            std::to_string(port_) + " -U t -d postgres";
  await("PostgreSQL is ready", [&ready] { return std::system(ready.c_str()) == 0; });
}

void PostgresServer::stop(int signal) { process_.end(signal); }

std::string PostgresServer::query(const std::string& sql) const {
  static std::atomic<int> count{0};
  const std::string script = folder_.path() + "/query" + std::to_string(count++) + ".sql";
  write_file(script, sql);
  const std::string command = postgres_folder() + "psql -XAtq -h 127.0.0.1 -U t -d postgres -p " +
                              std::to_string(port_) + " -f " + script + " 2>&1";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  std::string text;
  std::array<char, 65536> piece{};
  for (std::size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
    text.append(piece.data(), got);
  }
  EXPECT_EQ(::pclose(pipe), 0) << text;
  return text;
}

std::string PostgresServer::offer_tls() {
  const std::string data = folder_.path() + "/data";
  make_certificate(data, "server");
  if (is_root()) run("chown postgres " + data + "/server.key " + data + "/server.pem");
  static_cast<void>(
      query("ALTER SYSTEM SET ssl = on; ALTER SYSTEM SET ssl_cert_file = "
            "'server.pem'; ALTER SYSTEM SET ssl_key_file = 'server.key'"));
  return data + "/server.pem";
}

bool PostgresServer::is_installed() { return !postgres_folder().empty(); }

void make_certificate(const std::string& folder, const std::string& name) {
  run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=" +
      name + " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " + folder + "/" + name +
      ".key -out " + folder + "/" + name + ".pem");
}

}  // namespace connectors::test_support
