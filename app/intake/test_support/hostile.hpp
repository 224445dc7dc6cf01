// intake/test_support/hostile.hpp: rules that try to keep a network thread busy, and a message
// that gives them something to do. For the test, which counts costs, and the bench, which
// takes the time.
#pragma once

#include <string>
#include <string_view>

namespace intake::test_support {

inline constexpr std::string_view kHostileRules[] = {
    "lists.range(2000).all(a, lists.range(2000).all(b, a + b >= 0))",
    "msg.get('NTE-3').matches('(x+x+)+y')",
    "msg.get('NTE-3').contains(msg.get('NTE-3') + 'z')",
    "lists.range(90000).all(i, msg.get('NTE-3') != '')",
    "lists.range(90000).all(i, msg.get('ZZZ-3') == '')",
    "lists.range(90000).all(i, msg.has('NTE-30'))",
    "lists.range(90000).all(i, !msg.has('OBX(*)-30'))",
    "lists.range(90000).all(i, msg.count('NTE-3') == 1)",
    "lists.range(90000).all(i, msg.segments('OBX').size() > i)",
    "lists.range(90000).all(i, msg.segments('NTE')[0].get('NTE-9') == '')",
    "obx_list.all(o, obx_list.all(p, p.value == o.value))",
    "obx_list.all(o, o.value.matches('^[0-9]+$'))",
    "obx_list.map(o, o.value).distinct().size() > 0",
    "obx_list.map(o, o.value).sort().size() > 0",
    "msg.all('OBX(*)-5').join(',').size() > 0",
    "msg.get('NTE-3').replace('x', 'yy').size() > 0",
    "msg.get('NTE-3').split('x').size() > 0",
    "msg.get('NTE-3').reverse() == msg.get('NTE-3')",
    "msg.get('NTE').lowerAscii() == 'a'",
    "msg.get('NTE-3') + msg.get('NTE-3') + msg.get('NTE-3') == 'a'",
    "lists.range(90000).all(i, msg.get('NTE-3').size() > i)",
    "cel.bind(t, msg.get('NTE-3'), lists.range(90000).all(i, t.size() > i))",
    "cel.bind(t, msg.get('NTE-3'), lists.range(90000).all(i, t == t))",
    "cel.bind(t, msg.get('NTE-3'), lists.range(90000).all(i, !(t in {'a': i})))",
    "lists.range(90000).all(i, hl7.timestamp('20260403' + string(i)).hasValue() || true)",
};

// What a message is filled with, in ASCII, in UTF-8, and in no known set.
inline constexpr std::string_view kHostileTexts[] = {"x", "\xC3\xBC", "\xFC"};

// 20,000 OBX and a note, 2 MiB together.
inline std::string hostile_message(std::string_view text) {
  std::string octets = "MSH|^~\\&|LAB|C|HIS|W|2026||ORU^R01|M1|P|2.5.1\r";
  for (int index = 0; index < 20'000; ++index) octets += "OBX|1|ST|A||" + std::string(text) + "5\r";
  octets += "NTE|1||";
  while (octets.size() < 2'097'152) octets += text;
  return octets + "\r";
}

// 2 MiB of what a check of structure looks at longest: lines, as many as it will count at
// all, or what a field is full of.
inline std::string hostile_structure(std::string_view part) {
  std::string octets = "MSH|^~\\&|LAB|C|HIS|W|2026||ORU^R01^ORU_R01|M1|P|2.5.1\r";
  const bool is_line = part.ends_with('\r');
  if (!is_line) octets += "PID|1||1";
  for (int count = 0; octets.size() < 2'097'152 && !(is_line && count == 15'000); ++count) {
    octets += part;
  }
  return octets + "\r";
}

inline constexpr std::string_view kHostileLines[] = {
    "OBX|1|NM|A^B^C^D^E^F||5.4|m^n^o|1-2|H~L|x|A|F|20260403|a|20260403120000|a^b^c|d^e^f\r",
    "OBX|1\rSPM|1\r",
    "PID|1||1^^^a&b&c^MR~2^^^d&e&f^SS|||||||||||||||||||||||\r",
    "EVN|\rPD1|\r",
    "QQQ\r",
    "~1^2^3",
    "&1",
    "|",
    "1234567890",
    " ",
    "^ ",
    "\xC3\xBC\\",
};

}  // namespace intake::test_support
