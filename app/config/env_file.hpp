// config/env_file.hpp: the file that ENV_FILE names.
//
//   # a comment, on a line of its own
//   LISTEN_ADDR=:2575
//   DATA_DIR="/srv/mllp data"      in double quotes \" and \\ are escapes
//   STORE='sqlite'                 in single quotes nothing is
//
// One NAME=value on a line; blanks around either are cut off. What other readers of
// such files would understand in other ways is refused: a value without quotes that
// holds a blank followed by #, text behind a closing quote, `export`.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "config/node.hpp"
#include "config/problem.hpp"

namespace config {

inline constexpr std::size_t kEnvFileBytesMax = base::kMiB;

struct EnvLine {
  std::string name;
  std::string value;
  int line = 0;          // from 1
  int name_column = 0;   // from 1, in octets
  int value_column = 0;  // of its first octet, behind a quote
};

// UTF-8 of at most kEnvFileBytesMax octets without control characters; a name that is
// given twice is refused. Whether names are known is not asked here.
[[nodiscard]] base::Result<std::vector<EnvLine>, Problems> parse_env_file(const Source& source);

}  // namespace config
