#include "time_zone.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "base/mutex.hpp"

namespace cel {
namespace {

constexpr std::size_t kFileSizeMax = 256 * std::size_t{1024};
constexpr std::size_t kNameSizeMax = 64;

// Big-endian numbers, front to back. Reading beyond the end fails the reader.
class OctetReader {
 public:
  explicit OctetReader(std::string_view octets) noexcept : octets_(octets) {}

  [[nodiscard]] bool has_failed() const noexcept { return failed_; }

  std::string_view take(std::size_t count) noexcept {
    if (count > octets_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = octets_.substr(0, count);
    octets_.remove_prefix(count);
    return taken;
  }

  std::uint64_t number(std::size_t size) noexcept {
    std::uint64_t value = 0;
    for (const char octet : take(size)) value = value << 8U | static_cast<unsigned char>(octet);
    return value;
  }

  std::int32_t signed_32() noexcept {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(number(4)));
  }

  [[nodiscard]] std::string_view rest() const noexcept { return octets_; }

 private:
  std::string_view octets_;
  bool failed_ = false;
};

struct Header {
  char version = 0;
  std::uint64_t utc_marks_count = 0;
  std::uint64_t standard_marks_count = 0;
  std::uint64_t leaps_count = 0;
  std::uint64_t transitions_count = 0;
  std::uint64_t types_count = 0;
  std::uint64_t name_octets_count = 0;
};

std::optional<Header> read_header(OctetReader& reader) noexcept {
  if (reader.take(4) != "TZif") return std::nullopt;
  Header header;
  const std::string_view version = reader.take(1);
  if (!version.empty()) header.version = version.front();
  reader.take(15);
  header.utc_marks_count = reader.number(4);
  header.standard_marks_count = reader.number(4);
  header.leaps_count = reader.number(4);
  header.transitions_count = reader.number(4);
  header.types_count = reader.number(4);
  header.name_octets_count = reader.number(4);
  const bool is_sound = !reader.has_failed() && header.types_count >= 1 &&
                        header.types_count <= 256 && header.transitions_count <= kFileSizeMax &&
                        header.name_octets_count <= kFileSizeMax && header.leaps_count == 0 &&
                        header.utc_marks_count <= 256 && header.standard_marks_count <= 256;
  if (!is_sound) return std::nullopt;
  return header;
}

std::size_t body_size(const Header& header, std::size_t time_size) noexcept {
  return static_cast<std::size_t>(header.transitions_count * (time_size + 1) +
                                  header.types_count * 6 + header.name_octets_count +
                                  header.standard_marks_count + header.utc_marks_count);
}

// The offset of each type; the rest of a type, its name, is of no interest here.
std::vector<std::int32_t> read_offsets(OctetReader& infos, std::uint64_t types_count) {
  std::vector<std::int32_t> offsets;
  for (std::uint64_t index = 0; index < types_count; ++index) {
    offsets.push_back(infos.signed_32());
    infos.take(2);
  }
  return offsets;
}

// The text between the two line feeds at the end of the file; empty if there is none.
std::string_view footer_of(std::string_view rest) noexcept {
  if (!rest.starts_with('\n')) return {};
  rest.remove_prefix(1);
  const std::size_t end = rest.find('\n');
  return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
}

bool is_part_of_name(char octet) noexcept {
  const char lower = static_cast<char>(octet | 0x20);
  return (lower >= 'a' && lower <= 'z') || (octet >= '0' && octet <= '9') || octet == '_' ||
         octet == '+' || octet == '-' || octet == '/';
}

// No dots, so no way up; no empty parts, so that each file has one name.
bool is_zone_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kNameSizeMax && name.front() != '/' &&
         name.find("//") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), is_part_of_name);
}

std::optional<std::string> read_zone_file(std::string_view name) {
  const std::string path = "/usr/share/zoneinfo/" + std::string(name);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  if (file == nullptr) return std::nullopt;
  std::string octets(kFileSizeMax, '\0');
  octets.resize(std::fread(octets.data(), 1, octets.size(), file.get()));
  return octets;
}

class ZoneCache {
 public:
  const TimeZone* find(std::string_view name) {
    {
      const base::Lock lock(mutex_);
      const auto found = zones_.find(name);
      if (found != zones_.end()) return &found->second;
    }
    // Outside the lock: whoever knows its zone does not wait for a disk.
    const auto octets = read_zone_file(name);
    if (!octets) return nullptr;
    auto zone = TimeZone::parse(*octets);
    if (!zone) return nullptr;
    const base::Lock lock(mutex_);
    return &zones_.try_emplace(std::string(name), std::move(*zone)).first->second;
  }

 private:
  base::Mutex mutex_;
  // Nodes stay where they are. As many at most as the database has files.
  std::map<std::string, TimeZone, std::less<>> zones_ GUARDED_BY(mutex_);
};

}  // namespace

std::optional<TimeZone> TimeZone::parse(std::string_view octets) {
  OctetReader reader(octets);
  auto header = read_header(reader);
  if (!header) return std::nullopt;
  std::size_t time_size = 4;
  if (header->version >= '2') {
    // The first body has the times of old readers; the second has all of them.
    reader.take(body_size(*header, time_size));
    header = read_header(reader);
    if (!header) return std::nullopt;
    time_size = 8;
  }
  const auto count = static_cast<std::size_t>(header->transitions_count);
  OctetReader times(reader.take(count * time_size));
  const std::string_view types = reader.take(count);
  OctetReader infos(reader.take(static_cast<std::size_t>(header->types_count) * 6));
  reader.take(static_cast<std::size_t>(header->name_octets_count + header->standard_marks_count +
                                       header->utc_marks_count));
  if (reader.has_failed()) return std::nullopt;

  const std::vector<std::int32_t> offsets = read_offsets(infos, header->types_count);
  if (offsets.empty()) return std::nullopt;
  TimeZone zone;
  zone.first_offset_ = offsets.front();
  zone.transitions_.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    const auto type = static_cast<unsigned char>(types[index]);
    if (type >= offsets.size()) return std::nullopt;
    const std::int64_t at = time_size == 8 ? static_cast<std::int64_t>(times.number(8))
                                           : std::int64_t{times.signed_32()};
    const bool is_later = zone.transitions_.empty() || at > zone.transitions_.back().unix_seconds;
    if (!is_later) return std::nullopt;
    zone.transitions_.push_back({at, offsets[type]});
  }
  if (time_size == 8) zone.rule_ = TimeZoneRule::parse(footer_of(reader.rest()));
  return zone;
}

std::int32_t TimeZone::offset_at(std::int64_t unix_seconds) const noexcept {
  const auto next = std::upper_bound(
      transitions_.begin(), transitions_.end(), unix_seconds,
      [](std::int64_t at, const Transition& transition) { return at < transition.unix_seconds; });
  if (next == transitions_.end() && rule_) return rule_->offset_at(unix_seconds);
  return next == transitions_.begin() ? first_offset_ : std::prev(next)->offset;
}

std::optional<std::int32_t> parse_fixed_offset(std::string_view text) noexcept {
  const bool is_west = text.starts_with('-');
  if (is_west || text.starts_with('+')) text.remove_prefix(1);
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  std::int32_t parts[2] = {};
  for (std::size_t index = 0; index < 2; ++index) {
    const char tens = text[index * 3];
    const char ones = text[index * 3 + 1];
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9') return std::nullopt;
    parts[index] = (tens - '0') * 10 + (ones - '0');
  }
  if (parts[0] > 23 || parts[1] > 59) return std::nullopt;
  const std::int32_t seconds = (parts[0] * 60 + parts[1]) * 60;
  return is_west ? -seconds : seconds;
}

const TimeZone* find_time_zone(std::string_view name) {
  static const TimeZone utc;
  if (name.empty() || name == "UTC") return &utc;
  if (!is_zone_name(name)) return nullptr;
  static ZoneCache cache;
  return cache.find(name);
}

}  // namespace cel
