// store/test_support/keys.hpp: keys to encrypt with, which nobody uses.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>

#include "store/payload_cipher.hpp"

namespace store::test_support {

// The octets 0 to 31, and its name.
inline constexpr const char* kKeyOne = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
inline constexpr const char* kKeyOneName = "f12bf567";
inline constexpr const char* kKeyTwo = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";
inline constexpr const char* kKeyThree = "ERERERERERERERERERERERERERERERERERERERERERE=";

inline EncryptionKeys keys_of(std::initializer_list<const char*> texts) {
  std::string file;
  for (const char* const text : texts) file += std::string(text) + "\n";
  return EncryptionKeys::parse(file).value();
}

inline std::shared_ptr<PayloadCipher> cipher_of(std::initializer_list<const char*> texts) {
  return std::make_shared<PayloadCipher>(keys_of(texts));
}

}  // namespace store::test_support
