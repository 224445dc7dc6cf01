// store/payload_cipher.hpp: what the store encrypts, and how.
//
//   sealed := 01 key-id:4 nonce:12 ciphertext tag:16          AES-256-GCM
//
// A sealed value is bound to its place: what was sealed for one row and column opens nowhere
// else, so nobody can swap two of them, or put an older one back under another name.
//
// A nonce is never used twice with a key, by construction: each thread of each process draws 64
// random bits and counts 32 bits behind them; when those are used up it draws anew. So nothing
// has to be remembered over a crash, and a store that is restored from a backup of last month
// repeats nothing of what was written since.
//
// Identifiers that are searched for stand beside it as HMACs: equal ones are equal, and that is
// all they tell to who has no key.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/append.hpp"
#include "store/encryption_keys.hpp"

namespace store {

// What a sealed value is. Values are in what was sealed: add at the end, never renumber.
enum class SealedAs : std::uint8_t {
  kProof = 1,           // of a key
  kFacts = 2,           // of a message: all but its octets
  kPayload = 3,         // of a message
  kRefusedFacts = 4,    // of a refused one
  kRefusedPayload = 5,  // of a refused one
  kFound = 6,           // what a search shows of a message
  kWaitReason = 7,      // texts of lanes.db
  kParkReason = 8,
  kParkWords = 9,
  kAttemptReason = 10,
  kAttemptWords = 11,
  kDiscardFailure = 12,
  kDiscardReason = 13,
  kAuditRecord = 14,
  kFieldValue = 15,  // of an index field; its part is the beginning of its HMAC
};

// Where it stands. Two values that are there at once have different places.
struct SealPlace {
  SealedAs what = SealedAs::kProof;
  std::uint64_t row = 0;   // an entry, as a rule
  std::uint64_t part = 0;  // what tells apart those of one row
};

// By how much a sealed value is longer.
inline constexpr std::size_t kSealBytes = 1 + 4 + 12 + 16;

// Thread-safe; nobody waits for another, but replace() for itself.
class PayloadCipher {
 public:
  explicit PayloadCipher(EncryptionKeys keys);
  ~PayloadCipher();
  PayloadCipher(const PayloadCipher&) = delete;
  PayloadCipher& operator=(const PayloadCipher&) = delete;

  // The key that seals.
  [[nodiscard]] KeyId current() const noexcept;

  [[nodiscard]] bool has(KeyId id) const noexcept;

  // All of them, the current one first.
  [[nodiscard]] std::vector<KeyId> keys() const;

  // Likewise for people: "1a2b3c4d, 5e6f7081".
  [[nodiscard]] std::string names() const;

  // Writes the sealed value over what `sealed` held; the key that sealed it.
  KeyId seal(const SealPlace& place, base::ByteView clear, std::vector<std::byte>& sealed) const;

  // Writes what was sealed over what `clear` held. kDamaged: it is not what was sealed for that
  // place; kIo with ENOKEY: the key is not there. `clear` is empty then.
  [[nodiscard]] base::Status<StoreError> open(const SealPlace& place, base::ByteView sealed,
                                              std::vector<std::byte>& clear) const;

  using Mac = std::array<std::byte, 16>;

  // What stands for an identifier where it is searched for: HMAC-SHA-256 of the field's name
  // and the value, cut to 16 octets. REQUIRES: has(key).
  [[nodiscard]] Mac mac(KeyId key, std::string_view field, std::string_view value) const;

  // From now on with these keys.
  void replace(EncryptionKeys keys);

 private:
  struct Ring;

  [[nodiscard]] const Ring& ring() const noexcept;

  std::atomic<const Ring*> ring_;
  base::Mutex mutex_;
  std::vector<std::unique_ptr<const Ring>> rings_ GUARDED_BY(mutex_);  // only grows: some may read
};

// The key that a value was sealed with; 0: it is no sealed value.
[[nodiscard]] KeyId sealed_by(base::ByteView sealed) noexcept;

// What is said where something is sealed and there is no key at all.
inline constexpr StoreError kKeyIsMissing = {StoreFault::kIo, 126};  // ENOKEY

// As PayloadCipher::open(), where there may be no cipher.
[[nodiscard]] base::Status<StoreError> open_sealed(const PayloadCipher* cipher,
                                                   const SealPlace& place, base::ByteView sealed,
                                                   std::vector<std::byte>& clear);

}  // namespace store
