// Makes certificates for tests, in a folder that goes when they are done. Made-up
// names; keys on P-256, which take a millisecond.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace net {

struct CertificateWish {
  std::string common_name = "lab.example.org";
  std::vector<std::string> names;  // as OpenSSL writes them: "DNS:lab.example.org"
  int days_from = -1;              // from today
  int days_to = 365;
};

// An authority: its certificate and what it signs.
class CertificateMaker {
 public:
  explicit CertificateMaker(const std::string& name = "Test CA");
  ~CertificateMaker();
  CertificateMaker(const CertificateMaker&) = delete;
  CertificateMaker& operator=(const CertificateMaker&) = delete;

  // Writes NAME.pem and NAME.key; the paths follow from path().
  void issue(const std::string& name, const CertificateWish& wish);

  // A key with a password, NAME.key, for what issue() has made.
  void encrypt_key(const std::string& name, const std::string& password);

  // Writes crl.pem with those of the names that were issued.
  void revoke(const std::vector<std::string>& names);

  [[nodiscard]] std::string path(const std::string& file) const {
    return (folder_ / file).string();
  }

  [[nodiscard]] std::string ca_path() const { return path("ca.pem"); }

  void write(const std::string& file, const std::string& text) const;

 private:
  struct Parts;

  std::filesystem::path folder_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace net
