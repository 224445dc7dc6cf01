// config/problem.hpp: what is wrong with a setting, told so that it can be mended.
#pragma once

#include <string>
#include <vector>

namespace config {

//   config.yaml:12:14: connectors[0].retry.initial: expected a duration such as 30s, found 30
//   parsecs
//       initial: 30 parsecs
//                ^
struct Problem {
  std::string origin;  // a file's path, "environment" or "command line"; may be empty
  int line = 0;        // from 1; 0 where there is none
  int column = 0;      // from 1, in octets; 0 where there is none
  std::string text;    // names the setting, says what was expected and what was found
  std::string source;  // the line itself, for a caret below it; empty where there is none
};

using Problems = std::vector<Problem>;

// One line, or three with the source line and a caret below the column. A long
// line is cut around it, a control character is shown as `?`. No line feed at the end.
[[nodiscard]] std::string to_string(const Problem& problem);

// One after the other, at most 50; then how many more there are.
[[nodiscard]] std::string to_string(const Problems& problems);

}  // namespace config
