// store/sqlite/store_check.hpp: whether a store is whole: structure, sums, payloads, cursors.
//
// Looks at files only and changes nothing of what they hold; beside a running server it sees
// what is committed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "store/sqlite/open_error.hpp"
#include "store/sqlite/segment.hpp"

namespace store {

// What is wrong, and where.
struct CheckFinding {
  std::string file;
  std::string what;  // no patient data
};

struct CheckReport {
  std::vector<CheckFinding> findings;  // the first kFindingsMax
  std::uint64_t finding_count = 0;
  std::uint64_t segment_count = 0;
  std::uint64_t message_count = 0;
  std::uint64_t payload_bytes = 0;  // whose sums were compared
  std::uint64_t owed_count = 0;     // rows of lanes whose messages were looked for

  static constexpr std::size_t kFindingsMax = 100;
};

struct CheckOptions {
  std::string data_dir;
  std::shared_ptr<PayloadCipher> cipher;  // none: it is in clear
  // 32 raw octets; unset: sums are not compared, and payloads not read.
  std::function<std::string(base::ByteView)> sha256;
};

// An error where the folder cannot be looked at at all.
[[nodiscard]] base::Result<CheckReport, OpenError> check_store(const CheckOptions& options);

}  // namespace store
