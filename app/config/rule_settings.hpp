// config/rule_settings.hpp: rules, their tests, value sets and index fields as the document has
// them. What is written in the rule language stays a node: whoever compiles it tells
// its faults at their place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/node.hpp"

namespace config {

// A scalar that is compiled elsewhere. Not given: a node of kind kNull.
struct ExpressionSetting {
  Node node;
  std::string path;  // "validation.rules[0].when"

  [[nodiscard]] bool is_given() const noexcept { return node.kind == Node::Kind::kScalar; }
};

// What the standard's definition of the message is held against it for.
enum class StructureCheck : std::uint8_t {
  kRequired,  // what must be there, in which order, in which form
  kStrict     // and, as warnings, what is not expected
};

enum class RuleSeverity : std::uint8_t { kError, kWarning };
enum class OnRuleError : std::uint8_t { kAe, kAr };

struct RuleSettings {
  std::string name;  // unique among its rules
  ExpressionSetting when;
  ExpressionSetting expression;  // or structure
  std::optional<StructureCheck> structure;
  std::string message;  // or message_expression
  ExpressionSetting message_expression;
  ExpressionSetting location;  // a path of HL7
  std::string code;            // of table 0357, or one's own
  RuleSeverity severity = RuleSeverity::kError;
  std::optional<OnRuleError> on_error;  // none: as the listener's answers say
};

// One message and what must become of it: run by `mllp-server check`.
struct RuleTest {
  std::string name;
  std::string path;      // "validation.tests[0]"
  std::string listener;  // empty: that of the section, else the first
  std::string message;
  std::string file;  // instead of a message; from the document's folder

  struct Given {
    ExpressionSetting now;  // RFC 3339
    std::string address = "192.0.2.1:51034";
    std::string tls_subject;
    std::vector<std::string> tls_san;
  } given;

  struct Expected {
    std::string answer;                                 // AA AE AR …; empty: not looked at
    std::string rule;                                   // the one that decides; empty likewise
    std::vector<std::string> warnings;                  // names of rules
    std::optional<std::vector<std::string>> locations;  // paths that the answer names
    std::optional<std::vector<std::string>> connectors;
  } expected;

  Node node;
};

struct ValidationSettings {
  std::vector<RuleSettings> rules;
};

// What messages are found by besides: `messages list --field NAME=VALUE`.
struct IndexFieldSettings {
  std::string name;
  ExpressionSetting expression;
};

struct SetSettings {
  std::string name;  // an identifier: sets.<name>
  std::string file;  // from the document's folder
  std::string column = "1";
  std::string value;  // empty: the second column, where there is one
  char separator = ',';
  bool has_header = true;
  Node node;
};

}  // namespace config
