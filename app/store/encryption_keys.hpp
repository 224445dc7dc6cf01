// store/encryption_keys.hpp: ENCRYPTION_KEY_FILE: the keys of what lies in DATA_DIR.
//
// A line for each key: 32 random octets in base64 (`openssl rand -base64 32`) or as 64
// hexadecimal digits; blank lines and those that begin with # are passed by. The first one
// encrypts what is written from now on, the others are there to read what they have encrypted.
//
// A key itself is never used: one for AES-256-GCM and one for HMAC are derived from it (HKDF,
// RFC 5869), and so is its id. Derived keys are wiped when they go.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace store {

// What a key is called wherever it has encrypted something: tells nothing of it. 0: no key.
struct KeyId {
  std::uint32_t value = 0;

  friend auto operator<=>(const KeyId&, const KeyId&) = default;
};

// Eight hexadecimal digits.
[[nodiscard]] std::string to_string(KeyId id);

class EncryptionKey {
 public:
  static constexpr std::size_t kBytes = 32;

  using Octets = std::array<std::byte, kBytes>;

  // REQUIRES: kBytes octets, which stay the caller's to wipe.
  explicit EncryptionKey(base::ByteView master);
  ~EncryptionKey();
  EncryptionKey(const EncryptionKey&) = delete;
  EncryptionKey& operator=(const EncryptionKey&) = delete;

  [[nodiscard]] KeyId id() const noexcept { return id_; }

  [[nodiscard]] const Octets& data_key() const noexcept { return data_; }

  [[nodiscard]] const Octets& identifier_key() const noexcept { return identifiers_; }

 private:
  Octets data_;
  Octets identifiers_;
  KeyId id_;
};

// At least one. Cheap to copy: the keys are shared and never change.
class EncryptionKeys {
 public:
  // Of the text of a file, or one sentence that says what is wrong with it, and no part of it.
  [[nodiscard]] static base::Result<EncryptionKeys, std::string> parse(std::string_view text);

  // The one that encrypts.
  [[nodiscard]] const EncryptionKey& current() const noexcept { return *keys_.front(); }

  // Null where it is not among them.
  [[nodiscard]] const EncryptionKey* find(KeyId id) const noexcept;

  // In the order of the file.
  [[nodiscard]] std::vector<KeyId> ids() const;

  // "1a2b3c4d, 5e6f7081", likewise.
  [[nodiscard]] std::string names() const;

 private:
  EncryptionKeys() = default;

  std::vector<std::shared_ptr<const EncryptionKey>> keys_;
};

// Where the keys come from: the file, or where none is named the text itself (ENCRYPTION_KEY).
// Both empty: there are none.
struct KeySource {
  std::string file;
  std::string text;

  [[nodiscard]] bool is_given() const noexcept { return !file.empty() || !text.empty(); }
};

// REQUIRES: it is given.
[[nodiscard]] base::Result<EncryptionKeys, std::string> load_keys(const KeySource& source);

}  // namespace store
