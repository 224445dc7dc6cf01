// connect/message_template.hpp: texts that hold values of the message that is delivered.
//
//     template := ( octet | "{" placeholder "}" )*      "{date}/{type}_{id}.hl7"
//
//   {id}          the message's UUID
//   {entry}       its number in the store, 20 digits, so that names sort by arrival
//   {control_id}  MSH-10
//   {type}        MSH-9.1
//   {trigger}     MSH-9.2
//   {date}        the day it was received, UTC: 2026-04-03
//
// The text depends on the message alone, never on the time of delivery. Values out of
// the message go through the encoder of the place they are for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "connect/connector.hpp"

namespace connectors {

inline constexpr std::size_t kValueBytesMax = 200;

// From a value as received, which may be anything, to what its place can hold.
using ValueEncoder = std::string (*)(std::string_view value);

// Octets that are not plain, and a dot in front, become %XX. At most kValueBytesMax,
// never cut inside a %XX; "_" for nothing.
[[nodiscard]] std::string percent_encode(std::string_view value, bool (*is_plain)(char));

// For a file's name: letters, digits, ".", "_" and "-" are plain.
[[nodiscard]] std::string encode_for_file_name(std::string_view value);

// For the value of an HTTP header: visible ASCII is plain, but for "%".
[[nodiscard]] std::string encode_for_header(std::string_view value);

// Thread-safe once made.
class MessageTemplate {
 public:
  // Fails with words for the operator: an unknown placeholder, a brace alone, a NUL.
  [[nodiscard]] static base::Result<MessageTemplate, std::string> parse(std::string_view text);

  [[nodiscard]] std::string render(const Delivery& delivery, ValueEncoder encode) const;

  // The text with an "x" for each placeholder.
  [[nodiscard]] std::string shape() const;

 private:
  enum class Placeholder : std::uint8_t { kNone, kId, kEntry, kControlId, kType, kTrigger, kDate };

  struct Part {
    std::string text;  // as it stands, when placeholder is kNone
    Placeholder placeholder = Placeholder::kNone;
  };

  [[nodiscard]] static base::Result<Placeholder, std::string> find(std::string_view name);
  [[nodiscard]] static std::string value_of(Placeholder placeholder, const Delivery& delivery,
                                            ValueEncoder encode);

  std::vector<Part> parts_;
};

}  // namespace connectors
