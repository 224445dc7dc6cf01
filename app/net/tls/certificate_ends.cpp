#include "net/tls/certificate_ends.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <tuple>
#include <utility>

#include "base/mutex.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace net {
namespace {

constexpr auto kTellEvery = std::chrono::hours(24);
constexpr auto kCountEvery = std::chrono::hours(1);
constexpr auto kForgetAfter = std::chrono::hours(24 * 7);

telemetry::Gauge gauge_of(CertificateOwner owner) noexcept {
  return owner == CertificateOwner::kOwn ? telemetry::Gauge::kCertificateDays
                                         : telemetry::Gauge::kPartnerCertificateDays;
}

class Book {
 public:
  void note_all(CertificateOwner owner, const std::string& where,
                const std::vector<CertificateFacts>& certificates, base::WallTime now) {
    const base::Lock lock(mutex_);
    std::map<Key, Entry> before;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const bool here = entry->first.where == where && entry->first.owner == owner;
      const auto next = std::next(entry);
      if (here && !entry->second.shown) before.insert(entries_.extract(entry));
      entry = next;
    }
    for (const CertificateFacts& facts : certificates) {
      Key key{owner, where, facts.subject};
      const auto known = before.find(key);
      Entry entry{facts.not_after, now, {}, false};
      if (known != before.end() && known->second.not_after == facts.not_after) {
        entry.told_at = known->second.told_at;
      }
      const auto [place, added] = entries_.try_emplace(std::move(key), entry);
      if (!added) place->second.not_after = std::min(place->second.not_after, facts.not_after);
    }
    tell(now);
  }

  void note_shown(const std::string& where, const CertificateFacts& facts, base::WallTime now) {
    const base::Lock lock(mutex_);
    Key key{CertificateOwner::kPartner, where, facts.subject};
    const auto known = entries_.find(key);
    if (known != entries_.end() && known->second.not_after == facts.not_after) {
      known->second.seen_at = now;
      if (now - counted_at_ >= kCountEvery) tell(now);
      return;
    }
    if (known == entries_.end()) make_room();
    entries_.insert_or_assign(std::move(key), Entry{facts.not_after, now, {}, true});
    tell(now);
  }

  void look(base::WallTime now) {
    const base::Lock lock(mutex_);
    if (now - counted_at_ >= kCountEvery) tell(now);
  }

  void forget() {
    const base::Lock lock(mutex_);
    entries_.clear();
    tell({});
  }

 private:
  struct Key {
    CertificateOwner owner;
    std::string where;
    std::string subject;

    bool operator<(const Key& other) const {
      return std::tie(owner, where, subject) < std::tie(other.owner, other.where, other.subject);
    }
  };

  struct Entry {
    base::WallTime not_after;
    base::WallTime seen_at;
    base::WallTime told_at;
    bool shown = false;  // by a partner; else read from a file
  };

  void tell(base::WallTime now) REQUIRES_LOCK(mutex_) {
    counted_at_ = now;
    std::erase_if(entries_, [now](const auto& entry) {
      return entry.second.shown && now - entry.second.seen_at > kForgetAfter;
    });
    for (auto& [key, entry] : entries_) {
      const std::int64_t days = days_left(entry.not_after, now);
      if (days >= kWarnDays || now - entry.told_at < kTellEvery) continue;
      entry.told_at = now;
      telemetry::log(telemetry::Level::kWarning, "certificate_ends",
                     {{"of", key.owner == CertificateOwner::kOwn ? "us" : "a partner"},
                      {"where", key.where},
                      {"subject", key.subject},
                      {"days", days}});
    }
    for (const CertificateOwner owner : {CertificateOwner::kOwn, CertificateOwner::kPartner}) {
      telemetry::set(gauge_of(owner), least_days(owner, now));
    }
  }

  // For one more that was shown: the one that was not seen for longest goes.
  void make_room() REQUIRES_LOCK(mutex_) {
    std::size_t count = 0;
    auto oldest = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (!entry->second.shown) continue;
      ++count;
      if (oldest == entries_.end() || entry->second.seen_at < oldest->second.seen_at) {
        oldest = entry;
      }
    }
    if (count >= kShownCertificatesMax) entries_.erase(oldest);
  }

  std::optional<std::int64_t> least_days(CertificateOwner owner, base::WallTime now)
      REQUIRES_LOCK(mutex_) {
    std::optional<std::int64_t> least;
    for (const auto& [key, entry] : entries_) {
      if (key.owner != owner) continue;
      const std::int64_t days = days_left(entry.not_after, now);
      if (!least || days < *least) least = days;
    }
    return least;
  }

  base::Mutex mutex_;
  std::map<Key, Entry> entries_ GUARDED_BY(mutex_);
  base::WallTime counted_at_ GUARDED_BY(mutex_){};
};

Book& book() {
  static Book the_book;
  return the_book;
}

}  // namespace

void note_certificates(CertificateOwner owner, const std::string& where,
                       const std::vector<CertificateFacts>& certificates, base::WallTime now) {
  book().note_all(owner, where, certificates, now);
}

void note_shown_certificate(const std::string& where, const CertificateFacts& certificate,
                            base::WallTime now) {
  book().note_shown(where, certificate, now);
}

void tell_certificate_ends(base::WallTime now) { book().look(now); }

void forget_certificates() { book().forget(); }

}  // namespace net
