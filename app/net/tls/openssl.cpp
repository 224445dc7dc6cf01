#include "net/tls/openssl.hpp"

#include <openssl/err.h>

namespace net::openssl {

Memory read_from(const std::string& text) {
  return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string take_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = ERR_reason_error_string(code);
  return reason == nullptr ? std::string("unknown") : std::string(reason);
}

}  // namespace net::openssl
