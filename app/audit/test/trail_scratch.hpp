// A trail in a folder of the test's own, written and verified in a few words.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_key.hpp"
#include "audit/record.hpp"
#include "audit/trail_folder.hpp"
#include "audit/trail_line.hpp"
#include "audit/trail_writer.hpp"
#include "audit/verifier.hpp"
#include "base/clock.hpp"
#include "store/disk.hpp"

namespace audit::test {

inline constexpr const char* kKeyText =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
inline constexpr const char* kOtherKeyText =
    "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

inline AuditKeys keys(const std::string& text = kKeyText) {
  return text.empty() ? AuditKeys() : AuditKeys::parse(text).value();
}

inline base::WallTime at(int seconds) {
  return base::WallTime(std::chrono::seconds(1'775'217'600 + seconds));
}

// A record of message `entry`, as far as the trail itself looks at it.
inline std::string message(std::uint64_t entry) {
  RecordText record("message", at(static_cast<int>(entry)));
  record.add("entry", entry).add("control_id", "C" + std::to_string(entry)).add("answer", "AA");
  return std::move(record).take();
}

inline std::string look(std::uint64_t number) {
  RecordText record("look", at(static_cast<int>(number)));
  record.add("what", "message").add("message", std::to_string(number));
  return std::move(record).take();
}

// All lines of a trail that are records, of a kind if one is named.
inline std::vector<std::string> lines_of(store::Disk& disk, const std::string& folder,
                                         std::string_view kind = "") {
  std::vector<std::string> all;
  const TrailFiles files = list_trail(disk, folder).value();
  for (const FileNumber number : files.numbers) {
    const auto octets = disk.read(folder + "/" + file_name(number)).value();
    const std::string_view text = base::as_text(octets);
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string_view::npos;
         at = end + 1) {
      const std::string_view line = text.substr(at, end - at);
      const auto parsed = parse_line(line);
      if (parsed && (kind.empty() || parsed->kind == kind)) all.emplace_back(line);
    }
  }
  return all;
}

// How often each message is recorded, by its entry.
inline std::map<std::uint64_t, int> entries_of(store::Disk& disk, const std::string& folder) {
  std::map<std::uint64_t, int> counts;
  for (const std::string& line : lines_of(disk, folder, kMessage)) {
    ++counts[*parse_line(line)->number("entry")];
  }
  return counts;
}

inline Verdict verified(const std::string& folder, const AuditKeys& keys,
                        std::optional<Head> head = std::nullopt,
                        store::Disk& disk = store::Disk::system(),
                        const store::PayloadCipher* cipher = nullptr) {
  VerifyOptions options;
  options.folder = folder;
  options.keys = keys;
  options.head = head;
  options.disk = &disk;
  options.cipher = cipher;
  return verify(options).value();
}

inline std::vector<Finding> findings(const Verdict& verdict) {
  std::vector<Finding> all;
  for (const Flaw& flaw : verdict.flaws) all.push_back(flaw.finding);
  return all;
}

}  // namespace audit::test
