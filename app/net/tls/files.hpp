// net/tls/files.hpp: certificates, keys and revocation lists read from PEM files.
//
// Errors begin with the path: "key.pem: the key is encrypted, and no password file is
// given". A password and the octets of a key are wiped from memory after use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/tls/openssl.hpp"

namespace net {

// No file of ours is larger.
inline constexpr std::size_t kTlsFileBytesMax = 16U << 20U;

// The whole file; or "path: why not".
[[nodiscard]] base::Result<std::string, std::string> read_tls_file(const std::string& path);

// At least one.
[[nodiscard]] base::Result<std::vector<openssl::Certificate>, std::string> read_certificate_file(
    const std::string& path);

// At least one.
[[nodiscard]] base::Result<std::vector<openssl::RevocationList>, std::string> read_revocation_file(
    const std::string& path);

// `password_path` may be empty. The password is the file's first line.
[[nodiscard]] base::Result<openssl::Key, std::string> read_key_file(
    const std::string& path, const std::string& password_path);

// What tells whether any of the files was replaced or written to: compare two of
// them. Symbolic links are followed. A file that is not there counts as such.
[[nodiscard]] std::string stamp_of(const std::vector<std::string>& paths);

}  // namespace net
