// store/sqlite/identifiers.hpp: what is searched for, where there is a key.
//
// A column of an identifier holds TEXT in clear, or as a BLOB the HMAC that stands for it: see
// PayloadCipher::mac(). So it can be asked for the same value, and for nothing else: not for a
// part, an order or a range. An empty one stays an empty text.
#pragma once

#include <string_view>

#include "store/payload_cipher.hpp"
#include "store/sqlite/statement.hpp"

namespace store::sqlite {

// The fields' names in HMACs: never change.
inline constexpr std::string_view kControlIdField = "control_id";
inline constexpr std::string_view kPatientField = "patient";
inline constexpr std::string_view kTypeField = "type";
inline constexpr std::string_view kSenderField = "sender";

// The identifiers of one file, under the key that it was made with. The cipher outlives it.
class Identifiers {
 public:
  Identifiers(const PayloadCipher& cipher, KeyId key) : cipher_(cipher), key_(key) {}

  // Binds what stands for a value, to be written or to be searched for. `mac` must live until
  // the statement has been stepped to its end.
  void bind(Statement& statement, int parameter, std::string_view field, std::string_view value,
            PayloadCipher::Mac& mac) const {
    if (value.empty()) {
      statement.bind(parameter, value);
      return;
    }
    mac = cipher_.mac(key_, field, value);
    statement.bind(parameter, base::ByteView(mac));
  }

 private:
  const PayloadCipher& cipher_;
  const KeyId key_;
};

}  // namespace store::sqlite
