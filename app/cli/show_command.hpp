// cli/show_command.hpp: `mllp-server show`, a message for a person.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "hl7/charset.hpp"
#include "hl7/path.hpp"

namespace cli {

// What is shown of each message.
enum class ShowForm : std::uint8_t {
  kTree,   // names, paths, decoded values
  kJson,   // one object on one line
  kRaw,    // the octets as received, a segment on each line
  kPath,   // what a path names, a value on each line
  kCheck,  // what is wrong with it, by the standard
  kCheckJson,
};

struct ShowCommandOptions {
  std::vector<std::string> paths;  // files, folders, "-" for stdin; none: stdin
  ShowForm form = ShowForm::kTree;
  hl7::Path path{};                     // for kPath
  std::optional<hl7::Charset> charset;  // where MSH-18 names none
  bool names = false;                   // in JSON, beside the positions
  bool strict = false;                  // for a check
  bool color = false;                   // stdout is a terminal: colours, and nothing that moves it
};

// The result on stdout, all else on stderr. Returns the exit code: 0; 1 if an input holds no
// message, a path names nothing, or a check found errors; 2 if an input is not there.
[[nodiscard]] int run_show_command(const ShowCommandOptions& options);

// One message that is at hand, on stdout as the command shows it: as a tree, or as received.
// False with a complaint on stderr if it is none.
[[nodiscard]] bool show_message(base::ByteView octets, std::string_view origin, bool raw);

}  // namespace cli
