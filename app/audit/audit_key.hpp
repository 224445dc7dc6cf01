// audit/audit_key.hpp: AUDIT_KEY_FILE: the keys of the trail's chain.
//
// A line for each key, of 64 to 256 hexadecimal digits; blank ones and those that begin with #
// are passed by. The first one chains what is written from now on, the others are older and are
// there to verify what they have chained.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace audit {

class AuditKey {
 public:
  // None: a plain chain.
  AuditKey() = default;
  explicit AuditKey(std::vector<std::byte> octets);

  [[nodiscard]] bool is_given() const noexcept { return !octets_.empty(); }

  [[nodiscard]] base::ByteView octets() const noexcept { return octets_; }

  // What the trail calls it: eight digits of a digest, which tell nothing of it. Empty: none.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::vector<std::byte> octets_;
  std::string name_;
};

class AuditKeys {
 public:
  // Of the file's text, or one sentence that says what is wrong with it.
  [[nodiscard]] static base::Result<AuditKeys, std::string> parse(std::string_view text);

  // Of the file; of no name: no key.
  [[nodiscard]] static base::Result<AuditKeys, std::string> load(const std::string& path);

  // The one that chains from now on.
  [[nodiscard]] const AuditKey& current() const noexcept { return keys_.front(); }

  [[nodiscard]] bool is_given() const noexcept { return current().is_given(); }

  // Null where it is not among them. The plain one, "", always is.
  [[nodiscard]] const AuditKey* find(std::string_view name) const noexcept;

 private:
  std::vector<AuditKey> keys_{1};  // never empty
  AuditKey plain_;
};

}  // namespace audit
