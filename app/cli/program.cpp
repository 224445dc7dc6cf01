#include "cli/program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "cli/command_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/serve_command.hpp"
#include "hl7/charset.hpp"

namespace cli {
namespace {

config::ConfigurationSources make_sources(char** environment, const SettingsGiven& settings) {
  config::ConfigurationSources sources;
  sources.command_line = settings;
  for (char** each = environment; each != nullptr && *each != nullptr; ++each) {
    const std::string_view entry = *each;
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    sources.environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return sources;
}

struct Runner {
  char** environment;

  int operator()(const ServeCommand& command) const {
    return run_serve_command(make_sources(environment, command.settings));
  }

  int operator()(const SendCommandOptions& options) const {
    return run_send_command(options, base::Clock::system());
  }

  int operator()(const ListenCommandOptions& options) const {
    return run_listen_command(options, base::Clock::system());
  }

  // --charset wins over the environment, which speaks of the server's listeners.
  int operator()(ShowCommandOptions options) const {
    options.color = ::isatty(STDOUT_FILENO) == 1;
    const auto given = make_sources(environment, {}).environment;
    const auto found = given.find("DEFAULT_CHARACTER_SET");
    if (!options.charset && found != given.end() && found->second != "auto") {
      options.charset = hl7::find_charset(found->second);
      if (!options.charset && !found->second.empty()) {
        fmt::print(stderr, "mllp-server show: DEFAULT_CHARACTER_SET: no such character set\n");
        return kExitUsage;
      }
    }
    return run_show_command(options);
  }

  int operator()(const BenchCommandOptions& options) const {
    return run_bench_command(options, base::Clock::system());
  }

  int operator()(const CheckCommand& command) const {
    return run_check_command(make_sources(environment, command.settings), command.options);
  }

  int operator()(const HealthCommand& command) const {
    return run_health_command(make_sources(environment, command.settings), command.options);
  }

  int operator()(const CertsCheckCommand& command) const {
    return run_certs_check(make_sources(environment, command.settings), base::Clock::system());
  }

  int operator()(const KeeperCommand& command) const {
    return run_keeper_command(make_sources(environment, command.settings), command.options,
                              base::Clock::system());
  }

  int operator()(const AuditCommand& command) const {
    return run_audit_command(make_sources(environment, command.settings), command.options,
                             base::Clock::system());
  }

  int operator()(const CertsProbeOptions& options) const {
    return run_certs_probe(options, base::Clock::system());
  }

  int operator()(const ConfigCommand& command) const {
    ConfigCommandOptions options = command.options;
    options.color = ::isatty(STDOUT_FILENO) == 1;
    return run_config_command(make_sources(environment, command.settings), options);
  }

  int operator()(const EvalCommandOptions& options) const { return run_eval_command(options); }
};

}  // namespace

int run_program(int word_count, char** words, char** environment) {
  const std::vector<std::string> given(words + (word_count > 0 ? 1 : 0), words + word_count);
  const auto command = parse_command_line(given);
  if (!command) {
    const EarlyExit& early = command.error();
    fmt::print(early.code == 0 ? stdout : stderr, "{}", early.text);
    return early.code;
  }
  return std::visit(Runner{environment}, *command);
}

}  // namespace cli
