// hl7/header.hpp: what can be read of MSH, FHS and BHS, without reading further.
//
// An answer needs the header of its message and nothing else, also when the
// message is damaged behind it. All members are views into the octets given
// and empty where the header says nothing.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "hl7/delimiters.hpp"
#include "hl7/message.hpp"

namespace hl7 {

// MSH, field by field. "Whole" is the field with all its parts.
struct Header {
  Delimiters delimiters{};
  std::string_view encoding_characters{};    // MSH-2 as received
  std::string_view sending_application{};    // MSH-3 whole
  std::string_view sending_facility{};       // MSH-4 whole
  std::string_view receiving_application{};  // MSH-5 whole
  std::string_view receiving_facility{};     // MSH-6 whole
  std::string_view datetime{};               // MSH-7 whole
  std::string_view type{};                   // MSH-9.1
  std::string_view trigger{};                // MSH-9.2
  std::string_view structure{};              // MSH-9.3
  std::string_view control_id{};             // MSH-10 whole
  std::string_view processing_id{};          // MSH-11 whole
  std::string_view version_field{};          // MSH-12 whole
  std::string_view version{};                // MSH-12.1
  std::string_view accept_ack{};             // MSH-15
  std::string_view application_ack{};        // MSH-16
  std::string_view charset_field{};          // MSH-18 whole
  std::string_view charset{};                // MSH-18, first repetition
  std::string_view handling_field{};         // MSH-20 whole
};

// Reads the MSH that the octets begin with after an optional BOM and blanks.
// Fails with kNoHeader or kBadDelimiters. Reads no further than MSH-20 or the
// end of the segment, and allocates nothing.
[[nodiscard]] base::Result<Header, ParseError> parse_header(base::ByteView octets) noexcept;

// FHS or BHS: their fields 1 to 12 are the same.
struct BatchHeader {
  Delimiters delimiters{};
  std::string_view encoding_characters{};    // field 2 as received
  std::string_view sending_application{};    // 3
  std::string_view sending_facility{};       // 4
  std::string_view receiving_application{};  // 5
  std::string_view receiving_facility{};     // 6
  std::string_view datetime{};               // 7
  std::string_view name{};                   // 9 whole: name, id, type
  std::string_view control_id{};             // 11 whole
  std::string_view reference_id{};           // 12 whole: the batch that this one answers
};

// Reads a line that begins with FHS or BHS; blanks and a BOM in front are passed over.
[[nodiscard]] base::Result<BatchHeader, ParseError> parse_batch_header(
    base::ByteView line) noexcept;

// The batch's header in the shape of a message's, so that one plain ACK can
// answer the batch as a whole: its MSA-2 is then the batch's control id. Type,
// trigger, processing id and version are empty.
[[nodiscard]] Header as_message_header(const BatchHeader& batch) noexcept;

}  // namespace hl7
