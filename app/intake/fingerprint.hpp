// intake/fingerprint.hpp: the digest by which a message can be recognised.
#pragma once

#include <array>

#include "base/bytes.hpp"

namespace intake {

// SHA-256, 32 raw octets. A few hundred nanoseconds for a common message.
[[nodiscard]] std::array<char, 32> sha256(base::ByteView octets);

}  // namespace intake
