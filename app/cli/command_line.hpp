// cli/command_line.hpp: from the words of a command line to a command to be run.
//
//     mllp-server [serve|send|listen|show|bench|check|config|eval|health|certs check|certs probe|
//                  queues …|dead-letters …|messages …|audit …] [OPTION ...]
//
// Pure: reads nothing but its arguments and prints nothing. Without a verb it is
// `serve`.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "cli/audit_command.hpp"
#include "cli/bench_command.hpp"
#include "cli/certs_command.hpp"
#include "cli/check_command.hpp"
#include "cli/config_command.hpp"
#include "cli/eval_command.hpp"
#include "cli/health_command.hpp"
#include "cli/keeper_command.hpp"
#include "cli/listen_command.hpp"
#include "cli/send_command.hpp"
#include "cli/show_command.hpp"

namespace cli {

// Settings by name, as the environment would hold them; they win over it.
using SettingsGiven = std::map<std::string, std::string>;

struct ServeCommand {
  SettingsGiven settings;
};

struct ConfigCommand {
  SettingsGiven settings;
  ConfigCommandOptions options;
};

struct CheckCommand {
  SettingsGiven settings;
  CheckCommandOptions options;
};

struct HealthCommand {
  SettingsGiven settings;
  HealthCommandOptions options;
};

struct KeeperCommand {
  SettingsGiven settings;
  KeeperOptions options;
};

struct AuditCommand {
  SettingsGiven settings;
  AuditOptions options;
};

struct CertsCheckCommand {
  SettingsGiven settings;
};

using Command = std::variant<ServeCommand, SendCommandOptions, ShowCommandOptions,
                             BenchCommandOptions, CheckCommand, ConfigCommand, EvalCommandOptions,
                             CertsCheckCommand, CertsProbeOptions, ListenCommandOptions,
                             HealthCommand, KeeperCommand, AuditCommand>;

// Nothing is to be run: help was asked for, or the words make no command.
struct EarlyExit {
  int code = 0;      // exit_code.hpp
  std::string text;  // with its line end; for stdout when the code is 0, else stderr
};

// `words` does not hold the program's own name.
[[nodiscard]] base::Result<Command, EarlyExit> parse_command_line(
    const std::vector<std::string>& words);

}  // namespace cli
