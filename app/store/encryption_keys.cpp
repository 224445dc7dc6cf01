#include "store/encryption_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/try.hpp"
#include "store/disk.hpp"

namespace store {
namespace {

using Octets = EncryptionKey::Octets;

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kHexLetters = 2 * EncryptionKey::kBytes;
constexpr std::size_t kBase64Letters = 44;
constexpr std::string_view kDataUse = "mllp-server store data 1";
constexpr std::string_view kIdentifierUse = "mllp-server store identifiers 1";
constexpr std::string_view kNameUse = "mllp-server store key id 1";

template <class Container>
class Wiped {
 public:
  ~Wiped() { OPENSSL_cleanse(octets.data(), octets.size()); }

  Container octets{};
};

void derive(base::ByteView master, std::string_view use, std::span<std::byte> derived) {
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> method(
      EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free);
  CHECK(method != nullptr);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(
      EVP_KDF_CTX_new(method.get()), EVP_KDF_CTX_free);
  CHECK(context != nullptr);
  std::string digest = "SHA256";
  std::string info(use);
  std::byte* const octets = const_cast<std::byte*>(master.data());  // OpenSSL only reads them
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, octets, master.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  CHECK(EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(derived.data()),
                       derived.size(), parameters) == 1);
}

bool read_hex(std::string_view text, Octets& octets) {
  for (std::size_t index = 0; index < octets.size(); ++index) {
    unsigned octet = 0;
    const char* const begin = text.data() + 2 * index;
    const auto [stop, error] = std::from_chars(begin, begin + 2, octet, 16);
    if (error != std::errc() || stop != begin + 2) return false;
    octets[index] = static_cast<std::byte>(octet);
  }
  return true;
}

// 43 letters and one `=`. OpenSSL would take others for blanks.
bool read_base64(std::string_view text, Octets& octets) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string_view letters = text.substr(0, text.size() - 1);
  if (text.back() != '=') return false;
  if (letters.find_first_not_of(kLetters) != std::string_view::npos) return false;
  Wiped<std::array<unsigned char, EncryptionKey::kBytes + 1>> read;
  const int count =
      EVP_DecodeBlock(read.octets.data(), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (count != static_cast<int>(read.octets.size())) return false;
  std::transform(read.octets.begin(), read.octets.end() - 1, octets.begin(),
                 [](unsigned char octet) { return static_cast<std::byte>(octet); });
  return true;
}

bool read_key(std::string_view text, Octets& octets) {
  if (text.size() == kHexLetters) return read_hex(text, octets);
  return text.size() == kBase64Letters && read_base64(text, octets);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

base::Failure<std::string> at_line(std::size_t number, const std::string& what) {
  return base::fail("line " + std::to_string(number) + ": " + what);
}

}  // namespace

std::string to_string(KeyId id) {
  std::string text;
  for (unsigned shift = 32; shift > 0;) {
    shift -= 4;
    text += kHexDigits[id.value >> shift & 0x0FU];
  }
  return text;
}

EncryptionKey::EncryptionKey(base::ByteView master) {
  CHECK(master.size() == kBytes);
  derive(master, kDataUse, data_);
  derive(master, kIdentifierUse, identifiers_);
  std::array<std::byte, sizeof(id_.value)> name;
  derive(master, kNameUse, name);
  for (const std::byte octet : name) id_.value = id_.value << 8U | static_cast<unsigned>(octet);
  id_.value = std::max(id_.value, 1U);  // 0 is no key
}

EncryptionKey::~EncryptionKey() {
  OPENSSL_cleanse(data_.data(), data_.size());
  OPENSSL_cleanse(identifiers_.data(), identifiers_.size());
}

base::Result<EncryptionKeys, std::string> EncryptionKeys::parse(std::string_view text) {
  EncryptionKeys keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    Wiped<Octets> master;
    if (!read_key(line, master.octets)) {
      return at_line(number,
                     "expected a key of 32 octets in base64, as `openssl rand -base64 32` makes "
                     "one, or 64 hexadecimal digits");
    }
    auto key = std::make_shared<const EncryptionKey>(master.octets);
    if (keys.find(key->id()) != nullptr) {
      return at_line(number, "the key " + to_string(key->id()) + " stands there twice");
    }
    keys.keys_.push_back(std::move(key));
  }
  if (keys.keys_.empty()) return base::fail(std::string("it holds no key"));
  return keys;
}

const EncryptionKey* EncryptionKeys::find(KeyId id) const noexcept {
  const auto found = std::ranges::find(keys_, id, [](const auto& key) { return key->id(); });
  return found == keys_.end() ? nullptr : found->get();
}

std::vector<KeyId> EncryptionKeys::ids() const {
  std::vector<KeyId> ids;
  for (const auto& key : keys_) ids.push_back(key->id());
  return ids;
}

std::string EncryptionKeys::names() const {
  std::string text;
  for (const KeyId id : ids()) {
    if (!text.empty()) text += ", ";
    text += to_string(id);
  }
  return text;
}

base::Result<EncryptionKeys, std::string> load_keys(const KeySource& source) {
  if (source.file.empty()) {
    auto keys = EncryptionKeys::parse(source.text);
    if (!keys) return base::fail("ENCRYPTION_KEY: " + keys.error());
    return keys;
  }
  const std::string where = "ENCRYPTION_KEY_FILE: " + source.file + ": ";
  Wiped<std::vector<std::byte>> file;
  auto read = Disk::system().read(source.file);
  if (!read) {
    return base::fail(where + "cannot be read (error " + std::to_string(read.error().os_error) +
                      ")");
  }
  file.octets = std::move(read).value();
  auto keys = EncryptionKeys::parse(base::as_text(file.octets));
  if (!keys) return base::fail(where + keys.error());
  return keys;
}

}  // namespace store
