// audit/chain_reader.hpp: reads the files of a trail in order, and finds where one does not
// follow from the other.
//
// One reader stands behind both who continues a trail and who verifies one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "audit/audit_key.hpp"
#include "audit/chain.hpp"
#include "audit/sealed_line.hpp"
#include "audit/trail_line.hpp"

namespace audit {

// What is wrong at a place. The names are in the JSON of `audit verify`: add at the end, never
// renumber.
enum class Finding : std::uint8_t {
  kMalformed = 1,     // no record
  kChanged = 2,       // its MAC does not fit: it was changed, or what its MAC stands on
  kMissing = 3,       // records before it are not there
  kInserted = 4,      // a number that has been there
  kUnfinished = 5,    // the end of the file is not the end of a record
  kNoCheckpoint = 6,  // a file does not begin as files do, or not with what ended the one before
  kUnknownKey = 7,    // chained with a key that was not given: nothing can be said
  kUnkeyed = 8,       // chained without a key, behind what was chained with one
  kFileMissing = 9,
  kBeginMissing = 10,  // the beginning is gone, and no retention took it
  kHeadMissing = 11,   // the trail ends before the head that was given
  kHeadDiffers = 12,   // that record is another one
  kNotReadable = 13,   // the file could not be read
  kSealed = 14,        // encrypted with a key that was not given: nothing can be said
};

[[nodiscard]] std::string_view to_string(Finding finding) noexcept;

// For a person, e.g. "it was changed, or its MAC was".
[[nodiscard]] std::string_view sentence(Finding finding) noexcept;

// Not thread-safe.
class ChainReader {
 public:
  // Both outlive it. `cipher` opens what is sealed; null: nothing does.
  explicit ChainReader(const AuditKeys& keys, const store::PayloadCipher* cipher = nullptr)
      : keys_(keys), cipher_(cipher) {}

  struct Events {
    // A record that fits, with the offset of its line and of the next. Of a sealed one the line
    // in clear.
    std::function<void(const TrailLine&, std::uint64_t offset, std::uint64_t end)> on_record;

    // False: no further. `record` is the number that was expected there.
    std::function<bool(Finding, std::uint64_t record, std::uint64_t offset)> on_finding;
  };

  // Reads the next file. What follows a finding is held against what stands there. Where the
  // key of a file is not known, only its numbers are looked at, and of records that cannot be
  // opened only theirs; the first of a file is a finding.
  void read(std::string_view octets, const Events& events);

  // Of the last record read. The MAC is what stands there, also where it does not fit.
  [[nodiscard]] const Head& head() const noexcept { return head_; }

  // How the file read last is chained: the key's name; empty: without one.
  [[nodiscard]] const std::string& key_name() const noexcept { return key_name_; }

  [[nodiscard]] bool is_key_known() const noexcept { return chain_.has_value(); }

 private:
  [[nodiscard]] std::optional<Finding> judge(const TrailLine& line, bool is_first, LineState state);
  [[nodiscard]] std::optional<Finding> begin_file(const TrailLine& line);

  const AuditKeys& keys_;
  const store::PayloadCipher* cipher_;
  std::string clear_;           // the line, if it was sealed
  bool has_told_ = false;       // of this file, that it cannot be opened
  std::optional<Head> before_;  // none: no file was read yet
  Head head_;
  std::string key_name_;
  std::optional<Chain> chain_;
};

}  // namespace audit
