#include "value_check.hpp"

#include <algorithm>
#include <optional>

#include "hl7/cutter.hpp"
#include "parts.hpp"
#include "value_form.hpp"
#include "varying_type.hpp"

namespace hl7 {
namespace {

constexpr std::uint16_t kOrdinalMax = 65'535;
constexpr std::size_t kOctetWeight = 64;  // a look at an octet, against a search for separators

// The parts of a text, one after the other, and which one it is.
class PartReader {
 public:
  PartReader(const Message& message, std::string_view text, char separator,
             FindingList& findings) noexcept
      : cutter_(message, text, separator), findings_(findings) {}

  // False behind the last part. Parts behind the 65,535th have no path and are passed over.
  bool next() noexcept {
    if (index_ == kOrdinalMax || !cutter_.next()) return false;
    findings_.spend(cutter_.part().size());
    ++index_;
    return true;
  }

  [[nodiscard]] std::string_view part() const noexcept { return cutter_.part(); }

  [[nodiscard]] Ordinal ordinal() const noexcept { return {index_}; }

 private:
  Cutter cutter_;
  FindingList& findings_;
  std::uint16_t index_ = 0;
};

bool is_coded(std::string_view type) noexcept {
  return type == "CE" || type == "CWE" || type == "CNE" || type == "CF";
}

class SegmentChecker {
 public:
  SegmentChecker(const ValueContext& context, const SegmentDefinition& definition,
                 const Segment& segment, FindingList& findings) noexcept
      : context_(context), definition_(definition), segment_(segment), findings_(findings) {}

  void run(Path path) {
    PartReader fields = cut(segment_.text, delimiters().field);
    if (!fields.next()) return;  // the name
    std::uint16_t ordinal = 1;
    if (segment_.has_delimiter_fields()) {
      static_cast<void>(fields.next());
      ordinal = 3;
    }
    for (; ordinal <= definition_.fields.size() && !findings_.is_over(); ++ordinal) {
      const bool there = fields.next();
      path.field = Ordinal{ordinal};
      check_field(*definition_.fields.find({ordinal}), there ? fields.part() : std::string_view{},
                  path);
    }
    if (!tells_unexpected()) return;
    for (; !findings_.is_over() && fields.next(); ++ordinal) {
      if (is_empty(fields.part())) continue;
      path.field = Ordinal{ordinal};
      tell_unexpected_part(fields.part(), path, definition_.name);
      return;
    }
  }

 private:
  [[nodiscard]] const Delimiters& delimiters() const noexcept {
    return context_.message.delimiters();
  }

  [[nodiscard]] PartReader cut(std::string_view text, char separator) const noexcept {
    return {context_.message, text, separator, findings_};
  }

  // Part `index`, counted from 0; empty if there are fewer.
  [[nodiscard]] std::string_view nth(std::string_view text, char separator,
                                     std::size_t index) const noexcept {
    PartReader parts = cut(text, separator);
    while (parts.next()) {
      if (parts.ordinal().to_index() == index) return parts.part();
    }
    return {};
  }

  // What is new in versions behind the dictionary's is not known to it.
  [[nodiscard]] bool is_newer() const noexcept {
    return context_.version > context_.dictionary.version();
  }

  [[nodiscard]] bool tells_unexpected() const noexcept { return context_.strict && !is_newer(); }

  // Nothing but delimiters and blanks.
  [[nodiscard]] bool is_empty(std::string_view text) const noexcept {
    const Delimiters& used = delimiters();
    const auto is_nothing = [&used](char octet) {
      return octet == ' ' || octet == used.field || octet == used.component ||
             octet == used.repetition || octet == used.subcomponent;
    };
    while (!text.empty()) {
      const std::string_view piece = text.substr(0, kWorkOctets);
      if (!std::all_of(piece.begin(), piece.end(), is_nothing)) return false;
      if (!may_look_at_each(piece)) return true;
      text.remove_prefix(piece.size());
    }
    return true;
  }

  // Notes that each octet will be looked at, which takes longer than a search for a
  // separator. False where that would be too much: then the check is over.
  [[nodiscard]] bool may_look_at_each(std::string_view text) const noexcept {
    findings_.spend(text.size() * kOctetWeight);
    return !findings_.is_over();
  }

  // Without blanks at its ends; empty where the check is over.
  [[nodiscard]] std::string_view trimmed(std::string_view text) const noexcept {
    const bool has_blanks = text.starts_with(' ') || text.ends_with(' ');
    if (has_blanks && !may_look_at_each(text)) return {};
    return trim_blanks(text);
  }

  void check_field(const FieldDefinition& field, std::string_view value, Path path) {
    if (value.empty() || is_empty(value)) {
      if (field.optionality == Optionality::kRequired) {
        findings_.add({.kind = FindingKind::kFieldMissing, .path = path, .name = field.name});
      }
      return;
    }
    const std::string_view type = resolve_type(context_.message, segment_, field);
    const auto definition = context_.dictionary.find_type(type);
    PartReader repetitions = cut(value, delimiters().repetition);
    std::size_t count = 0;
    while (!findings_.is_over() && repetitions.next()) {
      ++count;
      if (count > 1) path.repetition = Which{repetitions.ordinal().value};
      check_repetition(field, definition, repetitions.part(), path);
    }
    path.repetition.reset();
    if (context_.strict && field.repetitions_max != 0 && count > field.repetitions_max) {
      findings_.add({.kind = FindingKind::kTooMany,
                     .severity = Severity::kWarning,
                     .path = path,
                     .name = field.name,
                     .found = count,
                     .limit = field.repetitions_max});
    }
  }

  void check_repetition(const FieldDefinition& field, const std::optional<TypeDefinition>& type,
                        std::string_view text, const Path& path) {
    if (is_null(text)) return;
    const bool is_single = type && type->components.empty() && type->name != "VARIES";
    check_length(field, is_single ? nth(text, delimiters().component, 0) : text, path);
    if (!type) return;
    if (type->components.empty()) {
      check_single(field, type->name, text, path);
      return;
    }
    PartReader components = cut(text, delimiters().component);
    while (!findings_.is_over() && components.next()) {
      check_component(*type, components, path);
    }
    if (!context_.strict) return;
    check_coded(field, type->name, text, path);
    tell_missing_components(*type, text, path);
  }

  void check_component(const TypeDefinition& type, const PartReader& reader, Path path) {
    const auto component = type.components.find(reader.ordinal());
    path.component = reader.ordinal();
    if (!component) {
      tell_unexpected_part(reader.part(), path, type.name);
      return;
    }
    const std::string_view text = reader.part();
    if (text.empty() || is_null(text)) return;
    if (type.name == "TS") {
      if (path.component == Ordinal{1}) check_form("DTM", text, *component, path);
      return;
    }
    const auto inner = context_.dictionary.find_type(component->type);
    if (!inner) return;
    if (inner->components.empty()) {
      check_primitive(*component, component->type, first_part_of(text), path);
      return;
    }
    PartReader parts = cut(text, delimiters().subcomponent);
    while (!findings_.is_over() && parts.next()) check_subcomponent(*inner, parts, path);
  }

  void check_subcomponent(const TypeDefinition& type, const PartReader& reader, Path path) {
    const auto part = type.components.find(reader.ordinal());
    path.subcomponent = reader.ordinal();
    if (!part) {
      tell_unexpected_part(reader.part(), path, type.name);
      return;
    }
    if (reader.part().empty() || is_null(reader.part())) return;
    const bool is_time =
        part->type == "TS" || (type.name == "TS" && path.subcomponent == Ordinal{1});
    check_primitive(*part, is_time ? "DTM" : part->type, reader.part(), path);
  }

  // A value without parts; what stands behind its first part is not expected.
  void check_single(const FieldDefinition& field, std::string_view type, std::string_view text,
                    const Path& path) {
    if (type == "VARIES" || type == "CM") return;
    const std::string_view first = nth(text, delimiters().component, 0);
    check_primitive(field, type, first_part_of(first), path);
    if (first.size() == text.size()) return;
    Path behind = path;
    behind.component = Ordinal{2};
    tell_unexpected_part(text.substr(first.size()), behind, type);
  }

  // Of a value without subcomponents, the first one.
  [[nodiscard]] std::string_view first_part_of(std::string_view text) const noexcept {
    return nth(text, delimiters().subcomponent, 0);
  }

  void check_primitive(const FieldDefinition& part, std::string_view type, std::string_view text,
                       const Path& path) {
    if (type == "ID" || type == "IS") {
      check_code(part, text, path);
    } else {
      check_form(type, text, part, path);
    }
  }

  void check_form(std::string_view type, std::string_view text, const FieldDefinition& part,
                  const Path& path) {
    const std::string_view value = trimmed(text);
    if (value.empty() || is_null(value)) return;
    if (has_form(type, value)) return;
    findings_.add({.kind = FindingKind::kBadForm, .path = path, .name = part.name, .wanted = type});
  }

  [[nodiscard]] bool has_form(std::string_view type, std::string_view value) const noexcept {
    if (!is_looked_at(type) || !may_look_at_each(value)) return true;
    if (type == "NM") return is_number(value);
    if (type == "SI") return is_sequence_id(value);
    if (type == "DT") return is_date(value, context_.version);
    if (type == "TM") return is_time(value);
    return is_date_time(value);
  }

  static bool is_looked_at(std::string_view type) noexcept {
    return type == "NM" || type == "SI" || type == "DT" || type == "TM" || type == "DTM";
  }

  // A code that nothing is said about: local, escaped, or of a version not known.
  [[nodiscard]] bool is_beyond(std::string_view code) const noexcept {
    const char escape = delimiters().escape;
    return code.empty() || is_null(code) || code.front() == 'Z' || is_newer() ||
           (escape != 0 && code.find(escape) != std::string_view::npos);
  }

  // HL7's own tables are checked always, suggested ones by the strict.
  void check_code(const FieldDefinition& part, std::string_view text, const Path& path) {
    const std::string_view code = trimmed(text);
    const auto table = find_table(part.table);
    if (!table || table->scope() == TableScope::kOpen || is_beyond(code)) return;
    const bool closed = table->scope() == TableScope::kClosed && part.type == "ID";
    if ((!closed && !context_.strict) || table->find(code)) return;
    findings_.add({.kind = FindingKind::kUnknownCode,
                   .severity = closed ? Severity::kError : Severity::kWarning,
                   .path = path,
                   .name = part.name,
                   .limit = part.table});
  }

  // A coded element, where it names no other coding system.
  void check_coded(const FieldDefinition& field, std::string_view type, std::string_view text,
                   Path path) {
    if (!is_coded(type) || field.table == 0) return;
    const char separator = delimiters().component;
    const std::string_view system = nth(text, separator, 2);
    if (!system.empty() && !system.starts_with("HL70")) return;
    path.component = Ordinal{1};
    check_code(field, nth(text, separator, 0), path);
  }

  void tell_missing_components(const TypeDefinition& type, std::string_view text, Path path) {
    PartReader components = cut(text, delimiters().component);
    for (std::uint16_t at = 1; at <= type.components.size() && !findings_.is_over(); ++at) {
      const FieldDefinition component = *type.components.find({at});
      const bool there = components.next() && !components.part().empty();
      if (there || component.optionality != Optionality::kRequired) continue;
      path.component = Ordinal{at};
      findings_.add({.kind = FindingKind::kComponentMissing,
                     .severity = Severity::kWarning,
                     .path = path,
                     .name = component.name});
    }
  }

  void tell_unexpected_part(std::string_view text, const Path& path, std::string_view type) {
    if (!tells_unexpected() || is_empty(text)) return;
    findings_.add({.kind = FindingKind::kUnexpectedPart,
                   .severity = Severity::kWarning,
                   .path = path,
                   .name = type});
  }

  void check_length(const FieldDefinition& field, std::string_view text, const Path& path) {
    // A code is right or wrong; some of table 0125 are longer than their field's length.
    if (field.length_max == 0 || text.size() <= field.length_max || field.type == "ID") return;
    if (findings_.takes_errors_only() || !may_look_at_each(text)) return;
    const std::size_t found = count_characters(text, delimiters().escape, context_.width);
    if (found <= field.length_max) return;
    findings_.add({.kind = FindingKind::kTooLong,
                   .severity = Severity::kWarning,
                   .path = path,
                   .name = field.name,
                   .found = found,
                   .limit = field.length_max});
  }

  const ValueContext& context_;
  const SegmentDefinition& definition_;
  const Segment& segment_;
  FindingList& findings_;
};

}  // namespace

std::size_t count_characters(std::string_view text, char escape, CharacterWidth width) noexcept {
  if (width == CharacterWidth::kUnknown) return text.size() / 4;
  std::size_t count = 0;
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (escape != 0 && text[index] == escape) {
      const std::size_t end = text.find(escape, index + 1);
      index = end == std::string_view::npos ? text.size() : end;
      ++count;
      continue;
    }
    const bool continues = (static_cast<unsigned char>(text[index]) & 0xC0U) == 0x80U;
    if (width == CharacterWidth::kOne || !continues) ++count;
  }
  return count;
}

void FindingList::add(const Finding& finding) {
  if (report_.is_stopped) return;  // what was not looked at to its end proves nothing
  if (errors_only_ && finding.severity != Severity::kError) return;
  if (report_.findings.size() < findings_max_) {
    report_.findings.push_back(finding);
  } else {
    report_.is_cut = true;
  }
}

void FindingList::remove_missing(std::string_view segment) noexcept {
  const auto found = std::find_if(
      report_.findings.begin(), report_.findings.end(), [segment](const Finding& each) {
        return each.kind == FindingKind::kSegmentMissing && each.name == segment;
      });
  if (found != report_.findings.end()) report_.findings.erase(found);
}

void check_fields(const ValueContext& context, const SegmentDefinition& definition,
                  const Segment& segment, const Path& path, FindingList& findings) {
  SegmentChecker(context, definition, segment, findings).run(path);
}

}  // namespace hl7
