#include "audit/trail_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/try.hpp"

namespace audit {
namespace {

constexpr std::size_t kDigitCount = 8;
constexpr std::string_view kSuffix = ".jsonl";
constexpr std::string_view kAside = ".aside-";

std::optional<FileNumber> parse_number(std::string_view digits) noexcept {
  FileNumber number;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number.value);
  const bool is_whole = error == std::errc() && stop == end && digits.size() >= kDigitCount;
  return is_whole && number.value != 0 ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string trail_folder_of(const std::string& data_dir) {
  return data_dir + "/" + std::string(kFolderName);
}

std::string file_name(FileNumber number) { return fmt::format("{:08}{}", number.value, kSuffix); }

std::string aside_name(FileNumber number, std::uint64_t record) {
  return fmt::format("{:08}{}{}", number.value, kAside, record);
}

std::optional<FileNumber> parse_file_name(std::string_view name) noexcept {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  const auto number = parse_number(name.substr(0, name.size() - kSuffix.size()));
  return number && file_name(*number) == name ? number : std::nullopt;
}

std::optional<FileNumber> parse_aside_name(std::string_view name) noexcept {
  const std::size_t mark = name.find(kAside);
  if (mark == std::string_view::npos) return std::nullopt;
  return parse_number(name.substr(0, mark));
}

base::Result<TrailFiles, store::StoreError> list_trail(store::Disk& disk,
                                                       const std::string& folder) {
  TrailFiles files;
  for (std::string& name : TRY(disk.list(folder))) {
    if (const auto number = parse_file_name(name)) files.numbers.push_back(*number);
    if (parse_aside_name(name)) files.aside.push_back(std::move(name));
  }
  std::ranges::sort(files.numbers);
  std::ranges::sort(files.aside);
  return files;
}

}  // namespace audit
