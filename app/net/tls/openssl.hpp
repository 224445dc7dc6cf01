// net/tls/openssl.hpp: OpenSSL's objects with owners, and its errors as texts.
//
// For the files of net/tls alone: no other room sees a type of OpenSSL.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace net::openssl {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};

using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Free<SSL_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using RevocationList = std::unique_ptr<X509_CRL, Free<X509_CRL_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free_all>>;

// Reads `text` from its beginning; the text outlives it.
[[nodiscard]] Memory read_from(const std::string& text);

// The newest of this thread's errors as a text, e.g. "key values mismatch"; all of
// them are forgotten. "unknown" if there is none.
[[nodiscard]] std::string take_error();

}  // namespace net::openssl
