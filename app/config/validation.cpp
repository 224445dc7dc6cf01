#include "config/validation.hpp"

#include <fmt/format.h>

#include <array>
#include <map>

#include "config/listeners.hpp"

namespace config {
namespace {

constexpr std::size_t kRulesMax = 1000;
constexpr std::size_t kTestsMax = 10'000;
constexpr std::size_t kSetsMax = 64;
constexpr std::size_t kIndexFieldsMax = 16;
constexpr std::size_t kCodeBytesMax = 20;

constexpr std::array<std::string_view, 2> kSeverities = {"error", "warning"};
constexpr std::array<std::string_view, 2> kStructures = {"required", "strict"};
constexpr std::array<std::string_view, 2> kOnErrors = {"AE", "AR"};
constexpr std::array<std::string_view, 8> kAnswers = {"AA", "AE", "AR",    "CA",
                                                      "CE", "CR", "close", "none"};

// The items of a list under a key; nothing, and a problem, where it is none.
const std::vector<Node>* items_of(const Node* list, const std::string& where, std::size_t most,
                                  Problems& problems) {
  if (list == nullptr || list->kind == Node::Kind::kNull) return nullptr;
  if (list->kind != Node::Kind::kSequence) {
    problems.push_back(
        list->problem(fmt::format("{}: expected a list, found {}", where, describe(*list))));
    return nullptr;
  }
  if (list->items.size() > most) {
    problems.push_back(list->problem(fmt::format("{}: more than {}", where, most)));
    return nullptr;
  }
  return &list->items;
}

std::vector<std::string> read_texts(Reader& reader, const std::string& key) {
  std::vector<std::string> texts;
  const auto* const items =
      items_of(reader.child(key), reader.path(key), kRulesMax, reader.problems());
  if (items == nullptr) return texts;
  for (const Node& item : *items) {
    if (item.kind == Node::Kind::kScalar) {
      texts.push_back(item.text);
    } else {
      reader.problems().push_back(item.problem(
          fmt::format("{}: expected a text, found {}", reader.path(key), describe(item))));
    }
  }
  return texts;
}

bool is_identifier(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (!is_letter(text.front())) return false;
  for (const char c : text) {
    if (!is_letter(c) && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

std::string in_folder(const RuleReading& reading, const std::string& file) {
  return file.empty() || file.starts_with('/') ? file : reading.folder + file;
}

// A rule by an expression, with what its answer says.
void read_condition(Reader& reader, RuleSettings& rule) {
  rule.expression = read_expression(reader, "expression");
  if (!reader.has("expression")) static_cast<void>(reader.required_text("expression"));
  rule.message = reader.text("message", "");
  rule.message_expression = read_expression(reader, "message_expression");
  if (reader.has("message") && reader.has("message_expression")) {
    reader.report("message_expression", "give either this or message, not both");
  }
  rule.location = read_expression(reader, "location");
  rule.code = reader.text("code", "207");
  if (rule.code.empty() || rule.code.size() > kCodeBytesMax) {
    reader.report("code", fmt::format("expected 1 to {} characters, such as 101, found {}",
                                      kCodeBytesMax, shown(rule.code)));
  }
}

// A rule by the standard's definition: each finding has its own text, place and code.
void read_structure(Reader& reader, RuleSettings& rule) {
  rule.structure = static_cast<StructureCheck>(reader.choice("structure", kStructures, 0));
  for (const std::string key :
       {"expression", "message", "message_expression", "location", "code"}) {
    if (!reader.has(key)) continue;
    reader.report(key, key == "expression" ? "give either this or structure, not both"
                                           : "what a check of structure finds says this itself");
  }
}

RuleSettings read_rule(const Node& node, const std::string& where, Problems& problems) {
  Reader reader(node, where, problems);
  RuleSettings rule;
  if (node.kind != Node::Kind::kMapping) return rule;
  rule.name = reader.required_text("name");
  if (!rule.name.empty() && !is_name(rule.name)) {
    reader.report("name", fmt::format("expected {}, found {}", kNameRule, shown(rule.name)));
  }
  rule.when = read_expression(reader, "when");
  if (reader.has("structure")) {
    read_structure(reader, rule);
  } else {
    read_condition(reader, rule);
  }
  rule.severity = static_cast<RuleSeverity>(reader.choice("severity", kSeverities, 0));
  if (reader.has("on_error")) {
    rule.on_error = static_cast<OnRuleError>(reader.choice("on_error", kOnErrors, 0));
  }
  reader.finish();
  return rule;
}

void read_given(const Node* node, Reader& parent, RuleTest::Given& given) {
  if (node == nullptr) return;
  Reader reader(*node, parent.path("given"), parent.problems());
  given.now = read_expression(reader, "now");
  if (const Node* const conn = reader.child("conn")) {
    Reader map(*conn, reader.path("conn"), reader.problems());
    given.address = map.text("address", given.address);
    given.tls_subject = map.text("tls_subject", "");
    given.tls_san = read_texts(map, "tls_san");
    map.finish();
  }
  reader.finish();
}

void read_expected(const Node* node, Reader& parent, RuleTest::Expected& expected) {
  if (node == nullptr) {
    parent.report("expect", "is required: what must become of the message");
    return;
  }
  Reader reader(*node, parent.path("expect"), parent.problems());
  if (reader.has("answer")) expected.answer = kAnswers.at(reader.choice("answer", kAnswers, 0));
  expected.rule = reader.text("rule", "");
  expected.warnings = read_texts(reader, "warnings");
  if (reader.has("locations")) expected.locations = read_texts(reader, "locations");
  if (reader.has("connectors")) expected.connectors = read_texts(reader, "connectors");
  reader.finish();
}

RuleTest read_test(const Node& node, const std::string& where, const RuleReading& reading) {
  Reader reader(node, where, reading.problems);
  RuleTest test;
  test.path = where;
  test.node = node;
  if (node.kind != Node::Kind::kMapping) return test;
  test.name = reader.required_text("name");
  test.listener = reader.text("listener", "");
  test.message = reader.text("message", "");
  test.file = in_folder(reading, reader.text("file", ""));
  if (test.message.empty() == test.file.empty()) {
    reader.report("message", "expected either a message or a file");
  }
  read_given(reader.child("given"), reader, test.given);
  read_expected(reader.child("expect"), reader, test.expected);
  reader.finish();
  return test;
}

SetSettings read_set(const Node& node, const std::string& name, const RuleReading& reading) {
  Reader reader(node, "sets." + name, reading.problems);
  SetSettings set;
  set.name = name;
  set.node = node;
  if (node.kind != Node::Kind::kMapping) {
    if (node.kind == Node::Kind::kNull) static_cast<void>(reader.required_text("file"));
    return set;
  }
  if (!is_identifier(name)) {
    reading.problems.push_back(node.key_problem(
        fmt::format("sets.{}: expected a name of at most 64 letters, digits and _, for sets.<name>",
                    shown(name))));
  }
  set.file = in_folder(reading, reader.required_text("file"));
  set.column = reader.text("column", set.column);
  set.value = reader.text("value", "");
  set.has_header = reader.flag("header", true);
  const std::string separator = reader.text("separator", ",");
  if (separator.size() == 1 && separator != "\"" && separator != "\n") {
    set.separator = separator.front();
  } else {
    reader.report("separator", fmt::format("expected one character, found {}", shown(separator)));
  }
  reader.finish();
  return set;
}

}  // namespace

ExpressionSetting read_expression(Reader& reader, const std::string& key) {
  ExpressionSetting setting;
  const Node* const node = reader.child(key);
  if (node == nullptr) return setting;
  setting.path = reader.path(key);
  if (node->kind != Node::Kind::kScalar || node->text.empty()) {
    reader.report(key, fmt::format("expected a text, found {}", describe(*node)));
    return setting;
  }
  setting.node = *node;
  return setting;
}

ValidationSettings read_validation(const Node* section, const std::string& where,
                                   const RuleReading& reading, std::vector<RuleTest>& tests) {
  ValidationSettings settings;
  if (section == nullptr) return settings;
  Reader reader(*section, where, reading.problems);
  if (section->kind != Node::Kind::kMapping) return settings;
  std::map<std::string, std::size_t> seen;
  const std::string list = reader.path("rules");
  if (const auto* const items =
          items_of(reader.child("rules"), list, kRulesMax, reading.problems)) {
    for (std::size_t index = 0; index < items->size(); ++index) {
      const std::string place = fmt::format("{}[{}]", list, index);
      settings.rules.push_back(read_rule((*items)[index], place, reading.problems));
      const std::string& name = settings.rules.back().name;
      const auto [first, is_new] = seen.emplace(name, index);
      const Node* const at = (*items)[index].find("name");
      if (is_new || name.empty() || at == nullptr) continue;
      reading.problems.push_back(at->problem(fmt::format(
          "{}.name: {} is the name of {}[{}] already", place, name, list, first->second)));
    }
  }
  read_tests(reader.child("tests"), reader.path("tests"), reading, tests);
  reader.finish();
  return settings;
}

void read_tests(const Node* list, const std::string& where, const RuleReading& reading,
                std::vector<RuleTest>& tests) {
  const auto* const items = items_of(list, where, kTestsMax, reading.problems);
  if (items == nullptr) return;
  for (std::size_t index = 0; index < items->size(); ++index) {
    tests.push_back(read_test((*items)[index], fmt::format("{}[{}]", where, index), reading));
  }
}

std::vector<SetSettings> read_sets(const Node* section, const RuleReading& reading) {
  std::vector<SetSettings> sets;
  if (section == nullptr || section->kind == Node::Kind::kNull) return sets;
  if (section->kind != Node::Kind::kMapping) {
    reading.problems.push_back(section->problem(
        fmt::format("sets: expected a mapping of names to files, found {}", describe(*section))));
    return sets;
  }
  if (section->entries.size() > kSetsMax) {
    reading.problems.push_back(section->problem(fmt::format("sets: more than {}", kSetsMax)));
    return sets;
  }
  for (const auto& [name, node] : section->entries) sets.push_back(read_set(node, name, reading));
  return sets;
}

std::vector<IndexFieldSettings> read_index(const Node* section, Problems& problems) {
  std::vector<IndexFieldSettings> fields;
  if (section == nullptr || section->kind == Node::Kind::kNull) return fields;
  if (section->kind != Node::Kind::kMapping) {
    problems.push_back(section->problem(fmt::format(
        "index: expected a mapping of names to expressions, found {}", describe(*section))));
    return fields;
  }
  if (section->entries.size() > kIndexFieldsMax) {
    problems.push_back(section->problem(fmt::format("index: more than {}", kIndexFieldsMax)));
    return fields;
  }
  Reader reader(*section, "index", problems);
  for (const auto& [name, node] : section->entries) {
    if (!is_name(name)) {
      problems.push_back(node.key_problem(
          fmt::format("index.{}: expected {} as the name", shown(name), kNameRule)));
    }
    IndexFieldSettings field{name, read_expression(reader, name)};
    if (field.expression.is_given()) fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace config
