// net/tls/certificate_ends.hpp: when the certificates end that are in use, as metrics
// and, from 30 days on, as a warning a day for each.
//
// Our own are noted where they are loaded, and so are the authorities of partners; a
// partner's own is noted when it shows it: a client at a listener, a target at a
// connector. One book for the process, as the log and the metrics are. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/tls/certificate.hpp"

namespace net {

enum class CertificateOwner : std::uint8_t { kOwn, kPartner };

// From so many days on their end is told.
inline constexpr std::int64_t kWarnDays = 30;

// What a partner has shown is remembered for a week after the last time, of the newest
// so many.
inline constexpr std::size_t kShownCertificatesMax = 1000;

// All that is in use at this place, instead of what was there before. `where`: "listener
// lab", "clients of listener lab", "connector his".
void note_certificates(CertificateOwner owner, const std::string& where,
                       const std::vector<CertificateFacts>& certificates, base::WallTime now);

// A partner's, in place of an older one with the same subject.
void note_shown_certificate(const std::string& where, const CertificateFacts& certificate,
                            base::WallTime now);

// For days on which nothing is noted: what is due is told again, the metrics count down.
void tell_certificate_ends(base::WallTime now);

// For tests: nothing was noted.
void forget_certificates();

}  // namespace net
