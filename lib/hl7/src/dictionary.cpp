#include "hl7/dictionary.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "dictionary_data.hpp"

namespace hl7 {
namespace {

using rows::kData;

// In the order of the version rows.
constexpr std::array kVersionsWithTables = {
    Version::kV21, Version::kV22,  Version::kV23, Version::kV231, Version::kV24,
    Version::kV25, Version::kV251, Version::kV26, Version::kV27,  Version::kV271};

constexpr std::size_t kPartBytes = 3;  // of a message type, of an event

// The rows of one version, of those that lie from version to version.
template <class Row>
std::span<const Row> rows_of(std::span<const Row> all, std::size_t version,
                             std::uint16_t rows::VersionRow::*first) noexcept {
  const std::size_t begin = kData.versions[version].*first;
  const std::size_t end = kData.versions[version + 1].*first;
  return all.subspan(begin, end - begin);
}

std::span<const rows::SegmentRow> segments_of(std::size_t version) noexcept {
  return rows_of(kData.segments, version, &rows::VersionRow::first_segment);
}

std::span<const rows::TypeRow> types_of(std::size_t version) noexcept {
  return rows_of(kData.types, version, &rows::VersionRow::first_type);
}

std::span<const rows::StructureRow> structures_of(std::size_t version) noexcept {
  return rows_of(kData.structures, version, &rows::VersionRow::first_structure);
}

// The row whose key is the one wanted; nullptr where there is none. The rows are in
// order of `key_of`.
template <class Row, class Key, class KeyOf>
const Row* find_row(std::span<const Row> sorted, const Key& wanted, KeyOf key_of) noexcept {
  const auto found =
      std::lower_bound(sorted.begin(), sorted.end(), wanted,
                       [key_of](const Row& row, const Key& key) { return Key(key_of(row)) < key; });
  return found != sorted.end() && Key(key_of(*found)) == wanted ? &*found : nullptr;
}

// The number of a name among texts [first, first + count), which are in order.
std::optional<std::uint16_t> find_name(std::string_view name, std::size_t first,
                                       std::size_t count) noexcept {
  std::size_t low = first;
  std::size_t high = first + count;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (kData.text(middle) < name) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == first + count || kData.text(low) != name) return std::nullopt;
  return static_cast<std::uint16_t>(low);
}

FieldList make_list(std::size_t first, std::size_t count) noexcept {
  return {kData.fields.data() + first, count};
}

SegmentDefinition to_definition(const rows::SegmentRow& row) noexcept {
  return {kData.text(row.name), kData.text(row.title), make_list(row.first_field, row.field_count)};
}

std::string_view type_name(std::uint8_t type) noexcept {
  return kData.text(std::size_t{kData.segment_name_count} + type);
}

TypeDefinition to_definition(const rows::TypeRow& row) noexcept {
  return {type_name(row.type), kData.text(row.title), make_list(row.first_field, row.field_count)};
}

StructureDefinition to_definition(const rows::StructureRow& row) noexcept {
  return {kData.text(row.name),
          kData.text(row.title),
          {kData.nodes.data() + row.first_node, row.node_count}};
}

const rows::StructureRow* find_structure_row(std::size_t version, std::string_view name) noexcept {
  return find_row(structures_of(version), name,
                  [](const rows::StructureRow& row) { return kData.text(row.name); });
}

}  // namespace

char to_letter(Optionality optionality) noexcept {
  switch (optionality) {
    case Optionality::kOptional: return 'O';
    case Optionality::kRequired: return 'R';
    case Optionality::kConditional: return 'C';
    case Optionality::kBackward: return 'B';
    case Optionality::kWithdrawn: return 'W';
  }
  return 'O';
}

std::optional<FieldDefinition> FieldList::find(Ordinal ordinal) const noexcept {
  if (ordinal.to_index() >= count_) return std::nullopt;
  const rows::FieldRow& row = first_[ordinal.to_index()];
  return FieldDefinition{
      .name = kData.text(row.name),
      .type = type_name(row.type),
      .optionality = static_cast<Optionality>(row.optionality),
      .repetitions_max = row.repetitions,
      .length_max = kData.lengths[row.length_index],
      .table = row.table,
  };
}

StructureNode NodeList::operator[](std::size_t index) const noexcept {
  const rows::NodeRow& row = first_[index];
  return {.name = kData.text(row.name),
          .kind = static_cast<NodeKind>(row.flags & rows::kKindMask),
          .required = (row.flags & rows::kRequiredFlag) != 0,
          .repeats = (row.flags & rows::kRepeatsFlag) != 0,
          .size = row.size,
          .name_key = row.name};
}

Dictionary::Dictionary(Version version) noexcept : index_(0) {
  while (index_ + 1 < kVersionsWithTables.size() && kVersionsWithTables[index_ + 1] <= version) {
    ++index_;
  }
}

Version Dictionary::version() const noexcept { return kVersionsWithTables[index_]; }

std::optional<SegmentDefinition> Dictionary::find_segment(std::string_view name) const noexcept {
  const auto key = segment_key(name);
  if (!key) return std::nullopt;
  const rows::SegmentRow* row =
      find_row(segments_of(index_), *key, [](const rows::SegmentRow& each) { return each.name; });
  if (row == nullptr) return std::nullopt;
  return to_definition(*row);
}

std::optional<TypeDefinition> Dictionary::find_type(std::string_view name) const noexcept {
  const auto number = find_name(name, kData.segment_name_count, kData.type_name_count);
  if (!number) return std::nullopt;
  const int type = *number - kData.segment_name_count;
  const rows::TypeRow* row = find_row(rows_of(kData.types, index_, &rows::VersionRow::first_type),
                                      type, [](const rows::TypeRow& each) { return each.type; });
  if (row == nullptr) return std::nullopt;
  return TypeDefinition{kData.text(*number), kData.text(row->title),
                        make_list(row->first_field, row->field_count)};
}

SegmentDefinition Dictionary::segment(std::size_t index) const noexcept {
  return to_definition(segments_of(index_)[index]);
}

std::size_t Dictionary::segment_count() const noexcept { return segments_of(index_).size(); }

TypeDefinition Dictionary::type(std::size_t index) const noexcept {
  return to_definition(types_of(index_)[index]);
}

std::size_t Dictionary::type_count() const noexcept { return types_of(index_).size(); }

StructureDefinition Dictionary::structure(std::size_t index) const noexcept {
  return to_definition(structures_of(index_)[index]);
}

std::size_t Dictionary::structure_count() const noexcept { return structures_of(index_).size(); }

std::optional<StructureDefinition> Dictionary::find_structure(
    std::string_view name) const noexcept {
  const rows::StructureRow* row = find_structure_row(index_, name);
  if (row == nullptr) return std::nullopt;
  return to_definition(*row);
}

std::string_view Dictionary::find_structure_name(std::string_view type,
                                                 std::string_view event) const noexcept {
  if (type.size() != kPartBytes) return {};
  std::array<char, 2 * kPartBytes + 1> joined{};
  std::string_view name = type;
  if (type != "ACK" && !event.empty()) {
    if (event.size() != kPartBytes) return {};
    auto end = std::copy(type.begin(), type.end(), joined.begin());
    *end++ = '_';
    std::copy(event.begin(), event.end(), end);
    name = {joined.data(), joined.size()};
  }
  const auto events = rows_of(kData.events, index_, &rows::VersionRow::first_event);
  const rows::EventRow* mapped =
      find_row(events, name, [](const rows::EventRow& each) { return kData.text(each.event); });
  if (mapped != nullptr) return kData.text(mapped->structure);
  const rows::StructureRow* own = find_structure_row(index_, name);
  return own != nullptr ? kData.text(own->name) : std::string_view{};
}

std::optional<std::uint16_t> Dictionary::segment_key(std::string_view name) noexcept {
  return find_name(name, 0, kData.segment_name_count);
}

std::size_t Dictionary::segment_key_count() noexcept { return kData.segment_name_count; }

std::string_view CodeTable::title() const noexcept { return kData.text(row_->title); }

std::size_t CodeTable::size() const noexcept { return row_->code_count; }

TableScope CodeTable::scope() const noexcept { return static_cast<TableScope>(row_->scope); }

Code CodeTable::operator[](std::size_t index) const noexcept {
  const rows::CodeRow& row = kData.codes[row_->first_code + index];
  return {kData.text(row.code), kData.text(row.text)};
}

std::optional<Code> CodeTable::find(std::string_view code) const noexcept {
  const rows::CodeRow* row =
      find_row(kData.codes.subspan(row_->first_code, row_->code_count), code,
               [](const rows::CodeRow& each) { return kData.text(each.code); });
  if (row == nullptr) return std::nullopt;
  return Code{kData.text(row->code), kData.text(row->text)};
}

std::optional<CodeTable> find_table(std::uint16_t number) noexcept {
  const rows::TableRow* row =
      find_row(kData.tables, number, [](const rows::TableRow& each) { return each.number; });
  if (row == nullptr) return std::nullopt;
  return CodeTable(*row);
}

std::string_view find_code_text(std::uint16_t table, std::string_view code) noexcept {
  const auto found = find_table(table);
  const auto entry = found ? found->find(code) : std::nullopt;
  return entry ? entry->text : std::string_view{};
}

}  // namespace hl7
