// connect/file_name.hpp: what a delivered message's file is called.
//
//     template := ( octet | "{" placeholder "}" )+      "{date}/{type}_{id}.hl7"
//
//   {id}          the message's UUID
//   {entry}       its number in the store, 20 digits, so that names sort by arrival
//   {control_id}  MSH-10
//   {type}        MSH-9.1
//   {trigger}     MSH-9.2
//   {date}        the day it was received, UTC: 2026-04-03
//
// A name depends on the message alone, never on the time of delivery: an entry
// that is delivered again meets its own file. Values out of the message keep
// letters, digits and ".", "_", "-"; every other octet becomes %XX, and so does a
// dot in front. They are cut to 200 octets; an empty one becomes "_". So no
// message can name a folder, or a file outside the one it is meant for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "connect/connector.hpp"

namespace connectors {

inline constexpr std::size_t kNameValueBytesMax = 200;

// As described above. Never cut inside a %XX.
[[nodiscard]] std::string encode_for_file_name(std::string_view value);

// Thread-safe once made.
class FileNameTemplate {
 public:
  // Fails with words for the operator: an unknown placeholder, an absolute path,
  // an empty or dotted folder ("..").
  [[nodiscard]] static base::Result<FileNameTemplate, std::string> parse(std::string_view text);

  // A relative path; folders are separated by "/".
  [[nodiscard]] std::string render(const Delivery& delivery) const;

 private:
  enum class Placeholder : std::uint8_t { kNone, kId, kEntry, kControlId, kType, kTrigger, kDate };

  struct Part {
    std::string text;  // as it stands, when placeholder is kNone
    Placeholder placeholder = Placeholder::kNone;
  };

  [[nodiscard]] static base::Result<Placeholder, std::string> find(std::string_view name);
  [[nodiscard]] static std::string value_of(Placeholder placeholder, const Delivery& delivery);

  std::vector<Part> parts_;
};

}  // namespace connectors
