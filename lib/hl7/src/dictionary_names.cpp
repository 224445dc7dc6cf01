#include "hl7/dictionary_names.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "varying_type.hpp"

namespace hl7 {
namespace {

std::optional<FieldDefinition> find(const FieldList& list, std::size_t ordinal) noexcept {
  if (ordinal > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return list.find({static_cast<std::uint16_t>(ordinal)});
}

}  // namespace

std::string_view DictionaryNames::name_of(const NamedPlace& place) const {
  const auto segment = dictionary_.find_segment(place.segment->name());
  if (!segment) return {};
  if (place.field == 0) return segment->title;
  auto part = find(segment->fields, place.field);
  if (!part) return {};
  std::string_view type = resolve_type(*place.message, *place.segment, *part);
  for (const std::size_t ordinal : {place.component, place.subcomponent}) {
    if (ordinal == 0) break;
    const auto definition = dictionary_.find_type(type);
    part = definition ? find(definition->components, ordinal) : std::nullopt;
    if (!part) return {};
    type = part->type;
  }
  return part->name;
}

}  // namespace hl7
