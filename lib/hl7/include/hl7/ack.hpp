// hl7/ack.hpp: writes the answer to a message.
//
//     MSH|^~\&|LAB|PATHOLOGY|HIS|CENTRAL|20260403120000+0000||ACK^A01|7|P|2.3
//     MSA|AR|MSG00001|require-patient-id: PID-3.1 is required
//     ERR|PID^1^3^101&Required field missing&HL70357                          up to 2.4
//     ERR||PID^1^3^1^1|101^Required field missing^HL70357|E||||PID-3.1 is …   from 2.5
//
// The answer speaks as the message does: with its delimiters, in its version's
// form, in its character set. What is copied is copied octet for octet; texts
// of our own are escaped and converted. Segments end in CR; there are no
// separators behind the last valued field (MSA-2 is always there).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "hl7/ack_code.hpp"
#include "hl7/charset.hpp"
#include "hl7/header.hpp"
#include "hl7/path.hpp"
#include "hl7/timestamp.hpp"
#include "hl7/version.hpp"

namespace hl7 {

// Table 0516.
enum class Severity : std::uint8_t {
  kError = 1,
  kWarning = 2,
  kInformation = 3,
};

// The standard's text for a code of table 0357, e.g. "101" is "Required field
// missing"; empty for any other.
[[nodiscard]] std::string_view standard_error_text(std::string_view code) noexcept;

// One finding, for ERR. All texts are UTF-8, from us, not from the message.
struct AckError {
  std::optional<Path> location{};  // ERR-2, up to 2.4 part of ERR-1
  std::string_view code{};         // ERR-3.1; of table 0357, else written as local code
  std::string_view text{};         // ERR-3.2; empty: standard_error_text(code)
  Severity severity = Severity::kError;
  std::string_view user_text{};  // ERR-8, from 2.5; at most 250 characters are written
};

struct AckRequest {
  // The header that is answered; nullptr where nothing of it could be read: then
  // default delimiters, the default version, MSH-11 P, and MSA-2 is empty.
  const Header* header = nullptr;

  AckCode code = AckCode::kAA;

  // MSA-3, UTF-8, "<rule>: <message>"; empty for none. At most 80 characters
  // are written up to 2.6, and 2,048 from 2.7.
  std::string_view message_text{};

  // ERR. A refusal without any is told as 207. An accept carries warnings and
  // information only, and only from 2.5; up to 2.4, which cannot tell severity,
  // a refusal carries errors only.
  std::span<const AckError> errors{};

  LocalTime time{};  // MSH-7
  TimeForm time_form = TimeForm::kOffset;
  std::string_view control_id{};                       // MSH-10 of the answer: new, unique, plain
  std::string_view default_version = kDefaultVersion;  // where MSH-12 names none

  // The set of a message without MSH-18, and so of our texts. Where the answer then has an
  // octet beyond ASCII, its MSH-18 names the set. ASCII: nothing is known of it.
  Charset default_charset = Charset::kAscii;
};

// Appends the answer. Allocates only as `out` grows.
//
// MSH-18 is echoed when its set is known; in an unknown set, and in one that is
// not written natively, our texts are ASCII. Where the message leaves delimiters
// out, what they would separate is left out: without a repetition separator the
// ERR of 2.4 tells one error, without a subcomponent separator the code alone.
void append_ack(std::string& out, const AckRequest& request);

}  // namespace hl7
