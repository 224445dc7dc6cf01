#include "hl7/header.hpp"

#include <array>
#include <cstddef>
#include <span>

#include "parts.hpp"

namespace hl7 {
namespace {

constexpr std::size_t kEncodingOffset = 4;  // behind the name and the separator

// Fills `fields` by ordinal, from field 2 on, as far as the line and the array go.
// Header fields are short: a plain loop beats a call of memchr for each.
void read_fields(std::string_view text, char separator,
                 std::span<std::string_view> fields) noexcept {
  const char* at = text.data() + kEncodingOffset;
  const char* const end = text.data() + text.size();
  for (std::size_t ordinal = 2; ordinal < fields.size(); ++ordinal) {
    const char* const start = at;
    while (at != end && *at != separator && *at != '\r' && *at != '\n') ++at;
    fields[ordinal] = {start, static_cast<std::size_t>(at - start)};
    if (at == end || *at != separator) return;
    ++at;
  }
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

  std::array<std::string_view, 19> msh{};  // by ordinal
  read_fields(start->text, start->delimiters.field, msh);

  const char component = start->delimiters.component;
  return Header{
      .delimiters = start->delimiters,
      .encoding_characters = msh[2],
      .sending_application = msh[3],
      .sending_facility = msh[4],
      .receiving_application = msh[5],
      .receiving_facility = msh[6],
      .datetime = msh[7],
      .type = nth_part(msh[9], component, 0),
      .trigger = nth_part(msh[9], component, 1),
      .structure = nth_part(msh[9], component, 2),
      .control_id = msh[10],
      .processing_id = msh[11],
      .version_field = msh[12],
      .version = nth_part(msh[12], component, 0),
      .accept_ack = msh[15],
      .application_ack = msh[16],
      .charset_field = msh[18],
      .charset = nth_part(msh[18], start->delimiters.repetition, 0),
  };
}

base::Result<BatchHeader, ParseError> parse_batch_header(base::ByteView line) noexcept {
  const auto start = find_start(line, "FHS", "BHS");
  if (!start) return base::fail(start.error());

  std::array<std::string_view, 13> bhs{};  // by ordinal
  read_fields(start->text, start->delimiters.field, bhs);
  return BatchHeader{
      .delimiters = start->delimiters,
      .encoding_characters = bhs[2],
      .sending_application = bhs[3],
      .sending_facility = bhs[4],
      .receiving_application = bhs[5],
      .receiving_facility = bhs[6],
      .datetime = bhs[7],
      .name = bhs[9],
      .control_id = bhs[11],
      .reference_id = bhs[12],
  };
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
