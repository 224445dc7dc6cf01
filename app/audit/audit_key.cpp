#include "audit/audit_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "audit/chain.hpp"
#include "base/try.hpp"
#include "store/disk.hpp"

namespace audit {
namespace {

constexpr std::size_t kDigitsMin = 64;
constexpr std::size_t kDigitsMax = 256;
constexpr std::size_t kNameDigits = 8;
constexpr std::string_view kNamePrefix = "mllp-server audit key ";

std::string name_of(base::ByteView octets) {
  std::string text(kNamePrefix);
  text += base::as_text(octets);
  return to_hex(sha256(base::as_bytes(text))).substr(0, kNameDigits);
}

std::optional<std::vector<std::byte>> parse_octets(std::string_view digits) {
  if (digits.size() < kDigitsMin || digits.size() > kDigitsMax || digits.size() % 2 != 0) {
    return std::nullopt;
  }
  std::vector<std::byte> octets;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    unsigned octet = 0;
    const char* const end = digits.data() + at + 2;
    const auto [stop, error] = std::from_chars(digits.data() + at, end, octet, 16);
    if (error != std::errc() || stop != end) return std::nullopt;
    octets.push_back(static_cast<std::byte>(octet));
  }
  return octets;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

AuditKey::AuditKey(std::vector<std::byte> octets)
    : octets_(std::move(octets)), name_(name_of(octets_)) {}

base::Result<AuditKeys, std::string> AuditKeys::parse(std::string_view text) {
  AuditKeys keys;
  keys.keys_.clear();
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    auto octets = parse_octets(line);
    if (!octets) {
      return base::fail(fmt::format(
          "line {}: expected a key of {} to {} hexadecimal digits, as `openssl rand -hex 32` "
          "makes one",
          number, kDigitsMin, kDigitsMax));
    }
    keys.keys_.emplace_back(*std::move(octets));
  }
  if (keys.keys_.empty()) return base::fail(std::string("it holds no key"));
  return keys;
}

base::Result<AuditKeys, std::string> AuditKeys::load(const std::string& path) {
  if (path.empty()) return AuditKeys();
  const auto octets = store::Disk::system().read(path);
  if (!octets) {
    return base::fail(fmt::format("AUDIT_KEY_FILE: {}: cannot be read (error {})", path,
                                  octets.error().os_error));
  }
  auto keys = parse(base::as_text(*octets));
  if (!keys) return base::fail(fmt::format("AUDIT_KEY_FILE: {}: {}", path, keys.error()));
  return keys;
}

const AuditKey* AuditKeys::find(std::string_view name) const noexcept {
  if (name.empty()) return &plain_;
  const auto found = std::ranges::find(keys_, name, &AuditKey::name);
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace audit
