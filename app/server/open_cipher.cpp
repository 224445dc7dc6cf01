#include "server/open_cipher.hpp"

#include <utility>

#include "base/try.hpp"

namespace server {

store::KeySource key_source(const config::ServerSettings& settings) {
  return {settings.encryption_key_file, settings.encryption_key};
}

base::Result<std::shared_ptr<store::PayloadCipher>, std::string> open_cipher(
    const config::ServerSettings& settings) {
  const store::KeySource source = key_source(settings);
  if (settings.store == config::StoreKind::kMemory || !source.is_given()) {
    return std::shared_ptr<store::PayloadCipher>();
  }
  return std::make_shared<store::PayloadCipher>(TRY(store::load_keys(source)));
}

}  // namespace server
