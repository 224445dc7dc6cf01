#include "hl7/header.hpp"

#include <array>
#include <cstddef>
#include <string>

#include "mask.hpp"
#include "octet_scan.hpp"
#include "parts.hpp"

namespace hl7 {
namespace {

constexpr std::size_t kEncodingOffset = 4;  // behind the name and the separator

// Where each field of a line goes, from field 2 on; nullptr where it is not kept.
template <class H, std::size_t N>
using FieldMap = std::array<std::string_view H::*, N>;

constexpr FieldMap<Header, 19> kMessageFields = {
    &Header::encoding_characters,    // 2
    &Header::sending_application,    // 3
    &Header::sending_facility,       // 4
    &Header::receiving_application,  // 5
    &Header::receiving_facility,     // 6
    &Header::datetime,               // 7
    nullptr,                         // 8
    &Header::type,                   // 9: whole, until it is cut
    &Header::control_id,             // 10
    &Header::processing_id,          // 11
    &Header::version_field,          // 12
    nullptr,                         // 13
    nullptr,                         // 14
    &Header::accept_ack,             // 15
    &Header::application_ack,        // 16
    nullptr,                         // 17
    &Header::charset_field,          // 18
    nullptr,                         // 19
    &Header::handling_field,         // 20
};

constexpr FieldMap<BatchHeader, 11> kBatchFields = {
    &BatchHeader::encoding_characters,    // 2
    &BatchHeader::sending_application,    // 3
    &BatchHeader::sending_facility,       // 4
    &BatchHeader::receiving_application,  // 5
    &BatchHeader::receiving_facility,     // 6
    &BatchHeader::datetime,               // 7
    nullptr,                              // 8
    &BatchHeader::name,                   // 9
    nullptr,                              // 10
    &BatchHeader::control_id,             // 11
    &BatchHeader::reference_id,           // 12
};

// Fills what `map` keeps, as far as the line goes. Returns how far that was.
template <class H, std::size_t N>
std::size_t read_fields(std::string_view text, const FieldMap<H, N>& map, H& header) noexcept {
  const char* start = text.data() + kEncodingOffset;
  const char* const end = text.data() + text.size();
  const char separator = header.delimiters.field;
  FieldEnds ends(text.substr(kEncodingOffset), separator);
  for (const auto member : map) {
    const char* const stop = ends.next();
    if (member != nullptr) header.*member = {start, static_cast<std::size_t>(stop - start)};
    start = stop;
    if (stop == end || *stop != separator) break;
    ++start;
  }
  return static_cast<std::size_t>(start - text.data());
}

// A character set may hide separators: then all fields are read again, where the
// mask shows them.
void read_fields_masked(std::string_view text, Header& header) noexcept {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  std::string mask;
  const CharsetChoice choice = read_charset_choice(line, header.delimiters, mask);
  if (!may_collide(choice)) return;
  mask.clear();
  append_mask(mask, line, choice, header.delimiters);
  header = {.delimiters = header.delimiters};
  read_fields(mask, kMessageFields, header);
  for (const auto member : kMessageFields) {
    if (member == nullptr || (header.*member).data() == nullptr) continue;
    const auto offset = static_cast<std::size_t>((header.*member).data() - mask.data());
    header.*member = line.substr(offset, (header.*member).size());
  }
}

// Characters of a set that collides, or a switch to one in HL7's own form.
bool may_hide_separators(std::string_view text, const Header& header) noexcept {
  if (may_hold_characters(text)) return true;
  const std::size_t behind = kEncodingOffset + header.encoding_characters.size();
  return !header.charset_field.empty() && header.delimiters.escape != 0 &&
         text.find(header.delimiters.escape, behind) != std::string_view::npos;
}

struct Start {
  std::string_view text;  // from the name on
  Delimiters delimiters;
};

// What MSH, FHS and BHS have in common: name, separator, encoding characters.
template <class... Names>
base::Result<Start, ParseError> find_start(base::ByteView octets, Names... names) noexcept {
  const base::ByteView rest = skip_blanks(octets);
  const std::size_t offset = octets.size() - rest.size();
  const std::string_view text = base::as_text(rest);
  if (!(text.starts_with(names) || ...)) {
    return base::fail(ParseError{ParseFault::kNoHeader, offset});
  }
  const auto delimiters = parse_delimiters(text);
  if (!delimiters) return base::fail(ParseError{ParseFault::kBadDelimiters, offset});
  return Start{text, *delimiters};
}

}  // namespace

base::Result<Header, ParseError> parse_header(base::ByteView octets) noexcept {
  const auto start = find_start(octets, "MSH");
  if (!start) return base::fail(start.error());

  base::Result<Header, ParseError> result{Header{}};  // filled in place: it is large
  Header& header = *result;
  header.delimiters = start->delimiters;
  const std::size_t read_bytes = read_fields(start->text, kMessageFields, header);
  if (may_hide_separators(start->text.substr(0, read_bytes), header)) {
    read_fields_masked(start->text, header);
  }

  const char component = header.delimiters.component;
  std::string_view message_type = header.type;
  header.type = take_part(message_type, component);
  header.trigger = take_part(message_type, component);
  header.structure = take_part(message_type, component);
  header.version = first_part(header.version_field, component);
  header.charset = nth_part(header.charset_field, header.delimiters.repetition, 0);
  return result;
}

base::Result<BatchHeader, ParseError> parse_batch_header(base::ByteView line) noexcept {
  const auto start = find_start(line, "FHS", "BHS");
  if (!start) return base::fail(start.error());

  BatchHeader header;
  header.delimiters = start->delimiters;
  read_fields(start->text, kBatchFields, header);
  return header;
}

Header as_message_header(const BatchHeader& batch) noexcept {
  Header header;
  header.delimiters = batch.delimiters;
  header.encoding_characters = batch.encoding_characters;
  header.sending_application = batch.sending_application;
  header.sending_facility = batch.sending_facility;
  header.receiving_application = batch.receiving_application;
  header.receiving_facility = batch.receiving_facility;
  header.datetime = batch.datetime;
  header.control_id = batch.control_id;
  return header;
}

}  // namespace hl7
