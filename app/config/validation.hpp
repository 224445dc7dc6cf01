// config/validation.hpp: `validation:`, `sets:`, `tests:` and `index:` of the document.
//
//   validation:
//     rules:
//       - name: require-patient-id
//         when: msh.msg_type == "ADT"
//         expression: pid.id != ""
//         message: "PID-3.1 is required"     or message_expression: a text in CEL
//         location: PID-3.1
//         code: 101
//         severity: error                    or warning
//         on_error: AE                       or AR
//       - name: standard
//         structure: required                or strict, instead of an expression
//     tests:
//       - name: an admission without identifier is refused
//         message: "MSH|^~\\&|…"              or file: messages/a01.hl7
//         given: {now: "2026-04-03T12:00:00Z", conn: {address: "192.0.2.7:4000"}}
//         expect: {answer: AR, rule: require-patient-id, locations: [PID-3.1], connectors: []}
//   sets:
//     wards: {file: wards.csv, column: code, value: name, separator: ";", header: true}
//   index:
//     visit: msg.get("PV1-19")
#pragma once

#include <string>
#include <vector>

#include "config/rule_settings.hpp"

namespace config {

// Where faults go, and what a relative path of a file begins with.
struct RuleReading {
  Problems& problems;
  std::string folder;  // with a slash at its end, or empty
};

// `section` may be nullptr. Tests are appended to `tests`, for `listener`.
[[nodiscard]] ValidationSettings read_validation(const Node* section, const std::string& where,
                                                 const RuleReading& reading,
                                                 std::vector<RuleTest>& tests);

void read_tests(const Node* list, const std::string& where, const RuleReading& reading,
                std::vector<RuleTest>& tests);

[[nodiscard]] std::vector<SetSettings> read_sets(const Node* section, const RuleReading& reading);

[[nodiscard]] std::vector<IndexFieldSettings> read_index(const Node* section, Problems& problems);

// The scalar at `key`, to be compiled elsewhere; reports what is no text.
[[nodiscard]] ExpressionSetting read_expression(Reader& reader, const std::string& key);

}  // namespace config
