#include "cli/message_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "cli/printable.hpp"
#include "hl7/cutter.hpp"

namespace cli {
namespace {

constexpr std::size_t kValueCharactersMax = 400;
constexpr std::size_t kPathColumnsMax = 26;
constexpr std::size_t kNameColumnsMax = 44;
constexpr std::size_t kOrdinalMax = 65'535;

bool is_coded(std::string_view type) noexcept {
  return type == "CE" || type == "CWE" || type == "CNE" || type == "CF";
}

bool is_time(std::string_view type) noexcept {
  return type == "TS" || type == "DTM" || type == "DT";
}

struct Columns {
  std::size_t path = 0;
  std::size_t name = 0;
};

Columns measure(const std::vector<TreeRow>& rows) {
  Columns columns;
  for (const TreeRow& row : rows) {
    columns.path = std::max(columns.path, 2 * row.depth + row.path.size());
    columns.name = std::max(columns.name, row.name.size());
  }
  return {std::min(columns.path, kPathColumnsMax), std::min(columns.name, kNameColumnsMax)};
}

// The marks that switch a terminal's colours; empty where there is none.
struct Marks {
  std::string_view segment{};
  std::string_view path{};
  std::string_view name{};
  std::string_view meaning{};
  std::string_view off{};
};

constexpr Marks kTerminalMarks = {"\033[1;36m", "\033[36m", "\033[2m", "\033[32m", "\033[0m"};

}  // namespace

// What part of the segment, and what the dictionary says of it.
struct TreeReader::Part {
  hl7::Path path;
  std::size_t depth = 1;
  std::string_view text;
  std::optional<hl7::FieldDefinition> definition{};
  std::string_view type{};  // resolved
};

const std::vector<TreeRow>& TreeReader::read(const hl7::Segment& segment, std::size_t number) {
  rows_.clear();
  const auto definition = dictionary_.find_segment(segment.name());
  std::string name;
  decoder_.append_utf8(name, segment.name());
  const auto path = hl7::parse_path(name);
  TreeRow row;
  row.path = make_printable(name, kPathColumnsMax);
  if (definition) row.name = definition->title;
  rows_.push_back(row);
  if (!path || path->field) {  // no name that a path could have: shown as it is
    std::string text;
    decoder_.append_utf8(text, segment.text);
    rows_.front().value = make_printable(text, kValueCharactersMax);
    return rows_;
  }
  hl7::Path start = *path;
  start.segment_repeat =
      hl7::Which{static_cast<std::uint16_t>(std::clamp<std::size_t>(number, 1, kOrdinalMax))};
  rows_.front().path = to_string(start);
  segment_name_ = definition ? definition->name : std::string_view{};
  read_fields(segment, start, definition ? definition->fields : hl7::FieldList());
  return rows_;
}

void TreeReader::read_fields(const hl7::Segment& segment, const hl7::Path& start,
                             const hl7::FieldList& fields) {
  hl7::Cutter cutter(message_, segment.text, message_.delimiters().field);
  static_cast<void>(cutter.next());  // the name
  Part part{.path = start, .text = {}};
  std::size_t ordinal = 1;
  varying_type_ = {};
  if (segment.has_delimiter_fields()) {
    for (; ordinal <= 2; ++ordinal) {
      part.path.field = hl7::Ordinal{static_cast<std::uint16_t>(ordinal)};
      part.definition = fields.find(*part.path.field);
      add_delimiters(message_.field(segment, *part.path.field), part);
    }
    static_cast<void>(cutter.next());  // MSH-2
  }
  for (; ordinal <= kOrdinalMax && cutter.next(); ++ordinal) {
    if (cutter.part().empty()) continue;
    part.path.field = hl7::Ordinal{static_cast<std::uint16_t>(ordinal)};
    part.text = cutter.part();
    part.definition = fields.find(*part.path.field);
    part.type = resolve_type(part);
    if (segment_name_ == "OBX" && ordinal == 2) varying_type_ = part.text;
    read_field(part);
  }
}

// OBX-5 has the type that OBX-2 names.
std::string_view TreeReader::resolve_type(const Part& part) const {
  if (!part.definition) return {};
  const bool varies = part.definition->type == "VARIES" && segment_name_ == "OBX";
  return varies ? varying_type_ : part.definition->type;
}

void TreeReader::read_field(const Part& part) {
  hl7::Cutter repetitions(message_, part.text, message_.delimiters().repetition);
  if (repetitions.next() && repetitions.part().size() == part.text.size()) {
    read_repetition(part);
    return;
  }
  TreeRow row{.depth = part.depth, .path = to_string(part.path)};
  if (part.definition) row.name = part.definition->name;
  rows_.push_back(row);
  Part each = part;
  ++each.depth;
  std::size_t ordinal = 1;
  do {
    each.path.repetition = hl7::Which{static_cast<std::uint16_t>(ordinal)};
    each.text = repetitions.part();
    if (!each.text.empty()) read_repetition(each);
  } while (ordinal++ < kOrdinalMax && repetitions.next());
}

void TreeReader::read_repetition(const Part& part) {
  hl7::Cutter components(message_, part.text, message_.delimiters().component);
  const bool whole = components.next() && components.part().size() == part.text.size();
  hl7::Cutter subcomponents(message_, part.text, message_.delimiters().subcomponent);
  if (whole && subcomponents.next() && subcomponents.part().size() == part.text.size()) {
    add_leaf(part);
  } else {
    read_parts(part, false);
  }
}

// The components of a repetition or, with `sub`, the subcomponents of a component.
void TreeReader::read_parts(const Part& part, bool sub) {
  TreeRow row{.depth = part.depth, .path = to_string(part.path)};
  if (part.definition) row.name = part.definition->name;
  rows_.push_back(row);
  const auto type = dictionary_.find_type(part.type);
  const hl7::Delimiters& used = message_.delimiters();
  hl7::Cutter cutter(message_, part.text, sub ? used.subcomponent : used.component);
  for (std::size_t ordinal = 1; ordinal <= kOrdinalMax && cutter.next(); ++ordinal) {
    if (cutter.part().empty()) continue;
    const hl7::Ordinal at{static_cast<std::uint16_t>(ordinal)};
    Part each{.path = part.path, .depth = part.depth + 1, .text = cutter.part()};
    (sub ? each.path.subcomponent : each.path.component) = at;
    each.definition = type ? type->components.find(at) : std::nullopt;
    if (each.definition) each.type = each.definition->type;
    // The code of a coded element is of the table that the element names.
    if (each.definition && ordinal == 1 && part.definition && is_coded(part.type)) {
      each.definition->table = part.definition->table;
    }
    if (part.type == "TS" && ordinal == 1) each.type = "DTM";
    hl7::Cutter inner(message_, each.text, used.subcomponent);
    const bool whole = sub || (inner.next() && inner.part().size() == each.text.size());
    if (whole) {
      add_leaf(each);
    } else {
      read_parts(each, true);
    }
  }
}

void TreeReader::add_delimiters(std::string_view text, const Part& part) {
  TreeRow row{.depth = part.depth, .path = to_string(part.path)};
  if (part.definition) row.name = part.definition->name;
  std::string shown;
  decoder_.append_utf8(shown, text);
  row.value = make_printable(shown, kValueCharactersMax);
  rows_.push_back(std::move(row));
}

void TreeReader::add_leaf(const Part& part) {
  TreeRow row{.depth = part.depth, .path = to_string(part.path)};
  if (part.definition) row.name = part.definition->name;
  const std::string_view text = decoder_.decode(part.text);
  row.value = make_printable(text, kValueCharactersMax);
  std::uint16_t table = part.definition ? part.definition->table : std::uint16_t{0};
  const auto type = dictionary_.find_type(part.type);
  if (table == 0 && type) {  // of a composite, the first component alone is valued
    const auto first = type->components.find({1});
    if (first) table = first->table;
  }
  if (hl7::is_null(part.text)) {
    row.meaning = "null: to be deleted";
  } else if (is_time(part.type)) {
    row.meaning = describe_time(text);
  } else if (table != 0) {
    row.meaning = hl7::find_code_text(table, text);
  }
  rows_.push_back(std::move(row));
}

std::string describe_time(std::string_view value) {
  const std::size_t digit_count = std::min(value.find_first_not_of("0123456789"), value.size());
  if (digit_count < 8 || digit_count > 14 || digit_count % 2 != 0) return {};
  std::string_view digits = value.substr(0, digit_count);
  std::string_view rest = value.substr(digit_count);
  std::string text =
      fmt::format("{}-{}-{}", digits.substr(0, 4), digits.substr(4, 2), digits.substr(6, 2));
  digits.remove_prefix(8);
  if (!digits.empty()) text += fmt::format(" {}", digits.substr(0, 2));
  if (digits.size() == 2) text += " h";
  for (std::size_t at = 2; at < digits.size(); at += 2) {
    text += fmt::format(":{}", digits.substr(at, 2));
  }
  if (rest.starts_with('.')) {
    const std::size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    text += rest.substr(0, end);
    rest.remove_prefix(end);
  }
  if (rest.empty()) return text;
  const bool is_zone = rest.size() == 5 && (rest.front() == '+' || rest.front() == '-') &&
                       rest.find_first_not_of("0123456789", 1) == std::string_view::npos;
  if (!is_zone) return {};
  return text + fmt::format(" {}:{}", rest.substr(0, 3), rest.substr(3));
}

std::string render_rows(const std::vector<TreeRow>& rows, TreeColors colors) {
  const Marks marks = colors == TreeColors::kTerminal ? kTerminalMarks : Marks{};
  const Columns columns = measure(rows);
  std::string text;
  for (const TreeRow& row : rows) {
    const std::size_t indent = 2 * row.depth;
    const std::size_t path_columns = columns.path - std::min(columns.path, indent);
    const bool has_behind = !row.value.empty() || !row.meaning.empty();
    text.append(indent, ' ');
    text += row.depth == 0 ? marks.segment : marks.path;
    const bool is_last = row.name.empty() && !has_behind;
    text += is_last ? row.path : fmt::format("{:<{}}", row.path, path_columns);
    text += marks.off;
    if (!is_last) {
      text += "  ";
      text += row.depth == 0 ? marks.segment : marks.name;
      text += has_behind ? fmt::format("{:<{}}", row.name, columns.name) : std::string(row.name);
      text += marks.off;
    }
    if (has_behind) text += "  " + row.value;
    if (!row.meaning.empty())
      text += fmt::format("  {}({}){}", marks.meaning, row.meaning, marks.off);
    text += '\n';
  }
  return text;
}

}  // namespace cli
