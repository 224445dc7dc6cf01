#include "hl7/dictionary.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace hl7 {
namespace {

constexpr std::array kAll = {Version::kV21, Version::kV22, Version::kV23,  Version::kV231,
                             Version::kV24, Version::kV25, Version::kV251, Version::kV26,
                             Version::kV27, Version::kV271};

// A field as one line: "Patient Identifier List: CX R *, 250 characters, table 0061".
std::string describe(const std::optional<FieldDefinition>& field) {
  if (!field) return "none";
  std::string text(field->name);
  text += ": " + std::string(field->type) + " " + to_letter(field->optionality) + " ";
  text += field->repetitions_max == 0 ? "*" : std::to_string(field->repetitions_max);
  if (field->length_max != 0) text += ", " + std::to_string(field->length_max) + " characters";
  if (field->table != 0) text += ", table " + std::to_string(field->table);
  return text;
}

std::string describe_field(Version version, std::string_view segment, std::uint16_t ordinal) {
  const auto found = Dictionary(version).find_segment(segment);
  return found ? describe(found->fields.find({ordinal})) : "no such segment";
}

std::string describe_component(Version version, std::string_view type, std::uint16_t ordinal) {
  const auto found = Dictionary(version).find_type(type);
  return found ? describe(found->components.find({ordinal})) : "no such type";
}

struct FieldCase {
  Version version;
  const char* segment;
  std::uint16_t ordinal;
  const char* want;
};

// Read in the standard, version by version.
const FieldCase kFields[] = {
    {Version::kV21, "MSH", 12, "Version id: NM R 1, 8 characters, table 104"},
    {Version::kV22, "MSH", 15, "Accept acknowledgement type: ID O 1, 2 characters, table 155"},
    {Version::kV23, "NK1", 7, "Contact Role: CE O 1, 60 characters, table 131"},
    {Version::kV23, "PID", 3, "Patient ID: CX R *, 20 characters"},
    {Version::kV25, "PID", 3, "Patient Identifier List: CX R *, 250 characters"},
    {Version::kV25, "PID", 8, "Administrative Sex: IS O 1, 1 characters, table 1"},
    {Version::kV251, "OBX", 5, "Observation Value: VARIES O *"},
    {Version::kV251, "PID", 40, "none"},
    {Version::kV26, "PID", 2, "Patient ID: CX O 1, 20 characters"},
    {Version::kV27, "PID", 2, "Patient ID: CX W 1"},
    {Version::kV27, "OBX", 5, "Observation Value: VARIES C *"},
    {Version::kV27, "PID", 3, "Patient Identifier List: CX R *"},
    {Version::kV26, "ED", 1, "no such segment"},
    {Version::kV251, "ZPI", 1, "no such segment"},
    {Version::kV251, "pid", 3, "no such segment"},
    {Version::kV251, "", 3, "no such segment"},
};

TEST(Dictionary, KnowsTheFieldsOfSegments) {
  for (const FieldCase& each : kFields) {
    EXPECT_EQ(describe_field(each.version, each.segment, each.ordinal), each.want)
        << to_string(each.version) << ' ' << each.segment << '-' << each.ordinal;
  }
}

TEST(Dictionary, KnowsTheComponentsOfTypes) {
  EXPECT_EQ(describe_component(Version::kV25, "CX", 4),
            "Assigning Authority: HD O 1, 227 characters, table 363");
  EXPECT_EQ(describe_component(Version::kV25, "TS", 1), "Time: DTM R 1, 24 characters");
  EXPECT_EQ(describe_component(Version::kV27, "CX", 1), "ID Number: ST R 1");
  EXPECT_EQ(describe_component(Version::kV25, "CX", 11), "none");
  EXPECT_EQ(describe_component(Version::kV21, "CX", 1), "no such type");
  EXPECT_EQ(describe_component(Version::kV25, "ZZ", 1), "no such type");
  EXPECT_TRUE(Dictionary(Version::kV25).find_type("NM")->components.empty());
  EXPECT_EQ(Dictionary(Version::kV25).find_type("NM")->title, "Numeric");
}

TEST(Dictionary, TakesTheNearestVersionThatHasTables) {
  EXPECT_EQ(Dictionary(Version::kV20).version(), Version::kV21);
  EXPECT_EQ(Dictionary(Version::kV28).version(), Version::kV271);
  EXPECT_EQ(Dictionary(Version::kV291).version(), Version::kV271);
  for (const Version each : kAll) EXPECT_EQ(Dictionary(each).version(), each);
}

struct EventCase {
  Version version;
  const char* type;
  const char* event;
  const char* want;
};

const EventCase kEvents[] = {
    {Version::kV25, "ADT", "A01", "ADT_A01"},
    {Version::kV25, "ADT", "A04", "ADT_A01"},
    {Version::kV251, "ADT", "A08", "ADT_A01"},
    {Version::kV251, "ADT", "A28", "ADT_A05"},
    {Version::kV231, "ADT", "A28", "ADT_A01"},
    {Version::kV22, "ADT", "A04", "ADT_A04"},
    {Version::kV251, "ADT", "A40", "ADT_A39"},
    {Version::kV251, "ADT", "A55", "ADT_A52"},
    {Version::kV25, "ORU", "R31", "ORU_R30"},
    {Version::kV251, "SIU", "S15", "SIU_S12"},
    {Version::kV251, "MDM", "T02", "MDM_T02"},
    {Version::kV251, "MDM", "T11", "MDM_T01"},
    {Version::kV251, "ACK", "A01", "ACK"},
    {Version::kV251, "ACK", "", "ACK"},
    {Version::kV21, "ORU", "", "ORU"},
    {Version::kV27, "ORM", "O01", ""},
    {Version::kV251, "ADT", "Z99", ""},
    {Version::kV251, "ADT", "", ""},
    {Version::kV251, "ADT", "A01X", ""},
    {Version::kV251, "ZZZ", "Z01", ""},
    {Version::kV251, "", "", ""},
    {Version::kV251, "ADTA", "A01", ""},
};

TEST(Dictionary, KnowsTheStructureOfAnEvent) {
  for (const EventCase& each : kEvents) {
    EXPECT_EQ(Dictionary(each.version).find_structure_name(each.type, each.event), each.want)
        << to_string(each.version) << ' ' << each.type << '^' << each.event;
  }
}

// "[ ]" may be left out, "{ }" may be there again and again, "< | >" is a choice.
std::string draw(const NodeList& nodes, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t at = begin; at < end; at += nodes[at].size) {
    const StructureNode node = nodes[at];
    std::string inside(node.name);
    if (node.kind == NodeKind::kGroup) inside = draw(nodes, at + 1, at + node.size);
    if (node.kind == NodeKind::kChoice) inside = "<" + draw(nodes, at + 1, at + node.size) + ">";
    if (node.repeats) inside = "{" + inside + "}";
    if (!node.required) inside = "[" + inside + "]";
    text += (text.empty() ? "" : " ") + inside;
  }
  return text;
}

std::string draw(Version version, std::string_view name) {
  const auto found = Dictionary(version).find_structure(name);
  return found ? draw(found->nodes, 0, found->nodes.size()) : "none";
}

TEST(Dictionary, KnowsTheOrderOfSegmentsAndGroups) {
  EXPECT_EQ(draw(Version::kV23, "ACK"), "MSH MSA [ERR]");
  EXPECT_EQ(draw(Version::kV25, "ADT_A39"), "MSH [{SFT}] EVN {PID [PD1] MRG [PV1]}");
  EXPECT_EQ(draw(Version::kV25, "ORU_R01"),
            "MSH [{SFT}] {[PID [PD1] [{NTE}] [{NK1}] [PV1 [PV2]]] "
            "{[ORC] OBR [{NTE}] [{TQ1 [{TQ2}]}] [CTD] [{OBX [{NTE}]}] [{FT1}] [{CTI}] "
            "[{SPM [{OBX}]}]}} [DSC]");
  EXPECT_EQ(draw(Version::kV21, "ORM_O01"),
            "MSH [{NTE}] [PID [{NTE}] [PV1]] {ORC [[{<OBR ORO RX1>}] [{NTE}] [{OBX [{NTE}]}]] "
            "[BLG]}");
  EXPECT_EQ(draw(Version::kV25, "ADT_A99"), "none");
  EXPECT_EQ(draw(Version::kV27, "CCM_I21"), "none") << "the source has lost names of it";
}

// What a reader of structures relies on, for every one of them.
TEST(Dictionary, StructuresAreWholeAndNoDeeperThanPromised) {
  std::size_t count = 0;
  for (const Version version : kAll) {
    const Dictionary dictionary(version);
    for (std::size_t index = 0; index < dictionary.structure_count(); ++index, ++count) {
      const StructureDefinition structure = dictionary.structure(index);
      SCOPED_TRACE(structure.name);
      std::array<std::size_t, NodeList::kDepthMax + 1> ends{structure.nodes.size()};
      std::size_t depth = 0;
      for (std::size_t at = 0; at < structure.nodes.size(); ++at) {
        const StructureNode node = structure.nodes[at];
        while (at == ends[depth]) --depth;
        ASSERT_LE(at + node.size, ends[depth]);
        if (node.kind == NodeKind::kSegment) {
          EXPECT_EQ(node.size, 1U);
          EXPECT_EQ(Dictionary::segment_key(node.name), node.name_key);
          continue;
        }
        EXPECT_GT(node.size, 1U);
        ASSERT_LT(++depth, NodeList::kDepthMax);
        ends[depth] = at + node.size;
      }
      EXPECT_EQ(structure.nodes[0].name, "MSH");
      EXPECT_EQ(dictionary.find_structure(structure.name)->nodes.size(), structure.nodes.size());
    }
  }
  EXPECT_EQ(count, 2224U);
}

// Each type that is named is defined, and every list is found by its own name.
TEST(Dictionary, NamesNoTypeThatItDoesNotDefine) {
  std::size_t count = 0;
  for (const Version version : kAll) {
    const Dictionary dictionary(version);
    for (std::size_t index = 0; index < dictionary.segment_count(); ++index) {
      const SegmentDefinition segment = dictionary.segment(index);
      ASSERT_TRUE(dictionary.find_segment(segment.name));
      for (std::uint16_t at = 1; at <= segment.fields.size(); ++at, ++count) {
        const auto type = dictionary.find_type(segment.fields.find({at})->type);
        ASSERT_TRUE(type) << segment.name << '-' << at;
        for (std::uint16_t part = 1; part <= type->components.size(); ++part) {
          EXPECT_TRUE(dictionary.find_type(type->components.find({part})->type)) << type->name;
        }
      }
    }
  }
  EXPECT_EQ(count, 18'121U);
}

TEST(Dictionary, KnowsTablesAndTheirCodes) {
  EXPECT_EQ(find_table(1)->title(), "Administrative Sex");
  EXPECT_EQ(find_code_text(1, "F"), "Female");
  EXPECT_EQ(find_code_text(1, "f"), "");
  EXPECT_EQ(find_code_text(103, "P"), "Production");
  EXPECT_EQ(find_code_text(3, "A01"), "ADT/ACK - Admit/visit notification");
  EXPECT_EQ(find_code_text(78, "<"), "Below absolute low-off instrument scale");
  EXPECT_EQ(find_code_text(211, "UNICODE UTF-8").substr(0, 27), "UCS Transformation Format, ");
  EXPECT_EQ(find_code_text(0, "F"), "");
  EXPECT_EQ(find_code_text(9998, "F"), "");
  EXPECT_FALSE(find_table(0));
  EXPECT_FALSE(find_table(65535));

  const auto table = find_table(2);
  ASSERT_TRUE(table);
  for (std::size_t index = 1; index < table->size(); ++index) {
    EXPECT_LT((*table)[index - 1].code, (*table)[index].code);
  }
}

}  // namespace
}  // namespace hl7
