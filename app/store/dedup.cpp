#include "store/dedup.hpp"

#include <sys/random.h>

#include <cerrno>

#include "base/check.hpp"
#include "store/sip_hash.hpp"

namespace store {
namespace {

// Lengths first: "ab" and "c" are not "a" and "bc".
void add_text(SipHash& hash, std::string_view text) noexcept {
  hash.add_number(text.size());
  hash.add(base::as_bytes(text));
}

}  // namespace

DedupSecret new_dedup_secret() {
  DedupSecret secret;
  ssize_t count = -1;
  do {
    count = ::getrandom(&secret, sizeof secret, 0);
  } while (count < 0 && errno == EINTR);
  CHECK(count == static_cast<ssize_t>(sizeof secret));
  return secret;
}

Fingerprint fingerprint_of(const DedupSecret& secret, const FingerprintSource& source) noexcept {
  SipHash key(secret);
  add_text(key, source.listener);
  add_text(key, source.sending_application);
  add_text(key, source.sending_facility);
  add_text(key, source.control_id);
  SipHash body(secret);
  body.add(source.before_time);
  body.add(source.after_time);
  const SipHash::Digest key_digest = key.finish();
  return {key_digest.high, key_digest.low, body.finish().low & kBodyMask};
}

}  // namespace store
