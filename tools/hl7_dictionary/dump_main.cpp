// Writes the whole dictionary as lines of cells, for compare_sources.py; and the structure
// of each event that stdin names ("2.5.1 ADT A04").
#include <array>
#include <cstdint>
#include <iostream>
#include <string>

#include "hl7/dictionary.hpp"

namespace {

constexpr std::array kVersions = {hl7::Version::kV21,  hl7::Version::kV22, hl7::Version::kV23,
                                  hl7::Version::kV231, hl7::Version::kV24, hl7::Version::kV25,
                                  hl7::Version::kV251, hl7::Version::kV26, hl7::Version::kV27,
                                  hl7::Version::kV271};

void write_fields(std::string_view kind, std::string_view version, std::string_view owner,
                  const hl7::FieldList& fields) {
  for (std::size_t index = 0; index < fields.size(); ++index) {
    const auto at = static_cast<std::uint16_t>(index + 1);
    const hl7::FieldDefinition field = fields.find({at}).value();
    std::cout << kind << '\t' << version << '\t' << owner << '\t' << at << '\t' << field.type
              << '\t' << to_letter(field.optionality) << '\t' << field.repetitions_max << '\t'
              << field.length_max << '\t' << field.table << '\t' << field.name << '\n';
  }
}

// As compare_sources.py draws the other tables: "PID:1:1 GROUP:0:0[OBX:1:1 NTE:0:0]".
std::string draw(const hl7::NodeList& nodes, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t at = begin; at < end; at += nodes[at].size) {
    const hl7::StructureNode node = nodes[at];
    if (!text.empty()) text += ' ';
    text += node.kind == hl7::NodeKind::kChoice ? "CHOICE" : std::string(node.name);
    text += node.required ? ":1" : ":0";
    text += node.repeats ? ":0" : ":1";
    if (node.size > 1) text += '[' + draw(nodes, at + 1, at + node.size) + ']';
  }
  return text;
}

void write_version(hl7::Version version) {
  const hl7::Dictionary dictionary(version);
  const std::string_view name = to_string(version);
  for (std::size_t index = 0; index < dictionary.segment_count(); ++index) {
    const hl7::SegmentDefinition segment = dictionary.segment(index);
    write_fields("field", name, segment.name, segment.fields);
  }
  for (std::size_t index = 0; index < dictionary.type_count(); ++index) {
    const hl7::TypeDefinition type = dictionary.type(index);
    write_fields("component", name, type.name, type.components);
  }
  for (std::size_t index = 0; index < dictionary.structure_count(); ++index) {
    const hl7::StructureDefinition structure = dictionary.structure(index);
    std::cout << "structure\t" << name << '\t' << structure.name << '\t'
              << draw(structure.nodes, 0, structure.nodes.size()) << '\n';
  }
}

}  // namespace

int main() {
  for (const hl7::Version version : kVersions) write_version(version);
  for (int number = 0; number <= 9999; ++number) {
    const auto table = hl7::find_table(static_cast<std::uint16_t>(number));
    if (!table || table->scope() != hl7::TableScope::kClosed) continue;
    for (std::size_t index = 0; index < table->size(); ++index) {
      std::cout << "code\t" << number << '\t' << (*table)[index].code << '\n';
    }
  }
  for (std::string version, type, event; std::cin >> version >> type >> event;) {
    const auto known = hl7::find_version(version);
    if (!known) return 1;
    std::cout << "event\t" << version << '\t' << type << '_' << event << '\t'
              << hl7::Dictionary(*known).find_structure_name(type, event) << '\n';
  }
}
