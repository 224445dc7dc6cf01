// audit/verifier.hpp: whether a trail is what was written, and if not, where not.
//
// Reads the files as they stand, also while a server writes: what is written meanwhile may or
// may not be looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit_key.hpp"
#include "audit/chain_reader.hpp"
#include "audit/trail_folder.hpp"
#include "base/result.hpp"
#include "store/disk.hpp"

namespace audit {

struct Flaw {
  Finding finding = Finding::kMalformed;
  std::uint64_t record = 0;  // the number of the record that should stand there
  std::string file;          // its name; empty: there is none
  std::uint64_t offset = 0;  // of that line in the file, from 0
};

// What happened to a trail by itself, in the order of the records that tell it.
struct TrailEvent {
  std::uint64_t record = 0;
  std::string at;
  std::string kind;  // "recovery", "gap", "retention", "rewound"
  std::string line;  // all of it
};

struct Verdict {
  static constexpr std::size_t kFlawsMax = 100;  // how many are told
  static constexpr std::size_t kEventsMax = 1000;

  std::vector<Flaw> flaws;
  std::uint64_t flaw_count = 0;
  std::vector<TrailEvent> events;
  std::vector<std::string> aside;  // files of what did not fit at a start
  std::uint64_t record_count = 0;
  std::uint64_t unproven_count = 0;  // of them, chained without a key before the first with one
  std::uint64_t file_count = 0;
  std::uint64_t first_record = 0;
  std::uint64_t dropped_before = 0;  // records that went by retention, as the trail says; 0: none
  Head head;
  std::string key_name;  // of the last file; empty: no key
  std::uint64_t messages_recorded_to = 0;

  [[nodiscard]] bool is_whole() const noexcept { return flaw_count == 0; }
};

struct VerifyOptions {
  std::string folder;  // of the trail
  AuditKeys keys;
  std::optional<Head> head;  // a head that was published
  store::Disk* disk = &store::Disk::system();
  const store::PayloadCipher* cipher = nullptr;  // opens what is sealed

  // Waits a moment, for a record that is being written now; how often it is called at most.
  std::function<void()> pause = [] {};
  int pauses_max = 20;
};

// The sentence says why nothing could be verified: there is no trail, or no folder.
[[nodiscard]] base::Result<Verdict, std::string> verify(const VerifyOptions& options);

}  // namespace audit
