// net/tls/certificate_facts.hpp: the facts of a certificate as OpenSSL holds it.
#pragma once

#include "net/tls/certificate.hpp"
#include "net/tls/openssl.hpp"

namespace net {

// REQUIRES: not null.
[[nodiscard]] CertificateFacts facts_of(const X509* certificate);

}  // namespace net
