#include "server/certificates.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "net/tls/certificate_ends.hpp"
#include "net/tls/files.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace server {
namespace {

using telemetry::Counter;
using telemetry::Level;

}  // namespace

net::TlsServerFiles tls_files_of(const config::ListenerSettings& settings) {
  net::TlsServerFiles files;
  for (std::size_t index = 0; index < settings.tls_cert_files.size(); ++index) {
    net::TlsIdentityFiles identity;
    identity.certificate = settings.tls_cert_files[index];
    if (!settings.tls_key_files.empty()) identity.key = settings.tls_key_files[index];
    const auto& passwords = settings.tls_key_password_files;
    if (!passwords.empty()) identity.key_password = passwords[passwords.size() == 1 ? 0 : index];
    files.identities.push_back(std::move(identity));
  }
  files.client_ca = settings.tls_client_ca;
  files.revocations = settings.tls_crl_file;
  files.client_names = settings.tls_client_names;
  files.least = settings.tls_min_version == config::TlsVersion::k13 ? net::TlsVersion::k13
                                                                    : net::TlsVersion::k12;
  return files;
}

std::shared_ptr<const net::TlsServerContext> LiveContext::load() const {
  const base::Lock lock(mutex_);
  return context_;
}

void LiveContext::store(std::shared_ptr<const net::TlsServerContext> context) {
  const base::Lock lock(mutex_);
  context_.swap(context);  // the old one goes when the lock is gone
}

base::Result<std::unique_ptr<Certificates>, std::string> Certificates::load(
    const config::Configuration& configuration, const base::Clock& clock) {
  std::unique_ptr<Certificates> certificates(new Certificates(clock));
  for (std::size_t index = 0; index < configuration.listeners.size(); ++index) {
    const config::ListenerSettings& settings = configuration.listeners[index];
    if (settings.tls_cert_files.empty()) continue;
    auto slot = std::make_unique<Slot>();
    slot->listener_index = index;
    slot->name = settings.name;
    slot->files = tls_files_of(settings);
    for (const std::string& entry : settings.tls_client_names) {
      const std::string wrong = net::check_client_name(entry);
      if (!wrong.empty()) {
        return base::fail("listener " + settings.name + ": TLS_CLIENT_NAMES: " + wrong);
      }
    }
    certificates->slots_.push_back(std::move(slot));
  }
  certificates->stamp_in_force_ = certificates->stamp_seen_ = certificates->stamp();
  for (const auto& slot : certificates->slots_) {
    auto context = net::TlsServerContext::load(slot->files);
    if (!context) return base::fail("listener " + slot->name + ": " + context.error());
    const std::string expired = (*context)->expired(clock.wall_now());
    if (!expired.empty()) {
      telemetry::log(Level::kError, "certificate_expired",
                     {{"listener", slot->name}, {"reason", expired}});
    }
    slot->context.store(std::move(*context));
  }
  certificates->note_ends();
  return certificates;
}

TlsSource Certificates::source(std::size_t listener_index) const {
  for (const auto& slot : slots_) {
    if (slot->listener_index != listener_index) continue;
    return [&context = slot->context] { return context.load(); };
  }
  return nullptr;
}

std::string Certificates::stamp() const {
  std::vector<std::string> paths;
  for (const auto& slot : slots_) {
    const std::vector<std::string> own = net::paths_of(slot->files);
    paths.insert(paths.end(), own.begin(), own.end());
  }
  return net::stamp_of(paths);
}

bool Certificates::reload() {
  // Before reading: what changes while we read is seen as a change by the next look().
  const std::string stamp_now = stamp();
  std::vector<std::shared_ptr<const net::TlsServerContext>> contexts;
  for (const auto& slot : slots_) {
    auto context = net::TlsServerContext::load(slot->files);
    const std::string reason =
        context ? (*context)->expired(clock_.wall_now()) : std::move(context.error());
    if (!reason.empty()) {
      stamp_refused_ = stamp_now;
      telemetry::count(Counter::kTlsReloadsFailed);
      telemetry::log(Level::kError, "certificates_refused",
                     {{"listener", slot->name},
                      {"reason", reason},
                      {"text", "the certificates that were in force stay in force"}});
      return false;
    }
    contexts.push_back(std::move(*context));
  }
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    slots_[index]->context.store(std::move(contexts[index]));
  }
  stamp_in_force_ = stamp_now;
  stamp_refused_.clear();
  telemetry::count(Counter::kTlsReloads);
  telemetry::log(Level::kInfo, "certificates_reloaded", {{"listeners", slots_.size()}});
  note_ends();
  return true;
}

void Certificates::look() {
  if (slots_.empty()) return;
  net::tell_certificate_ends(clock_.wall_now());
  std::string now = stamp();
  const bool quiet = now == stamp_seen_;
  const bool known = now == stamp_in_force_ || now == stamp_refused_;
  stamp_seen_ = std::move(now);
  if (quiet && !known) reload();
}

void Certificates::note_ends() const {
  const base::WallTime now = clock_.wall_now();
  for (const auto& slot : slots_) {
    const auto context = slot->context.load();
    const std::string where = "listener " + slot->name;
    net::note_certificates(net::CertificateOwner::kOwn, where, context->certificates(), now);
    net::note_certificates(net::CertificateOwner::kPartner, "authorities of " + where,
                           context->authorities(), now);
  }
}

}  // namespace server
