#include "cli/certs_command.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <system_error>

#include "cli/destination.hpp"
#include "cli/exit_code.hpp"
#include "cli/wire.hpp"
#include "connect/registry.hpp"
#include "net/tls/certificate.hpp"
#include "net/tls/certificate_ends.hpp"
#include "net/tls/engine.hpp"
#include "server/certificates.hpp"

namespace cli {
namespace {

void print_facts(const net::CertificateFacts& facts, base::WallTime now) {
  fmt::print("    subject     {}\n", facts.subject);
  fmt::print("    issuer      {}\n", facts.issuer);
  for (const std::string& name : facts.names) fmt::print("    name        {}\n", name);
  fmt::print("    key         {}, sha256:{}\n", facts.key_kind, facts.key_sha256);
  const std::int64_t days = net::days_left(facts, now);
  fmt::print("    valid       {} to {}: {}\n", net::to_date(facts.not_before),
             net::to_date(facts.not_after),
             days < 0 ? fmt::format("ended {} days ago", -days) : fmt::format("{} days", days));
}

// Counts what a person should look at.
class Check {
 public:
  explicit Check(base::WallTime now) : now_(now) {}

  void listener(const config::ListenerSettings& settings) {
    fmt::print("listener {} on {}\n", settings.name, config::to_string(settings.address));
    if (settings.tls_cert_files.empty()) {
      fmt::print("  plain TCP, no certificate\n");
      return;
    }
    const net::TlsServerFiles files = server::tls_files_of(settings);
    for (const net::TlsIdentityFiles& identity : files.identities) {
      own(identity.certificate, identity.key);
    }
    if (files.client_ca.empty()) {
      fmt::print("  clients need no certificate\n");
    } else {
      certificates("authority of clients", files.client_ca, false);
    }
    for (const std::string& entry : files.client_names) {
      const std::string wrong = net::check_client_name(entry);
      fmt::print("  client      {}\n", entry);
      if (!wrong.empty()) fault("TLS_CLIENT_NAMES: " + wrong);
    }
    const auto loaded = net::TlsServerContext::load(files);
    if (!loaded) return fault(loaded.error());
    const std::string expired = (*loaded)->expired(now_);
    if (!expired.empty()) return fault(expired);
    fmt::print("  fits together\n");
  }

  void connector(const config::ConnectorSettings& settings, const base::Clock& clock) {
    config::Problems problems;
    const auto plan = connectors::make_plan(settings, clock, problems);
    if (!plan) {
      fmt::print("connector {}\n", settings.name);
      return fault(config::to_string(problems));
    }
    const auto files = plan->credentials();
    if (!files) return;
    fmt::print("connector {}, {}\n", settings.name, plan->describe());
    if (files->certificate.empty()) {
      fmt::print("  shows no certificate\n");
    } else {
      own(files->certificate, files->key);
    }
    if (!files->verifies) {
      fmt::print("  believes whoever answers: verify is false\n");
    } else if (files->authorities.empty()) {
      fmt::print("  trusts the system's authorities\n");
    } else {
      certificates("authority of the target", files->authorities, false);
    }
  }

  [[nodiscard]] std::size_t fault_count() const noexcept { return fault_count_; }

 private:
  void own(const std::string& certificate, const std::string& key) {
    certificates("certificate", certificate, true);
    look_at_key(key.empty() ? certificate : key);
  }

  void fault(const std::string& what) {
    ++fault_count_;
    fmt::print("  WRONG: {}\n", what);
  }

  void certificates(std::string_view what, const std::string& path, bool leaf_only) {
    fmt::print("  {} {}\n", what, path);
    const auto facts = net::read_certificates(path);
    if (!facts) return;  // loading it says why
    for (const net::CertificateFacts& each : *facts) {
      print_facts(each, now_);
      const std::int64_t days = net::days_left(each, now_);
      if (days < net::kWarnDays && days >= 0) {
        fault(fmt::format("{} ends in {} days", each.subject, days));
      }
      if (days < 0) fault(fmt::format("{} has ended", each.subject));
      if (leaf_only) break;
    }
  }

  void look_at_key(const std::string& path) {
    struct stat facts {};

    if (::stat(path.c_str(), &facts) != 0) return;
    if ((facts.st_mode & (S_IRGRP | S_IROTH | S_IWGRP | S_IWOTH)) == 0) return;
    fault(fmt::format("{}: others than its owner may read or write the key", path));
  }

  base::WallTime now_;
  std::size_t fault_count_ = 0;
};

int refuse(std::string_view sentence) {
  fmt::print(stderr, "mllp-server certs probe: {}\n", sentence);
  return kExitUsage;
}

// One handshake, with a deadline.
class Probe {
 public:
  Probe(std::unique_ptr<Wire> wire, std::unique_ptr<net::TlsEngine> engine,
        const base::Clock& clock, base::SteadyTime until)
      : wire_(std::move(wire)), engine_(std::move(engine)), clock_(clock), until_(until) {}

  // Nothing if it stands; else the sentence that says why not.
  std::string run() {
    if (!wait(POLLOUT)) return "no connection in time";
    if (const int error = wire_->connect_error(); error != 0) {
      return std::generic_category().message(error);
    }
    for (;;) {
      const net::TlsStep step = engine_->handshake();
      send();
      if (step == net::TlsStep::kFailed) return engine_->failure().text;
      if (step == net::TlsStep::kDone) return refused_afterwards();
      std::string wrong = fill();
      if (!wrong.empty()) return wrong;
    }
  }

  [[nodiscard]] const net::TlsEngine& engine() const noexcept { return *engine_; }

 private:
  bool wait(short events) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - clock_.steady_now());
    if (left.count() <= 0) return false;
    pollfd poll{wire_->descriptor(), events, 0};
    return ::poll(&poll, 1, static_cast<int>(left.count())) == 1;
  }

  void send() {
    std::string& outgoing = engine_->outgoing();
    while (!outgoing.empty()) {
      const WireStep step = wire_->write(base::as_bytes(outgoing));
      if (step.event == WireEvent::kDone) {
        outgoing.erase(0, step.bytes);
      } else if (step.event != WireEvent::kWouldBlock || !wait(POLLOUT)) {
        return;
      }
    }
  }

  std::string fill() {
    for (;;) {
      const WireStep step = wire_->read(buffer_);
      switch (step.event) {
        case WireEvent::kDone: engine_->feed(base::ByteView(buffer_).first(step.bytes)); return {};
        case WireEvent::kClosed: return "the server closes the connection during the handshake";
        case WireEvent::kFailed: return "the server resets the connection during the handshake";
        case WireEvent::kWouldBlock:
          if (wait(POLLIN)) break;
          return "the server does not answer the handshake; does it speak TLS on this port?";
      }
    }
  }

  // In TLS 1.3 a server looks at the client's certificate behind the handshake: what
  // it thinks of it comes a moment later.
  std::string refused_afterwards() {
    const auto soon = clock_.steady_now() + std::chrono::milliseconds(500);
    until_ = std::min(until_, soon);
    std::array<std::byte, 1024> plain{};
    for (;;) {
      if (engine_->has_unread_input()) {
        const net::TlsRead read = engine_->read(plain);
        if (read.step == net::TlsStep::kFailed) return engine_->failure().text;
        if (read.step == net::TlsStep::kClosed) return {};
        continue;
      }
      if (!fill().empty()) return {};
    }
  }

  std::unique_ptr<Wire> wire_;
  std::unique_ptr<net::TlsEngine> engine_;
  const base::Clock& clock_;
  base::SteadyTime until_;
  std::array<std::byte, 16 * base::kKiB> buffer_{};
};

}  // namespace

int run_certs_check(const config::ConfigurationSources& sources, const base::Clock& clock) {
  const auto configuration = config::load_configuration(sources);
  if (!configuration) {
    fmt::print(stderr, "{}\n", config::to_string(configuration.error()));
    return kExitUsage;
  }
  Check check(clock.wall_now());
  for (const config::ListenerSettings& settings : configuration->listeners) {
    check.listener(settings);
  }
  for (const config::ConnectorSettings& settings : configuration->connectors) {
    check.connector(settings, clock);
  }
  return check.fault_count() == 0 ? kExitDone : kExitFailed;
}

int run_certs_probe(const CertsProbeOptions& options, const base::Clock& clock) {
  TlsOptions tls = options.tls;
  tls.tls = true;
  const auto context = make_tls_context(tls);
  if (!context) return refuse(context.error());
  const auto destination = resolve(options.to);
  if (!destination) return refuse(destination.error());
  const std::string host = options.to.host.empty() ? "127.0.0.1" : options.to.host;
  const std::string name = tls.server_name.empty() ? host : tls.server_name;
  std::string why = "no address";
  for (const SocketAddress& address : destination->addresses) {
    auto wire = open_plain_wire(address);
    if (!wire) {
      why = std::generic_category().message(wire.error());
      continue;
    }
    Probe probe(*std::move(wire), net::TlsEngine::connect(*context, name), clock,
                clock.steady_now() + options.timeout);
    why = probe.run();
    const auto facts = probe.engine().peer_certificate();
    if (why.empty()) {
      const net::TlsDescription description = probe.engine().description();
      fmt::print("{}: the handshake stands: {}, {}\n", destination->name, description.version,
                 description.suite);
    } else {
      fmt::print("{}: no TLS connection: {}\n", destination->name, why);
    }
    if (facts) {
      fmt::print("  certificate of the server\n");
      print_facts(*facts, clock.wall_now());
    }
    return why.empty() ? kExitDone : kExitFailed;
  }
  fmt::print("{}: no TLS connection: {}\n", destination->name, why);
  return kExitFailed;
}

}  // namespace cli
