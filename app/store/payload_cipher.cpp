#include "store/payload_cipher.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>
#include <utility>

#include "base/check.hpp"

namespace store {

static_assert(kKeyIsMissing.os_error == ENOKEY);

// Rings have serials, so that what a thread has prepared for one is not taken for another's.
struct PayloadCipher::Ring {
  explicit Ring(EncryptionKeys given) : keys(std::move(given)), serial(next_serial()) {}

  static std::uint64_t next_serial() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }

  const EncryptionKeys keys;
  const std::uint64_t serial;
};

namespace {

constexpr std::byte kVersion{1};
constexpr std::size_t kKeyIdOffset = 1;
constexpr std::size_t kNonceOffset = 5;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kHeadBytes = kNonceOffset + kNonceBytes;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kPrefixBytes = 8;  // of a nonce: random

using Nonce = std::array<std::byte, kNonceBytes>;
using Bound = std::array<std::byte, 1 + 8 + 8>;  // what a value is bound to

unsigned char* raw(std::byte* octets) noexcept { return reinterpret_cast<unsigned char*>(octets); }

const unsigned char* raw(const std::byte* octets) noexcept {
  return reinterpret_cast<const unsigned char*>(octets);
}

template <class Number>
void put_big_endian(Number number, std::byte* to) noexcept {
  for (std::size_t index = sizeof(Number); index-- > 0; number >>= 8U) {
    to[index] = static_cast<std::byte>(number & 0xFFU);
  }
}

Bound bound_to(const SealPlace& place) noexcept {
  Bound bound;
  bound[0] = static_cast<std::byte>(place.what);
  put_big_endian(place.row, bound.data() + 1);
  put_big_endian(place.part, bound.data() + 9);
  return bound;
}

// One for each thread.
class Nonces {
 public:
  [[nodiscard]] Nonce next() {
    if (count_ == 0) CHECK(RAND_bytes(raw(prefix_.data()), kPrefixBytes) == 1);
    Nonce nonce;
    std::copy(prefix_.begin(), prefix_.end(), nonce.begin());
    put_big_endian(count_++, nonce.data() + kPrefixBytes);  // at its end a new prefix
    return nonce;
  }

 private:
  std::array<std::byte, kPrefixBytes> prefix_{};
  std::uint32_t count_ = 0;
};

const EVP_CIPHER* aes_256_gcm() {
  static const EVP_CIPHER* const method = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CHECK(method != nullptr);
  return method;
}

EVP_MAC* hmac() {
  static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  CHECK(method != nullptr);
  return method;
}

// What a thread has prepared: to spread a key over its rounds takes as long as a message.
template <class Context, void (*kFree)(Context*)>
struct Prepared {
  struct Free {
    void operator()(Context* prepared) const noexcept { kFree(prepared); }
  };

  std::unique_ptr<Context, Free> context;
  std::uint64_t serial = 0;  // of the ring; 0: of none yet
  KeyId key;

  // Whether it is another's; from now on it is this one's.
  bool take_over(std::uint64_t ring_serial, KeyId id) noexcept {
    const bool is_ours = serial == ring_serial && key == id;
    serial = ring_serial;
    key = id;
    return !is_ours;
  }
};

using Gcm = Prepared<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using Hmac = Prepared<EVP_MAC_CTX, EVP_MAC_CTX_free>;

thread_local Nonces t_nonces;
thread_local Gcm t_sealing;
thread_local Gcm t_opening;
thread_local Hmac t_macs;

}  // namespace

PayloadCipher::PayloadCipher(EncryptionKeys keys) {
  const base::Lock lock(mutex_);
  rings_.push_back(std::make_unique<const Ring>(std::move(keys)));
  ring_.store(rings_.back().get());
}

PayloadCipher::~PayloadCipher() = default;

const PayloadCipher::Ring& PayloadCipher::ring() const noexcept {
  return *ring_.load(std::memory_order_acquire);
}

KeyId PayloadCipher::current() const noexcept { return ring().keys.current().id(); }

bool PayloadCipher::has(KeyId id) const noexcept { return ring().keys.find(id) != nullptr; }

std::vector<KeyId> PayloadCipher::keys() const { return ring().keys.ids(); }

std::string PayloadCipher::names() const { return ring().keys.names(); }

void PayloadCipher::replace(EncryptionKeys keys) {
  const base::Lock lock(mutex_);
  rings_.push_back(std::make_unique<const Ring>(std::move(keys)));
  ring_.store(rings_.back().get(), std::memory_order_release);
}

KeyId PayloadCipher::seal(const SealPlace& place, base::ByteView clear,
                          std::vector<std::byte>& sealed) const {
  CHECK(clear.size() <= INT_MAX);
  const Ring& ring = this->ring();
  const EncryptionKey& key = ring.keys.current();
  const Nonce nonce = t_nonces.next();
  const Bound bound = bound_to(place);
  sealed.resize(clear.size() + kSealBytes);
  sealed[0] = kVersion;
  put_big_endian(key.id().value, sealed.data() + kKeyIdOffset);
  std::copy(nonce.begin(), nonce.end(), sealed.begin() + kNonceOffset);

  if (!t_sealing.context) t_sealing.context.reset(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* const context = t_sealing.context.get();
  CHECK(context != nullptr);
  const bool is_new = t_sealing.take_over(ring.serial, key.id());
  int count = 0;
  int rest = 0;
  std::byte* const body = sealed.data() + kHeadBytes;
  const bool done =
      EVP_EncryptInit_ex2(context, is_new ? aes_256_gcm() : nullptr,
                          is_new ? raw(key.data_key().data()) : nullptr, raw(nonce.data()),
                          nullptr) == 1 &&
      EVP_EncryptUpdate(context, nullptr, &count, raw(bound.data()), bound.size()) == 1 &&
      EVP_EncryptUpdate(context, raw(body), &count, raw(clear.data()),
                        static_cast<int>(clear.size())) == 1 &&
      EVP_EncryptFinal_ex(context, raw(body) + count, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, body + clear.size()) == 1;
  CHECK(done && static_cast<std::size_t>(count) == clear.size() && rest == 0);
  return key.id();
}

base::Status<StoreError> PayloadCipher::open(const SealPlace& place, base::ByteView sealed,
                                             std::vector<std::byte>& clear) const {
  clear.clear();
  constexpr StoreError kDamaged = {StoreFault::kDamaged, 0};
  if (sealed.size() < kSealBytes || sealed.size() > INT_MAX || sealed[0] != kVersion) {
    return base::fail(kDamaged);
  }
  const Ring& ring = this->ring();
  const EncryptionKey* const key = ring.keys.find(sealed_by(sealed));
  if (key == nullptr) return base::fail(kKeyIsMissing);
  if (!t_opening.context) t_opening.context.reset(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* const context = t_opening.context.get();
  CHECK(context != nullptr);
  const bool is_new = t_opening.take_over(ring.serial, key->id());
  const Bound bound = bound_to(place);
  const base::ByteView body = sealed.subspan(kHeadBytes, sealed.size() - kSealBytes);
  std::array<std::byte, kTagBytes> tag;
  std::copy(sealed.end() - kTagBytes, sealed.end(), tag.begin());
  clear.resize(body.size());
  int count = 0;
  int rest = 0;
  std::byte none{};
  std::byte* const to = clear.empty() ? &none : clear.data();
  const bool is_ready =
      EVP_DecryptInit_ex2(context, is_new ? aes_256_gcm() : nullptr,
                          is_new ? raw(key->data_key().data()) : nullptr,
                          raw(sealed.data() + kNonceOffset), nullptr) == 1 &&
      EVP_DecryptUpdate(context, nullptr, &count, raw(bound.data()), bound.size()) == 1 &&
      EVP_DecryptUpdate(context, raw(to), &count, raw(body.data()),
                        static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1;
  CHECK(is_ready);
  if (EVP_DecryptFinal_ex(context, raw(to) + count, &rest) == 1) return base::Done{};
  clear.clear();
  return base::fail(kDamaged);
}

PayloadCipher::Mac PayloadCipher::mac(KeyId key_id, std::string_view field,
                                      std::string_view value) const {
  const Ring& ring = this->ring();
  const EncryptionKey* const key = ring.keys.find(key_id);
  CHECK(key != nullptr);
  if (!t_macs.context) t_macs.context.reset(EVP_MAC_CTX_new(hmac()));
  EVP_MAC_CTX* const context = t_macs.context.get();
  CHECK(context != nullptr);
  bool done = true;
  if (t_macs.take_over(ring.serial, key_id)) {
    std::string digest = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    const EncryptionKey::Octets& octets = key->identifier_key();
    done = EVP_MAC_init(context, raw(octets.data()), octets.size(), parameters) == 1;
  } else {
    done = EVP_MAC_init(context, nullptr, 0, nullptr) == 1;
  }
  // No field's name holds a NUL, so no pair looks like another.
  constexpr unsigned char kEnd = 0;
  std::array<unsigned char, 32> whole;
  std::size_t size = 0;
  const base::ByteView field_octets = base::as_bytes(field);
  const base::ByteView value_octets = base::as_bytes(value);
  done = done && EVP_MAC_update(context, raw(field_octets.data()), field_octets.size()) == 1 &&
         EVP_MAC_update(context, &kEnd, 1) == 1 &&
         EVP_MAC_update(context, raw(value_octets.data()), value_octets.size()) == 1 &&
         EVP_MAC_final(context, whole.data(), &size, whole.size()) == 1;
  CHECK(done && size == whole.size());
  Mac mac;
  std::transform(whole.begin(), whole.begin() + mac.size(), mac.begin(),
                 [](unsigned char octet) { return static_cast<std::byte>(octet); });
  return mac;
}

KeyId sealed_by(base::ByteView sealed) noexcept {
  KeyId id;
  if (sealed.size() < kSealBytes || sealed[0] != kVersion) return id;
  for (std::size_t index = kKeyIdOffset; index < kNonceOffset; ++index) {
    id.value = id.value << 8U | static_cast<unsigned>(sealed[index]);
  }
  return id;
}

base::Status<StoreError> open_sealed(const PayloadCipher* cipher, const SealPlace& place,
                                     base::ByteView sealed, std::vector<std::byte>& clear) {
  if (cipher != nullptr) return cipher->open(place, sealed, clear);
  clear.clear();
  return base::fail(kKeyIsMissing);
}

}  // namespace store
