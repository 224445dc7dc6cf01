#include "net/tls/certificate.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "base/try.hpp"
#include "net/tls/certificate_facts.hpp"
#include "net/tls/files.hpp"

namespace net {
namespace {

constexpr std::string_view kKeyPrefix = "sha256:";
constexpr std::size_t kKeyDigits = 64;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

std::string to_hex(const unsigned char* octets, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (std::size_t index = 0; index < count; ++index) {
    out += kDigits[octets[index] >> 4U];
    out += kDigits[octets[index] & 15U];
  }
  return out;
}

std::string take_text(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string name_text(const X509_NAME* name) {
  const openssl::Memory memory(BIO_new(BIO_s_mem()));
  constexpr unsigned long kFlags =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  X509_NAME_print_ex(memory.get(), name, 0, kFlags);
  return take_text(memory.get());
}

std::string utf8_text(const ASN1_STRING* string) {
  unsigned char* octets = nullptr;
  const int size = ASN1_STRING_to_UTF8(&octets, string);
  if (size < 0) return {};
  std::string out(reinterpret_cast<char*>(octets), static_cast<std::size_t>(size));
  OPENSSL_free(octets);
  return out;
}

std::string common_name(const X509_NAME* name) {
  int place = -1;
  int last = -1;
  while ((place = X509_NAME_get_index_by_NID(name, NID_commonName, place)) >= 0) last = place;
  if (last < 0) return {};
  return utf8_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
}

std::string address_text(const ASN1_OCTET_STRING* octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int size = ASN1_STRING_length(octets);
  const int family = size == 4 ? AF_INET : AF_INET6;
  if (size != 4 && size != 16) return {};
  if (inet_ntop(family, ASN1_STRING_get0_data(octets), text.data(), text.size()) == nullptr) {
    return {};
  }
  return text.data();
}

std::string general_name_text(const GENERAL_NAME& name) {
  switch (name.type) {
    case GEN_DNS: return "DNS:" + utf8_text(name.d.dNSName);
    case GEN_URI: return "URI:" + utf8_text(name.d.uniformResourceIdentifier);
    case GEN_EMAIL: return "EMAIL:" + utf8_text(name.d.rfc822Name);
    case GEN_IPADD: return "IP:" + address_text(name.d.iPAddress);
    default: return {};
  }
}

std::vector<std::string> alternative_names(const X509* certificate) {
  std::vector<std::string> names;
  auto* const list = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int index = 0; index < sk_GENERAL_NAME_num(list); ++index) {
    std::string text = general_name_text(*sk_GENERAL_NAME_value(list, index));
    // A zero inside would end the name for those who read it as a C string.
    if (!text.empty() && text.find('\0') == std::string::npos) names.push_back(std::move(text));
  }
  GENERAL_NAMES_free(list);
  return names;
}

base::WallTime to_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return base::WallTime(std::chrono::seconds(timegm(&parts)));
}

std::string key_kind(const EVP_PKEY* key) {
  if (key == nullptr) return "unknown";
  const char* const name = EVP_PKEY_get0_type_name(key);
  return std::string(name == nullptr ? "unknown" : name) + " " +
         std::to_string(EVP_PKEY_get_bits(key));
}

std::string key_sha256(const X509* certificate) {
  unsigned char* octets = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &octets);
  if (size <= 0) return {};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(octets, static_cast<std::size_t>(size), digest.data());
  OPENSSL_free(octets);
  return to_hex(digest.data(), digest.size());
}

std::string key_digits(std::string_view entry) {
  std::string digits = lower(entry.substr(kKeyPrefix.size()));
  std::erase(digits, ':');
  return digits;
}

bool is_key_entry(std::string_view entry) {
  return lower(entry.substr(0, kKeyPrefix.size())) == kKeyPrefix;
}

}  // namespace

CertificateFacts facts_of(const X509* certificate) {
  CertificateFacts facts;
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  facts.subject = name_text(subject);
  facts.issuer = name_text(X509_get_issuer_name(certificate));
  facts.common_name = common_name(subject);
  facts.names = alternative_names(certificate);
  facts.key_sha256 = key_sha256(certificate);
  facts.key_kind = key_kind(X509_get0_pubkey(certificate));
  facts.not_before = to_time(X509_get0_notBefore(certificate));
  facts.not_after = to_time(X509_get0_notAfter(certificate));
  return facts;
}

std::int64_t days_left(base::WallTime not_after, base::WallTime now) noexcept {
  using Days = std::chrono::duration<std::int64_t, std::ratio<86'400>>;
  return std::chrono::floor<Days>(not_after - now).count();
}

std::int64_t days_left(const CertificateFacts& facts, base::WallTime now) noexcept {
  return days_left(facts.not_after, now);
}

std::string to_date(base::WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return {text.data(), size};
}

base::Result<std::vector<CertificateFacts>, std::string> read_certificates(
    const std::string& path) {
  const auto chain = TRY(read_certificate_file(path));
  std::vector<CertificateFacts> facts;
  for (const openssl::Certificate& certificate : chain) {
    facts.push_back(facts_of(certificate.get()));
  }
  return facts;
}

bool is_named_by(const CertificateFacts& facts, std::string_view entry) {
  if (is_key_entry(entry)) return key_digits(entry) == facts.key_sha256;
  const std::string wanted = lower(entry);
  if (!facts.common_name.empty() && lower(facts.common_name) == wanted) return true;
  return std::ranges::any_of(facts.names, [&wanted](const std::string& name) {
    const std::string known = lower(name);
    return known == wanted || known.substr(known.find(':') + 1) == wanted;
  });
}

std::string check_client_name(std::string_view entry) {
  if (entry.empty()) return "an empty name";
  if (!is_key_entry(entry)) return {};
  const std::string digits = key_digits(entry);
  const bool hex = digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (hex && digits.size() == kKeyDigits) return {};
  return "sha256: must be followed by 64 hexadecimal digits";
}

bool is_for_host(const CertificateFacts& facts, std::string_view host) {
  const std::string wanted = lower(host);
  const std::size_t dot = wanted.find('.');
  const std::string wildcard = dot == std::string::npos ? std::string() : "*" + wanted.substr(dot);
  bool has_dns = false;
  for (const std::string& name : facts.names) {
    if (!name.starts_with("DNS:")) continue;
    has_dns = true;
    const std::string known = lower(name.substr(4));
    if (known == wanted || (!wildcard.empty() && known == wildcard)) return true;
  }
  return !has_dns && lower(facts.common_name) == wanted;
}

}  // namespace net
