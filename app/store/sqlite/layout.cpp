#include "store/sqlite/layout.hpp"

#include <charconv>

namespace store::sqlite {
namespace {

constexpr std::size_t kDigitCount = 8;
constexpr std::string_view kSuffix = ".db";

std::string digits(SegmentNumber number) {
  if (number == kKept) return "kept";
  const std::string plain = std::to_string(number.value);
  return plain.size() >= kDigitCount ? plain : std::string(kDigitCount - plain.size(), '0') + plain;
}

template <class T>
std::optional<T> parse_count(std::string_view text) noexcept {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <class T>
std::optional<T> parse_number(std::string_view text) noexcept {
  const auto number = parse_count<T>(text);
  return number == T{0} ? std::nullopt : number;
}

}  // namespace

std::string Layout::parent() const {
  std::string_view path = root_;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string Layout::segment_file(SegmentNumber number) const {
  return log_folder() + "/" + digits(number) + std::string(kSuffix);
}

std::string Layout::index_file(SegmentNumber number) const {
  return index_folder() + "/" + digits(number) + std::string(kSuffix);
}

std::string Layout::known_file(const KnownName& name) const {
  return known_folder() + "/" + std::to_string(name.after.value) + "_" +
         std::to_string(name.to.value);
}

std::string Layout::damaged_file(SegmentNumber number) const {
  return damaged_folder() + "/" + digits(number) + std::string(kSuffix);
}

std::string Layout::payload_folder(SegmentNumber number) const {
  return payload_folder() + "/" + digits(number);
}

std::string Layout::payload_file(SegmentNumber number, const PayloadName& name) const {
  return payload_folder(number) + "/" + std::to_string(name.id.value) + "_" +
         to_string(name.message_id);
}

std::optional<SegmentNumber> parse_segment_name(std::string_view name) noexcept {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  return parse_segment_folder(name);
}

std::optional<SegmentNumber> parse_segment_folder(std::string_view name) noexcept {
  if (name.size() < kDigitCount) return std::nullopt;
  const auto number = parse_number<std::uint32_t>(name);
  if (!number) return std::nullopt;
  return SegmentNumber{*number};
}

std::optional<KnownName> parse_known_name(std::string_view name) noexcept {
  const std::size_t mark = name.find('_');
  if (mark == std::string_view::npos) return std::nullopt;
  const auto after = parse_count<std::uint64_t>(name.substr(0, mark));
  const auto to = parse_number<std::uint64_t>(name.substr(mark + 1));
  if (!after || !to || *to <= *after) return std::nullopt;
  return KnownName{{*after}, {*to}};
}

std::optional<PayloadName> parse_payload_name(std::string_view name) noexcept {
  const std::size_t mark = name.find('_');
  if (mark == std::string_view::npos) return std::nullopt;
  const auto id = parse_number<std::uint64_t>(name.substr(0, mark));
  const auto message_id = base::parse_uuid(name.substr(mark + 1));
  if (!id || !message_id) return std::nullopt;
  return PayloadName{{*id}, *message_id};
}

}  // namespace store::sqlite
