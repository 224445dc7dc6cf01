// server/certificates.hpp: the certificates of all listeners, and their renewal.
//
// Certificates, keys, authorities and revocation lists are read again when a file
// changes and on SIGHUP: those of all listeners, or none. A set that does not fit, has
// expired or cannot be read leaves the old one at work, with a line in the log and a
// count. Connections keep what they began with.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "net/tls/context.hpp"

namespace server {

// Yields the context of this moment; null for a plain listener.
using TlsSource = std::function<std::shared_ptr<const net::TlsServerContext>()>;

// What the settings of a listener ask for.
[[nodiscard]] net::TlsServerFiles tls_files_of(const config::ListenerSettings& settings);

// The context in force. Thread-safe; libstdc++ 12's own atomic shared_ptr has a race that
// the detector tells.
class LiveContext {
 public:
  [[nodiscard]] std::shared_ptr<const net::TlsServerContext> load() const;
  void store(std::shared_ptr<const net::TlsServerContext> context);

 private:
  mutable base::Mutex mutex_;
  std::shared_ptr<const net::TlsServerContext> context_ GUARDED_BY(mutex_);
};

// source() and what it yields: any thread. All else: one thread.
class Certificates {
 public:
  // The files of every listener that has TLS; or what is wrong: "listener lab: …". A
  // certificate that has expired is used all the same, and told: a restart must not
  // end what still works for senders that do not look.
  [[nodiscard]] static base::Result<std::unique_ptr<Certificates>, std::string> load(
      const config::Configuration& configuration, const base::Clock& clock);

  [[nodiscard]] bool empty() const noexcept { return slots_.empty(); }

  // For the listener of this index in the configuration. Lives as long as this.
  [[nodiscard]] TlsSource source(std::size_t listener_index) const;

  // What read() has made of the files, to be put in force as a whole.
  struct Renewal {
    std::vector<net::TlsServerFiles> files;  // by slot, as the contexts
    std::vector<std::shared_ptr<const net::TlsServerContext>> contexts;
    std::string stamp;
  };

  // SIGHUP: reads everything again, from where the configuration now says; or what is
  // wrong, "listener lab: …", which is told on the log as well. REQUIRES: the listeners of
  // the start.
  [[nodiscard]] base::Result<Renewal, std::string> read(const config::Configuration& next);
  void put_in_force(Renewal renewal);

  // To be called about once a second: reloads when the files have changed and then
  // been left alone from one call to the next. Tells once a day what ends soon.
  void look();

 private:
  struct Slot {
    std::size_t listener_index = 0;
    std::string name;
    net::TlsServerFiles files;
    LiveContext context;
  };

  explicit Certificates(const base::Clock& clock) : clock_(clock) {}

  void reload();
  [[nodiscard]] base::Result<Renewal, std::string> told(base::Result<Renewal, std::string> renewal,
                                                        std::string stamp);
  [[nodiscard]] base::Result<Renewal, std::string> read(
      std::vector<net::TlsServerFiles> files) const;
  [[nodiscard]] static std::string stamp_of(const std::vector<net::TlsServerFiles>& files);
  [[nodiscard]] std::vector<net::TlsServerFiles> all_files() const;
  void note_ends() const;

  const base::Clock& clock_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::string stamp_in_force_;
  std::string stamp_refused_;
  std::string stamp_seen_;
};

}  // namespace server
