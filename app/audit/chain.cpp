#include "audit/chain.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <charconv>

#include "base/check.hpp"

namespace audit {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

struct FreeDigest {
  void operator()(EVP_MD* method) const noexcept { EVP_MD_free(method); }

  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

// Looked up once: by name at each use it would cost more than the digest.
struct Digest {
  std::unique_ptr<EVP_MD, FreeDigest> method{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};
};

Mac digest_of(base::ByteView first, base::ByteView second) {
  thread_local const Digest digest;
  Mac result;
  CHECK(digest.method != nullptr && digest.context != nullptr);
  const bool done =
      EVP_DigestInit_ex2(digest.context.get(), digest.method.get(), nullptr) == 1 &&
      EVP_DigestUpdate(digest.context.get(), first.data(), first.size()) == 1 &&
      EVP_DigestUpdate(digest.context.get(), second.data(), second.size()) == 1 &&
      EVP_DigestFinal_ex(digest.context.get(), reinterpret_cast<unsigned char*>(result.data()),
                         nullptr) == 1;
  CHECK(done);
  return result;
}

const unsigned char* octets_of(base::ByteView view) noexcept {
  return reinterpret_cast<const unsigned char*>(view.data());
}

std::optional<std::uint8_t> digit_of(char hex) noexcept {
  if (hex >= '0' && hex <= '9') return static_cast<std::uint8_t>(hex - '0');
  if (hex >= 'a' && hex <= 'f') return static_cast<std::uint8_t>(hex - 'a' + 10);
  return std::nullopt;
}

}  // namespace

void append_hex(std::string_view octets, std::string& text) {
  for (const char each : octets) {
    const auto octet = static_cast<unsigned char>(each);
    text += kHexDigits[octet >> 4U];
    text += kHexDigits[octet & 0x0FU];
  }
}

std::string to_hex(const Mac& mac) {
  std::string text;
  append_hex(as_text(mac), text);
  return text;
}

std::optional<Mac> parse_mac(std::string_view hex) noexcept {
  Mac mac;
  if (hex.size() != 2 * mac.size()) return std::nullopt;
  for (std::size_t index = 0; index < mac.size(); ++index) {
    const auto high = digit_of(hex[2 * index]);
    const auto low = digit_of(hex[2 * index + 1]);
    if (!high || !low) return std::nullopt;
    mac[index] = static_cast<std::byte>(*high << 4U | *low);
  }
  return mac;
}

Mac sha256(base::ByteView octets) { return digest_of(octets, {}); }

std::string to_string(const Head& head) {
  return std::to_string(head.sequence) + ":" + to_hex(head.mac);
}

std::optional<Head> parse_head(std::string_view text) noexcept {
  const std::size_t mark = text.find(':');
  if (mark == std::string_view::npos) return std::nullopt;
  Head head;
  const char* const end = text.data() + mark;
  const auto [stop, error] = std::from_chars(text.data(), end, head.sequence);
  const auto mac = parse_mac(text.substr(mark + 1));
  if (error != std::errc() || stop != end || head.sequence == 0 || !mac) return std::nullopt;
  head.mac = *mac;
  return head;
}

Chain::Chain(const AuditKey& key) {
  if (!key.is_given()) return;
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> method(
      EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free);
  CHECK(method != nullptr);
  context_.reset(EVP_MAC_CTX_new(method.get()));
  std::string name = "SHA256";
  const std::array<OSSL_PARAM, 2> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
      OSSL_PARAM_construct_end()};
  const base::ByteView octets = key.octets();
  CHECK(context_ != nullptr &&
        EVP_MAC_init(context_.get(), octets_of(octets), octets.size(), parameters.data()) == 1);
}

Mac Chain::next(const Mac& before, std::string_view text) {
  const base::ByteView octets = base::as_bytes(text);
  if (!context_) return digest_of(before, octets);
  Mac mac;
  std::size_t size = 0;
  const bool done = EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1 &&
                    EVP_MAC_update(context_.get(), octets_of(before), before.size()) == 1 &&
                    EVP_MAC_update(context_.get(), octets_of(octets), octets.size()) == 1 &&
                    EVP_MAC_final(context_.get(), reinterpret_cast<unsigned char*>(mac.data()),
                                  &size, mac.size()) == 1;
  CHECK(done && size == mac.size());
  return mac;
}

}  // namespace audit
