// server/open_cipher.hpp: the keys that the settings name, and what seals with them.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "config/configuration.hpp"
#include "store/encryption_keys.hpp"
#include "store/payload_cipher.hpp"

namespace server {

// ENCRYPTION_KEY_FILE, or ENCRYPTION_KEY.
[[nodiscard]] store::KeySource key_source(const config::ServerSettings& settings);

// Null where no key is named, or nothing is kept; a sentence where the keys cannot be read.
[[nodiscard]] base::Result<std::shared_ptr<store::PayloadCipher>, std::string> open_cipher(
    const config::ServerSettings& settings);

}  // namespace server
