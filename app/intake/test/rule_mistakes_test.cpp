// Mistakes that people make in rules, filters, paths, keys and sets, and what they are
// told: the place in the document and the reason.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "rule_set_fixture.hpp"

namespace intake {
namespace {

// All that a document is told at start, warnings behind faults.
std::string told(std::string_view document) {
  const auto rules = make_rules(document);
  return config::to_string(rules ? (*rules)->warnings() : rules.error());
}

struct Mistake {
  std::string_view line;    // of the rule or the connector
  std::string_view column;  // where the caret stands, in octets of that line
  std::string_view what;
};

void expect_told(const Mistake& mistake, const std::string& document, int line) {
  const std::string text = told(document);
  const std::string place =
      "config.yaml:" + std::to_string(line) + ":" + std::string(mistake.column) + ": ";
  EXPECT_NE(text.find(place), std::string::npos) << mistake.line << "\nis told\n" << text;
  EXPECT_NE(text.find(mistake.what), std::string::npos) << mistake.line << "\nis told\n" << text;
  EXPECT_NE(text.find("\n    " + std::string(mistake.line)), std::string::npos) << text;
}

constexpr Mistake kInRules[] = {
    {"      expression: pid.idd != ''", "23", "'pid' has no field 'idd'; it has"},
    {"      expression: pid[\"idd\"] != ''", "23", "'pid' has no field 'idd'"},
    {"      expression: pid.id == 1", "26", "=="},
    {"      expression: pdi.id != ''", "19", "nothing is named 'pdi'; did you mean 'pid'?"},
    {"      expression: pid.id", "19", "expected a condition (bool), this yields string"},
    {"      expression: pid.id != '' &&", "34", ""},
    {"      expression: (pid.id != ''", "", ""},
    {"      expression: \"pid.id != 'x\"", "", ""},
    {"      expression: pid.id = ''", "26", ""},
    {"      expression: 'msg.get(\"PID-\") != \"\"'", "24", "'PID-' is no path such as PID-3.1"},
    {"      expression: 'msg.get(\"PID-0\") != \"\"'", "24", "is no path such as PID-3.1"},
    {"      expression: 'msg.get(\"pid-3\") != \"\"'", "24", "is no path such as PID-3.1"},
    {"      expression: 'msg.has(\"PID.3\")'", "24", "is no path such as PID-3.1"},
    {"      expression: 'msg.all(\"OBX(*)5\").size() > 0'", "24", "is no path such as PID-3.1"},
    {"      expression: 'msg.count(\"OB\") > 0'", "24", "is no path such as PID-3.1"},
    {"      expression: 'msg.segments(\"OBX-3\").size() > 0'", "24",
     "a segment's name such as OBX is wanted here"},
    {"      expression: 'msg.gett(\"PID-3\") != \"\"'", "", "gett"},
    {"      expression: msg.get(3) != ''", "", "get"},
    {"      expression: msg.get('PID-3') > 3", "", ">"},
    {"      expression: obx_list[0].valeu != ''", "31", "'obx' has no field 'valeu'"},
    {"      expression: obx_list.all(o, o.valeu != '')", "37", "'obx' has no field 'valeu'"},
    {"      expression: obx_list.value != ''", "", ""},
    {"      expression: pid.id.matches('[0-9')", "", ""},
    {"      expression: '\"ICU\" in sets.wards'", "", "sets"},
    {"      expression: 'sets.map(\"wards\", \"x\").hasValue()'", "25",
     "no value set is named 'wards'"},
    {"      expression: conn.adress != ''", "24", "'conn' has no field 'adress'"},
    {"      expression: now > '2026'", "", ">"},
    {"      expression: hl7.number(obx.value) < 5.0", "", "<"},
    {"      expression: hl7.timestmap(pid.dob).hasValue()", "", "hl7.timestmap"},
    {"      expression: msh.msg_type in 'ADT'", "", "in"},
    {"      expression: [pid.id]", "", "expected a text, found a list"},
    {"      expression: ''", "19", "expected a text"},
    {"      when: msh.type == 'ADT'", "17", "'msh' has no field 'type'"},
    {"      when: msh.msg_type", "13", "expected a condition (bool), this yields string"},
    {"      message_expression: 1 + 1", "27", "expected a text (string), this yields int"},
    {"      message_expression: '\"no \" + pid.idd'", "40", "'pid' has no field 'idd'"},
    {"      location: PID-", "21", "not a path such as PID-3.1: a number from 1 to 65535"},
    {"      location: 'OBX(0)-5'", "22", "not a path such as PID-3.1"},
    {"      severity: fatal", "17", "expected error or warning, found fatal"},
    {"      on_error: AA", "17", "expected AE or AR, found AA"},
    {"      code: ''", "13", "expected 1 to 20 characters"},
    {"      expresion: pid.id != ''", "7", "unknown key expresion; did you mean expression?"},
    {"      structure: strikt", "18", "expected required or strict, found strikt"},
};

TEST(RuleMistakes, InRules) {
  for (const Mistake& mistake : kInRules) {
    std::string document = "validation:\n  rules:\n    - name: one\n" + std::string(mistake.line);
    const bool has_expression = mistake.line.find(" expression:") != std::string_view::npos;
    document += has_expression ? "\n" : "\n      expression: msh.version != ''\n";
    if (!mistake.column.empty()) {
      expect_told(mistake, document, 4);
    } else {
      const std::string text = told(document);
      EXPECT_NE(text.find("config.yaml:4:"), std::string::npos) << mistake.line << "\n" << text;
      EXPECT_NE(text.find(mistake.what), std::string::npos) << mistake.line << "\n" << text;
      EXPECT_NE(text.find("^"), std::string::npos) << mistake.line << "\n" << text;
    }
  }
}

constexpr Mistake kInConnectors[] = {
    {"    filter: pid.idd == ''", "17", "connectors[0].filter: 'pid' has no field 'idd'"},
    {"    filter: msh.msg_type", "13", "expected a condition (bool)"},
    {"    order_by: msg.count('OBX')", "15", "expected a text (string), this yields int"},
    {"    order_by: msg.get('PID-3.1.1.1')", "19", "is no path such as PID-3.1"},
    {"    on_filter_error: ignore", "22", "expected park, skip or deliver, found ignore"},
    {"    on_filter_error: skip", "22", "has no effect without a filter"},
};

TEST(RuleMistakes, InConnectors) {
  for (const Mistake& mistake : kInConnectors) {
    const std::string document =
        "connectors:\n  - name: a\n    type: file\n" + std::string(mistake.line) + "\n";
    expect_told(mistake, document, 4);
  }
}

TEST(RuleMistakes, AboutSetsAndTests) {
  struct Case {
    std::string_view document;
    std::string_view what;
  };

  for (const Case& each : std::initializer_list<Case>{
           {"sets: wards.csv\n", "config.yaml:1:7: sets: expected a mapping of names to files"},
           {"sets:\n  wards: wards.csv\n", "config.yaml:2:10: sets.wards: expected a mapping"},
           {"sets:\n  a-b: {file: x.csv}\n", "config.yaml:2:3: sets.a-b: expected a name"},
           {"sets:\n  wards: {file: nowhere.csv}\n",
            "config.yaml:2:10: sets.wards: cannot read nowhere.csv: No such file"},
           {"sets:\n  wards: {file: x, separator: ';;'}\n", "sets.wards.separator: expected one"},
           {"rules: []\n", "rules belong into validation"},
           {"validation: []\n", "config.yaml:1:13: validation: expected a mapping"},
           {"validation:\n  rules: {}\n", "validation.rules: expected a list"},
           {"validation:\n  rules:\n    - expression: 'true'\n", "name is required"},
           {"validation:\n  rules:\n    - name: a\n", "expression is required"},
           {"validation:\n  rules:\n    - {name: a, expression: 'true'}\n"
            "    - {name: a, expression: 'true'}\n",
            "config.yaml:4:14: validation.rules[1].name: a is the name of validation.rules[0]"},
           {"validation:\n  rules:\n    - name: a\n      structure: strict\n      expression: "
            "'true'\n",
            "config.yaml:5:19: validation.rules[0].expression: give either this or structure"},
           {"validation:\n  rules:\n    - {name: a, structure: required, location: PID-3}\n",
            "config.yaml:3:48: validation.rules[0].location: what a check of structure finds says"},
           {"tests:\n  - {name: a, message: M}\n", "tests[0].expect: is required"},
           {"tests:\n  - {name: a, expect: {}}\n", "expected either a message or a file"},
           {"listeners:\n  - validation:\n      rules:\n        - name: a\n"
            "          expression: pid.idd == ''\n",
            "config.yaml:5:27: listeners[0].validation.rules[0].expression: 'pid' has no field"},
       }) {
    EXPECT_NE(told(each.document).find(each.what), std::string::npos)
        << each.document << "is told\n"
        << told(each.document);
  }
}

// Wherever YAML puts an expression, the caret stands below the fault.
TEST(RuleMistakes, TheCaretFindsItsPlaceInEveryFormOfText) {
  const std::string head = "validation:\n  rules:\n    - name: one\n      expression: ";
  for (const auto& [text, place] : std::initializer_list<std::pair<std::string, std::string>>{
           {"pid.idd == ''\n", "4:23: "},
           {"'pid.idd == ''x'''\n", "4:24: "},
           {"'''x'' == pid.idd'\n", "4:33: "},
           {"\"\\\"x\\\" == pid.idd\"\n", "4:33: "},
           {"\"\\u00fc\\\"\\\" == pid.idd\"\n", "4:20: "},
           {"|\n        msh.version != '' &&\n          pid.idd == ''\n", "6:15: "},
           {">-\n        msh.version != '' &&\n\n        pid.idd == ''\n", "7:13: "},
           {"msh.version != ''\n        && pid.idd == ''\n", "5:16: "},
           {"\"msh.version != '' \\\n        && pid.idd == ''\"\n", "5:16: "},
           {"&anchor pid.idd == ''\n", "4:31: "},
       }) {
    const std::string found = told(head + text);
    EXPECT_NE(found.find("config.yaml:" + place), std::string::npos) << text << found;
  }
}

TEST(RuleMistakes, AnUnguardedReadIsAWarningWithTheFormToPaste) {
  const std::string head = "validation:\n  rules:\n    - name: one\n      expression: ";
  EXPECT_EQ(told(head + "pid.id != ''\n"),
            "config.yaml:4:19: validation.rules[0].expression: 'pid' may be empty, and then this "
            "is an error; write pid[?\"id\"].orValue(\"\"), or ask before: has(pid.id) && …\n"
            "          expression: pid.id != ''\n"
            "                      ^");
  for (const std::string_view guarded :
       {"has(pid.id) && pid.id != ''", "pid[?'id'].orValue('') != ''", "pid.?id.orValue('') != ''",
        "pid.size() == 0 || pid.id != ''", "msg.has('PID-3') && pid.id != ''",
        "obx_list.all(o, o.value != '')", "msh.version != ''", "msg.get('PID-3') != ''",
        "pid.id != ''\n      when: has(pid.id)", "pv1.size() > 0 && pv1[\"patient_class\"] != ''",
        "msg.has('PID') == false || !msg.has('PID') || pid.id != ''",
        "msg.count('PID') == 1 && pid.id != ''", "obx_list.size() > 0 && obx.value != ''",
        "obx_list.exists(o, o.value == '') && obx.value != ''",
        "pid.id != ''\n      when: msg.count('PID') > 0",
        "has(pid.id) == false || !has(pid.id)\n      message_expression: pid.id"}) {
    EXPECT_EQ(told(head + std::string(guarded) + "\n"), "") << guarded;
  }
  for (const std::string_view unguarded :
       {"msg.has('PV1') && pid.id != ''", "pid.id != '' && msg.has('PID')",
        "msg.count('PID') == 0 && pid.id != ''", "obx_list.size() == 0 && obx.value != ''",
        "pid.id != ''\n      when: '!has(pid.id)'", "has(pid.id)\n      message_expression: pid.id",
        "msg.get('PID-3') == 'has(pid.id)' && pid.id != ''"}) {
    EXPECT_NE(told(head + std::string(unguarded) + "\n"), "") << unguarded;
  }
  EXPECT_NE(told("connectors:\n  - {name: a, type: file, filter: pv1.patient_class == 'I'}\n")
                .find("config.yaml:2:35: connectors[0].filter: 'pv1' may be empty"),
            std::string::npos);
}

}  // namespace
}  // namespace intake
