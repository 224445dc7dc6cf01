// audit/chain.hpp: how each record is bound to all before it.
//
//   MAC(n) = HMAC-SHA-256(key, MAC(n-1) text(n))     MAC(0) = 32 zero octets
//
// Without a key it is SHA-256 of the same: damage is found, a forger is not.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "audit/audit_key.hpp"
#include "base/bytes.hpp"

namespace audit {

using Mac = std::array<std::byte, 32>;

[[nodiscard]] inline std::string_view as_text(const Mac& mac) noexcept {
  return base::as_text({mac.data(), mac.size()});
}

// Two digits for each octet, lower case.
void append_hex(std::string_view octets, std::string& text);

// 64 digits, lower case, and back; none for anything else.
[[nodiscard]] std::string to_hex(const Mac& mac);
[[nodiscard]] std::optional<Mac> parse_mac(std::string_view hex) noexcept;

[[nodiscard]] Mac sha256(base::ByteView octets);

// Where a chain has come to.
struct Head {
  std::uint64_t sequence = 0;  // of the last record; 0: there is none
  Mac mac{};

  friend bool operator==(const Head&, const Head&) = default;
};

// "17:9f…", and back.
[[nodiscard]] std::string to_string(const Head& head);
[[nodiscard]] std::optional<Head> parse_head(std::string_view text) noexcept;

// Not thread-safe.
class Chain {
 public:
  explicit Chain(const AuditKey& key);

  [[nodiscard]] Mac next(const Mac& before, std::string_view text);

 private:
  struct Free {
    void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
  };

  std::unique_ptr<EVP_MAC_CTX, Free> context_;  // none: without a key
};

}  // namespace audit
