// net/tls/certificate.hpp: what a certificate says, as plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace net {

struct CertificateFacts {
  std::string subject;             // RFC 4514: "CN=lab.example.org,O=Hospital"; UTF-8
  std::string issuer;              // the same
  std::string common_name;         // the subject's last CN, or empty
  std::vector<std::string> names;  // "DNS:lab.example.org" "IP:10.1.2.3" "URI:urn:x" "EMAIL:a@b"
  std::string key_sha256;          // of the public key (SubjectPublicKeyInfo), 64 digits a-f 0-9
  std::string key_kind;            // "RSA 2048", "EC 256", "ED25519 253"
  base::WallTime not_before;
  base::WallTime not_after;
};

// Whole days from `now` to the end; negative once it is over.
[[nodiscard]] std::int64_t days_left(base::WallTime not_after, base::WallTime now) noexcept;
[[nodiscard]] std::int64_t days_left(const CertificateFacts& facts, base::WallTime now) noexcept;

// "2026-04-03 12:00 UTC"
[[nodiscard]] std::string to_date(base::WallTime time);

// Each certificate of a PEM file, in order; or why there is none: "cert.pem: No such
// file or directory".
[[nodiscard]] base::Result<std::vector<CertificateFacts>, std::string> read_certificates(
    const std::string& path);

// Whether an entry of TLS_CLIENT_NAMES names this certificate. Letters' case does
// not matter.
//
//   lab.example.org      a DNS, IP, URI or EMAIL name of it, or its common name
//   sha256:9f86d0…       its public key, 64 hexadecimal digits, with or without colons
[[nodiscard]] bool is_named_by(const CertificateFacts& facts, std::string_view entry);

// None if the entry has the form of one; else what is wrong with it.
[[nodiscard]] std::string check_client_name(std::string_view entry);

// Whether one of the DNS names is for `host`: the same, or "*." and all but its
// first label. Without DNS names the common name counts.
[[nodiscard]] bool is_for_host(const CertificateFacts& facts, std::string_view host);

}  // namespace net
