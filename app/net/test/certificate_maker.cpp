#include "certificate_maker.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "base/check.hpp"
#include "net/tls/openssl.hpp"

namespace net {
namespace {

constexpr long kDaySeconds = 86'400;

std::string pem_of(X509* certificate) {
  const openssl::Memory memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory.get(), certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(EVP_PKEY* key, std::string password) {
  const openssl::Memory memory(BIO_new(BIO_s_mem()));
  auto* const octets = reinterpret_cast<unsigned char*>(password.data());
  PEM_write_bio_PrivateKey(memory.get(), key, password.empty() ? nullptr : EVP_aes_128_cbc(),
                           password.empty() ? nullptr : octets, static_cast<int>(password.size()),
                           nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

openssl::Certificate begin(EVP_PKEY* key, const CertificateWish& wish, long serial) {
  openssl::Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wish.days_from * kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wish.days_to * kDaySeconds);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  const auto add = [subject](const char* field, const std::string& text) {
    X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(text.data()),
                               static_cast<int>(text.size()), -1, 0);
  };
  add("O", "Example Hospital");
  add("CN", wish.common_name);
  return certificate;
}

}  // namespace

struct CertificateMaker::Parts {
  openssl::Key key;
  openssl::Certificate certificate;
  long last_serial = 1;
  std::map<std::string, long> serials;
  std::map<std::string, openssl::Key> keys;
};

CertificateMaker::CertificateMaker(const std::string& name) : parts_(std::make_unique<Parts>()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "mllp-tls-XXXXXX").string();
  CHECK(mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
  parts_->key.reset(EVP_EC_gen("P-256"));
  CertificateWish wish;
  wish.common_name = name;
  parts_->certificate = begin(parts_->key.get(), wish, 1);
  X509* const own = parts_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(own, own, NID_subject_key_identifier, "hash");
  X509_sign(own, parts_->key.get(), EVP_sha256());
  write("ca.pem", pem_of(own));
}

CertificateMaker::~CertificateMaker() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void CertificateMaker::issue(const std::string& name, const CertificateWish& wish) {
  openssl::Key key(EVP_EC_gen("P-256"));
  const long serial = ++parts_->last_serial;
  const openssl::Certificate certificate = begin(key.get(), wish, serial);
  X509* const own = certificate.get();
  X509* const authority = parts_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(authority));
  std::string names;
  for (const std::string& each : wish.names) names += (names.empty() ? "" : ",") + each;
  if (!names.empty()) add_extension(own, authority, NID_subject_alt_name, names);
  X509_sign(own, parts_->key.get(), EVP_sha256());
  write(name + ".pem", pem_of(own));
  write(name + ".key", pem_of(key.get(), ""));
  parts_->serials[name] = serial;
  parts_->keys[name] = std::move(key);
}

void CertificateMaker::encrypt_key(const std::string& name, const std::string& password) {
  write(name + ".key", pem_of(parts_->keys.at(name).get(), password));
}

void CertificateMaker::revoke(const std::vector<std::string>& names) {
  const openssl::RevocationList list(X509_CRL_new());
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(parts_->certificate.get()));
  ASN1_TIME* const time = ASN1_TIME_new();
  X509_gmtime_adj(time, -kDaySeconds);
  X509_CRL_set1_lastUpdate(list.get(), time);
  for (const std::string& name : names) {
    X509_REVOKED* const revoked = X509_REVOKED_new();
    ASN1_INTEGER* const serial = ASN1_INTEGER_new();
    ASN1_INTEGER_set(serial, parts_->serials.at(name));
    X509_REVOKED_set_serialNumber(revoked, serial);
    X509_REVOKED_set_revocationDate(revoked, time);
    X509_CRL_add0_revoked(list.get(), revoked);
    ASN1_INTEGER_free(serial);
  }
  X509_gmtime_adj(time, 30 * kDaySeconds);
  X509_CRL_set1_nextUpdate(list.get(), time);
  ASN1_TIME_free(time);
  X509_CRL_sign(list.get(), parts_->key.get(), EVP_sha256());
  const openssl::Memory memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_CRL(memory.get(), list.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  write("crl.pem", std::string(data, static_cast<std::size_t>(size)));
}

void CertificateMaker::write(const std::string& file, const std::string& text) const {
  std::ofstream(folder_ / file, std::ios::binary | std::ios::trunc) << text;
}

}  // namespace net
