#include "intake/fingerprint.hpp"

#include <openssl/evp.h>

#include <memory>

#include "base/check.hpp"

namespace intake {
namespace {

struct Free {
  void operator()(EVP_MD* method) const noexcept { EVP_MD_free(method); }

  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

// OpenSSL 3 looks an algorithm up by name at each use unless it is kept: the
// look-up costs more than the digest of a common message.
struct Digest {
  std::unique_ptr<EVP_MD, Free> method{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

}  // namespace

std::array<char, 32> sha256(base::ByteView octets) {
  thread_local const Digest digest;
  std::array<char, 32> result{};
  CHECK(digest.method != nullptr && digest.context != nullptr);
  const bool done =
      EVP_DigestInit_ex2(digest.context.get(), digest.method.get(), nullptr) == 1 &&
      EVP_DigestUpdate(digest.context.get(), octets.data(), octets.size()) == 1 &&
      EVP_DigestFinal_ex(digest.context.get(), reinterpret_cast<unsigned char*>(result.data()),
                         nullptr) == 1;
  CHECK(done);
  return result;
}

}  // namespace intake
