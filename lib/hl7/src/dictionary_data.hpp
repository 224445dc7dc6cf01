// dictionary_data.hpp: the rows in which the dictionary is kept, half a mebibyte in all.
//
// Every text is in one pool and is named by its number. Numbers from 0 are the names of
// segments in order of their octets, then those of data types likewise, then all else.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace hl7::rows {

// A field or a component.
struct FieldRow {
  std::uint16_t name;
  std::uint16_t table;
  std::uint8_t type;          // counted from the first data type's name
  std::uint8_t length_index;  // into lengths
  std::uint8_t repetitions;   // 0: no limit
  std::uint8_t optionality;
};

// In order of name within each version.
struct SegmentRow {
  std::uint16_t name;
  std::uint16_t title;
  std::uint16_t first_field;
  std::uint16_t field_count;
};

// In order of type within each version.
struct TypeRow {
  std::uint8_t type;
  std::uint8_t field_count;
  std::uint16_t title;
  std::uint16_t first_field;
};

// A node of a message structure; those below it follow.
struct NodeRow {
  std::uint16_t name;
  std::uint8_t flags;  // the two low bits are the NodeKind
  std::uint8_t size;   // of itself and all below, in rows
};

inline constexpr std::uint8_t kKindMask = 3;
inline constexpr std::uint8_t kRequiredFlag = 4;
inline constexpr std::uint8_t kRepeatsFlag = 8;

// In order of the name's octets within each version.
struct StructureRow {
  std::uint16_t name;
  std::uint16_t title;
  std::uint16_t first_node;
  std::uint16_t node_count;
};

// An event whose structure bears another name; in order of the event's octets within
// each version.
struct EventRow {
  std::uint16_t event;
  std::uint16_t structure;
};

// In order of number.
struct TableRow {
  std::uint16_t number;
  std::uint16_t title;
  std::uint16_t first_code;
  std::uint16_t code_count;
  std::uint16_t scope;  // a TableScope
};

// In order of the code's octets within each table.
struct CodeRow {
  std::uint16_t code;
  std::uint16_t text;
};

// Where a version's rows begin; they end where those of the next begin.
struct VersionRow {
  std::uint16_t first_segment;
  std::uint16_t first_type;
  std::uint16_t first_structure;
  std::uint16_t first_event;
};

struct Data {
  std::uint16_t segment_name_count;
  std::uint16_t type_name_count;
  const char* pool;
  std::span<const std::uint32_t> offsets;  // of each text into the pool, and the pool's end
  std::span<const std::uint16_t> lengths;
  std::span<const FieldRow> fields;
  std::span<const SegmentRow> segments;
  std::span<const TypeRow> types;
  std::span<const NodeRow> nodes;
  std::span<const StructureRow> structures;
  std::span<const EventRow> events;
  std::span<const TableRow> tables;
  std::span<const CodeRow> codes;
  std::span<const VersionRow> versions;  // and one more for their ends

  [[nodiscard]] std::string_view text(std::size_t number) const noexcept {
    return {pool + offsets[number], offsets[number + 1] - offsets[number]};
  }
};

extern const Data kData;

}  // namespace hl7::rows
