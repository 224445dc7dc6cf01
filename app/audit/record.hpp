// audit/record.hpp: what one record says.
//
// A record is a JSON object on a line of its own, in ASCII: octets that are not printable
// ASCII stand as \u00xx, each for itself, so that what a sender wrote can be told octet by
// octet. Of a message there is what product.md names and nothing else: no patient's id, no
// payload.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "audit/journal.hpp"
#include "base/clock.hpp"
#include "store/archive.hpp"
#include "store/rejected.hpp"

namespace audit {

// Members of a record in the order given, without its number and MAC, which stand around it.
// Keys are ours and need no escape.
class RecordText {
 public:
  RecordText(std::string_view kind, base::WallTime at);

  RecordText& add(std::string_view key, std::string_view octets);
  RecordText& add(std::string_view key, std::uint64_t number);
  RecordText& add_flag(std::string_view key, bool value);
  RecordText& add_list(std::string_view key, std::span<const std::string> texts);
  RecordText& add_hex(std::string_view key, std::string_view octets);

  // Nothing where it is empty.
  RecordText& add_if(std::string_view key, std::string_view octets);

  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  void begin(std::string_view key);
  void append_quoted(std::string_view octets);

  std::string text_;
};

// "2026-04-03T14:00:05.000123Z"
[[nodiscard]] std::string to_text(base::WallTime at);

[[nodiscard]] std::string message_record(const store::Accepted& message,
                                         std::span<const std::string> connectors);
[[nodiscard]] std::string refused_record(const store::Rejected& refused);
[[nodiscard]] std::string duplicate_record(const store::Rejected& repeated);
[[nodiscard]] std::string attempt_record(const AttemptMade& attempt);

}  // namespace audit
