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
  certificates->stamp_in_force_ = certificates->stamp_seen_ = stamp_of(certificates->all_files());
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

std::string Certificates::stamp_of(const std::vector<net::TlsServerFiles>& files) {
  std::vector<std::string> paths;
  for (const net::TlsServerFiles& each : files) {
    const std::vector<std::string> own = net::paths_of(each);
    paths.insert(paths.end(), own.begin(), own.end());
  }
  return net::stamp_of(paths);
}

std::vector<net::TlsServerFiles> Certificates::all_files() const {
  std::vector<net::TlsServerFiles> files;
  for (const auto& slot : slots_) files.push_back(slot->files);
  return files;
}

base::Result<Certificates::Renewal, std::string> Certificates::read(
    const config::Configuration& next) {
  std::vector<net::TlsServerFiles> files;
  std::size_t slot_index = 0;
  for (std::size_t index = 0; index < next.listeners.size(); ++index) {
    const config::ListenerSettings& settings = next.listeners[index];
    const bool had = slot_index < slots_.size() && slots_[slot_index]->listener_index == index;
    if (had == settings.tls_cert_files.empty()) {
      return base::fail("listener " + settings.name +
                        ": whether it has TLS is decided at the start; this needs a restart");
    }
    if (!had) continue;
    for (const std::string& entry : settings.tls_client_names) {
      const std::string wrong = net::check_client_name(entry);
      if (wrong.empty()) continue;
      return base::fail("listener " + settings.name + ": TLS_CLIENT_NAMES: " + wrong);
    }
    files.push_back(tls_files_of(settings));
    ++slot_index;
  }
  std::string stamp = stamp_of(files);
  return told(read(std::move(files)), std::move(stamp));
}

// What is refused, on the log and in the counts.
base::Result<Certificates::Renewal, std::string> Certificates::told(
    base::Result<Renewal, std::string> renewal, std::string stamp) {
  if (renewal) return renewal;
  stamp_refused_ = std::move(stamp);
  telemetry::count(Counter::kTlsReloadsFailed);
  telemetry::log(
      Level::kError, "certificates_refused",
      {{"reason", renewal.error()}, {"text", "the certificates that were in force stay in force"}});
  return renewal;
}

base::Result<Certificates::Renewal, std::string> Certificates::read(
    std::vector<net::TlsServerFiles> files) const {
  // Before reading: what changes while we read is seen as a change by the next look().
  Renewal renewal{{}, {}, stamp_of(files)};
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    auto context = net::TlsServerContext::load(files[index]);
    const std::string reason =
        context ? (*context)->expired(clock_.wall_now()) : std::move(context.error());
    if (!reason.empty()) return base::fail("listener " + slots_[index]->name + ": " + reason);
    renewal.contexts.push_back(std::move(*context));
  }
  renewal.files = std::move(files);
  return renewal;
}

// By what look() has seen: the files of the start or of the last reload have changed.
void Certificates::reload() {
  auto renewal = told(read(all_files()), stamp_of(all_files()));
  if (renewal) put_in_force(*std::move(renewal));
}

void Certificates::put_in_force(Renewal renewal) {
  if (slots_.empty()) return;
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    slots_[index]->files = std::move(renewal.files[index]);
    slots_[index]->context.store(std::move(renewal.contexts[index]));
  }
  stamp_in_force_ = std::move(renewal.stamp);
  stamp_refused_.clear();
  telemetry::count(Counter::kTlsReloads);
  telemetry::log(Level::kInfo, "certificates_reloaded", {{"listeners", slots_.size()}});
  note_ends();
}

void Certificates::look() {
  if (slots_.empty()) return;
  net::tell_certificate_ends(clock_.wall_now());
  std::string now = stamp_of(all_files());
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
