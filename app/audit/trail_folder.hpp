// audit/trail_folder.hpp: the files of a trail, in DATA_DIR/audit.
//
//   00000001.jsonl, 00000002.jsonl …   the records, a file after the other
//   00000002.aside-1234                what did not fit at the end of file 2 at a start
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/disk.hpp"

namespace audit {

struct FileNumber {
  std::uint32_t value = 0;

  friend auto operator<=>(const FileNumber&, const FileNumber&) = default;
};

inline constexpr std::string_view kFolderName = "audit";  // in DATA_DIR

[[nodiscard]] std::string trail_folder_of(const std::string& data_dir);

[[nodiscard]] std::string file_name(FileNumber number);
[[nodiscard]] std::string aside_name(FileNumber number, std::uint64_t record);

// Reads such a name; none for any other.
[[nodiscard]] std::optional<FileNumber> parse_file_name(std::string_view name) noexcept;
[[nodiscard]] std::optional<FileNumber> parse_aside_name(std::string_view name) noexcept;

struct TrailFiles {
  std::vector<FileNumber> numbers;  // ascending
  std::vector<std::string> aside;   // names
};

// Empty where there is no such folder.
[[nodiscard]] base::Result<TrailFiles, store::StoreError> list_trail(store::Disk& disk,
                                                                     const std::string& folder);

}  // namespace audit
