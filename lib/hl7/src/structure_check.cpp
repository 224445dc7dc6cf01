#include "hl7/structure_check.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "hl7/charset.hpp"
#include "hl7/dictionary.hpp"
#include "structure_matcher.hpp"
#include "value_check.hpp"

namespace hl7 {
namespace {

constexpr std::uint64_t kPlaceWork = 20;  // of finding a segment's place among some hundred
constexpr std::uint16_t kCountMax = std::numeric_limits<std::uint16_t>::max();

// In order of FindingKind.
struct KindFacts {
  std::string_view name;
  std::string_view code;
};

constexpr KindFacts kFacts[] = {
    {"segment_missing", "100"}, {"segment_order", "100"},      {"field_missing", "101"},
    {"bad_form", "102"},        {"unknown_code", "103"},       {"too_long", "104"},
    {"other_structure", "200"}, {"unexpected_segment", "100"}, {"unexpected_part", "199"},
    {"too_many", "198"},        {"component_missing", "101"},
};

const KindFacts& facts_of(FindingKind kind) noexcept {
  return kFacts[static_cast<std::size_t>(kind) - 1];
}

Path make_path(std::string_view segment, std::size_t repeat) noexcept {
  Path path;
  std::copy(segment.begin(), segment.end(), path.segment.begin());
  path.segment_repeat = Which{static_cast<std::uint16_t>(std::min<std::size_t>(repeat, kCountMax))};
  return path;
}

std::string_view get(const Message& message, std::uint16_t field, std::uint16_t component) {
  Path path = make_path("MSH", 1);
  path.field = Ordinal{field};
  path.component = Ordinal{component};
  return message.get(path);
}

CharacterWidth width_of(const CharsetChoice& choice) noexcept {
  if (choice.switches) return CharacterWidth::kUnknown;
  const Charset charset = choice.base.value_or(Charset::kUtf8);
  if (charset == Charset::kAscii || charset == Charset::kUtf8) return CharacterWidth::kUtf8;
  const bool single = (charset >= Charset::kIso8859P1 && charset <= Charset::kJisX0201) ||
                      (charset >= Charset::kWindows1252 && charset <= Charset::kWindows1257);
  return single ? CharacterWidth::kOne : CharacterWidth::kUnknown;
}

class Checker {
 public:
  Checker(const Message& message, const CheckOptions& options, CheckReport& report)
      : message_(message),
        report_(report),
        findings_(report, options),
        version_(find_version(get(message, 12, 1)).value_or(options.default_version)),
        context_{.message = message,
                 .dictionary = Dictionary(version_),
                 .version = version_,
                 .width = width_of(message.charset_choice()),
                 .strict = options.strictness == Strictness::kStrict} {
    report_.version = context_.dictionary.version();
    report_.structure = choose_structure();
  }

  void run() {
    findings_.spend_units(message_.segments().size());
    if (findings_.is_over()) return;
    index_segments();
    const auto structure = context_.dictionary.find_structure(report_.structure);
    if (structure) {
      matcher_.emplace(structure->nodes, report_.scratch.last_places, report_.scratch.missing);
    } else {
      report_.structure = {};
    }
    for (std::size_t index = 0; index < message_.segments().size(); ++index) {
      if (findings_.is_over()) break;
      check_segment(message_.segments()[index], static_cast<std::uint32_t>(index));
    }
    if (!matcher_ || findings_.is_over()) return;
    matcher_->finish();
    tell_missing({});
  }

 private:
  // The event's where it is known, for it is what the sender meant; else MSH-9.3.
  std::string_view choose_structure() {
    const std::string_view type = get(message_, 9, 1);
    const std::string_view named = get(message_, 9, 3);
    const std::string_view event = get(message_, 9, 2);
    const std::string_view own = context_.dictionary.find_structure_name(type, event);
    if (own.empty() || event.empty()) {
      const auto found = context_.dictionary.find_structure(named);
      return found ? found->name : own;
    }
    if (!named.empty() && named != own && !is_null(named)) {
      Path path = make_path("MSH", 1);
      path.field = Ordinal{9};
      path.component = Ordinal{3};
      findings_.add({.kind = FindingKind::kOtherStructure,
                     .severity = Severity::kWarning,
                     .path = path,
                     .wanted = own});
    }
    return own;
  }

  void index_segments() {
    auto& scratch = report_.scratch;
    scratch.counts.assign(Dictionary::segment_key_count(), 0);
    scratch.last_places.assign(Dictionary::segment_key_count(), 0);
    for (std::size_t index = 0; index < message_.segments().size(); ++index) {
      const auto key = Dictionary::segment_key(message_.segments()[index].name());
      if (key) scratch.last_places[*key] = static_cast<std::uint32_t>(index);
    }
  }

  void check_segment(const Segment& segment, std::uint32_t index) {
    const std::string_view name = segment.name();
    const auto key = Dictionary::segment_key(name);
    if (!key || name == "ADD") {  // ADD goes on with what was cut before it
      if (!key && !name.starts_with('Z')) tell_unexpected(name);
      return;
    }
    std::uint16_t& count = report_.scratch.counts[*key];
    if (count < kCountMax) ++count;
    const auto definition = context_.dictionary.find_segment(name);
    const std::string_view known_name = definition ? definition->name : std::string_view{};
    if (matcher_ && definition) place(*key, known_name, index);
    if (!definition) {
      tell_unexpected(name);
      return;
    }
    check_fields(context_, *definition, segment, make_path(known_name, count), findings_);
  }

  void place(std::uint16_t key, std::string_view name, std::uint32_t index) {
    findings_.spend_units(kPlaceWork);
    const Path path = make_path(name, report_.scratch.counts[key]);
    switch (matcher_->place(key, index)) {
      case Placement::kPlaced: tell_missing(name); return;
      case Placement::kUnknown: tell_unexpected(name); return;
      case Placement::kExtra:
        if (!context_.strict) return;
        findings_.add({.kind = FindingKind::kTooMany,
                       .severity = Severity::kWarning,
                       .path = path,
                       .name = name});
        return;
      case Placement::kMoved:
        findings_.remove_missing(name);
        findings_.add({.kind = FindingKind::kSegmentOrder, .path = path, .name = name});
        return;
      case Placement::kAstray:
        findings_.add({.kind = FindingKind::kSegmentOrder,
                       .severity = Severity::kWarning,
                       .path = path,
                       .name = name});
        return;
    }
  }

  void tell_missing(std::string_view before) {
    for (const std::string_view name : matcher_->newly_missing()) {
      const auto key = Dictionary::segment_key(name);
      const std::size_t count = key ? report_.scratch.counts[*key] : 0;
      findings_.add({.kind = FindingKind::kSegmentMissing,
                     .path = make_path(name, count + 1),
                     .name = name,
                     .wanted = before});
    }
  }

  // Only names that make a path: others are no segments of any structure.
  void tell_unexpected(std::string_view name) {
    if (!context_.strict || version_ > context_.dictionary.version()) return;
    const auto path = parse_path(name);
    if (!path || path->field) return;
    findings_.add({.kind = FindingKind::kUnexpectedSegment,
                   .severity = Severity::kWarning,
                   .path = make_path(name, 1)});
  }

  const Message& message_;
  CheckReport& report_;
  FindingList findings_;
  Version version_;
  ValueContext context_;
  std::optional<StructureMatcher> matcher_;
};

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  out.append(digits.begin(), end);
}

void append_all(std::string& out, std::initializer_list<std::string_view> texts) {
  for (const std::string_view each : texts) out += each;
}

void append_table(std::string& out, std::size_t number) {
  std::array<char, 4> digits = {'0', '0', '0', '0'};
  for (std::size_t index = digits.size(); index > 0 && number > 0; number /= 10) {
    digits[--index] = static_cast<char>('0' + number % 10);
  }
  out.append(digits.begin(), digits.end());
}

// "an NM", as it is spoken.
std::string_view article_of(std::string_view type) noexcept {
  return type == "NM" || type == "SI" ? "an " : "a ";
}

}  // namespace

std::string_view to_string(FindingKind kind) noexcept { return facts_of(kind).name; }

std::string_view code_of(FindingKind kind) noexcept { return facts_of(kind).code; }

std::string to_string(const Finding& finding) {
  std::string text;
  switch (finding.kind) {
    case FindingKind::kSegmentMissing:
      append_all(text, {finding.name, " is required"});
      if (!finding.wanted.empty()) append_all(text, {" before ", finding.wanted});
      break;
    case FindingKind::kSegmentOrder:
      append_all(text, {finding.name, " stands out of order"});
      break;
    case FindingKind::kFieldMissing:
    case FindingKind::kComponentMissing: append_all(text, {finding.name, " is required"}); break;
    case FindingKind::kBadForm:
      append_all(text, {finding.name, " has not the form of ", article_of(finding.wanted),
                        finding.wanted});
      break;
    case FindingKind::kUnknownCode: {
      append_all(text, {finding.name, " is not in table "});
      append_table(text, finding.limit);
      const auto table = find_table(static_cast<std::uint16_t>(finding.limit));
      if (table) append_all(text, {" (", table->title(), ")"});
      break;
    }
    case FindingKind::kTooLong:
      append_all(text, {finding.name, " has "});
      append_number(text, finding.found);
      text += " characters, at most ";
      append_number(text, finding.limit);
      break;
    case FindingKind::kOtherStructure:
      append_all(text, {"the structure of this event is ", finding.wanted});
      break;
    case FindingKind::kUnexpectedSegment: text += "no such segment is expected"; break;
    case FindingKind::kUnexpectedPart:
      append_all(text, {"behind the last part of ", finding.name});
      break;
    case FindingKind::kTooMany:
      append_all(text, {finding.name, finding.found == 0 ? " is there too often" : " repeats "});
      if (finding.found == 0) break;
      append_number(text, finding.found);
      text += " times, at most ";
      append_number(text, finding.limit);
      break;
  }
  return text;
}

bool CheckReport::has_errors() const noexcept {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& each) { return each.severity == Severity::kError; });
}

void check_structure(const Message& message, const CheckOptions& options, CheckReport& report) {
  report.findings.clear();
  report.is_cut = false;
  report.is_stopped = false;
  report.work = 0;
  report.structure = {};
  Checker(message, options, report).run();
}

}  // namespace hl7
