// connect/secret_file.hpp: a password or a token out of a file of one line.
#pragma once

#include <string>

#include "base/result.hpp"

namespace connectors {

inline constexpr std::size_t kSecretBytesMax = 16 * 1024;

// The first line, without its end. Fails with "<path>: <why>": unreadable, empty, too
// long, a control character in it (it could end a header).
[[nodiscard]] base::Result<std::string, std::string> read_secret_file(const std::string& path);

}  // namespace connectors
