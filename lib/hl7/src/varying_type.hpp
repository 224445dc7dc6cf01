// varying_type.hpp: the type of a field that takes it from another one.
#pragma once

#include <string_view>

#include "hl7/dictionary.hpp"
#include "hl7/message.hpp"
#include "parts.hpp"

namespace hl7 {

// OBX-5 has the type that OBX-2 names; whatever else varies is not known.
// REQUIRES: the segment is one of the message's.
inline std::string_view resolve_type(const Message& message, const Segment& segment,
                                     const FieldDefinition& field) {
  if (field.type != "VARIES" || segment.name() != "OBX") return field.type;
  const std::string_view named = trim_blanks(message.field(segment, {2}));
  return named.empty() ? field.type : named;
}

}  // namespace hl7
