// store/rejected.hpp: messages that were not taken in: those that were refused are kept for
// people to look at.
//
// Nothing is promised of them: they are kept as far as there is room, for a while, and
// nobody waits for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/entry.hpp"

namespace store {

// Of a longer message so many octets are kept.
inline constexpr std::size_t kRejectedBytesMax = std::size_t{1} << 20U;

// Owns what it tells of. Texts as received, empty where nothing of it could be read.
struct Rejected {
  base::WallTime received_at;
  std::string listener;
  std::string peer;
  std::string tls_identity;
  std::uint64_t config_revision = 0;
  std::string type;
  std::string trigger;
  std::string version;
  std::string control_id;
  std::string sending_application;
  std::string sending_facility;
  std::string patient_key;  // patient data
  std::string charset;
  std::string answer_code;  // "AR", "" where none was sent
  std::string outcome;      // "rule_failed"
  std::string reason;       // what the sender was told beyond that; may hold patient data
  std::string answer;       // unframed
  EntryId earlier;          // with DEDUP: the one that it repeats, or contradicts; 0: none
  std::uint64_t size_bytes = 0;
  std::vector<std::byte> message;  // its first kRejectedBytesMax octets
};

class RejectedBin {
 public:
  virtual ~RejectedBin() = default;

  // Takes it to be kept. Never blocks; where more come than can be kept, some are not, and
  // that is counted. Thread-safe.
  virtual void keep(Rejected rejected) = 0;

  // Is told of one that came before and got the answer of then: there is nothing to keep of it.
  // Likewise.
  virtual void repeated(const Rejected& /*message*/) {}
};

}  // namespace store
