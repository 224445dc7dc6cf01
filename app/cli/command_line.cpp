#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/audit_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/help_text.hpp"
#include "cli/input_splitter.hpp"
#include "cli/keeper_options.hpp"
#include "cli/listen_script.hpp"
#include "cli/option_parser.hpp"
#include "config/near_miss.hpp"
#include "config/values.hpp"
#include "hl7/charset.hpp"
#include "hl7/path.hpp"

namespace cli {
namespace {

constexpr const char* kNoTimeout = "--timeout: every wait needs an end, found 0";

constexpr std::array<std::string_view, 15> kVerbs = {
    "serve", "send",   "listen", "show",         "bench",    "check", "config", "eval",
    "certs", "health", "queues", "dead-letters", "messages", "audit", "store"};

std::string check_address(const std::string& text) {
  if (config::parse_address(text)) return {};
  return fmt::format("expected HOST:PORT, found {}", text);
}

std::string check_size(const std::string& text) {
  const auto size = config::parse_size(text);
  if (size && *size <= kMessageBytesMax) return {};
  return fmt::format("expected a size such as 4096 or 32KiB, at most 1GiB, found {}", text);
}

std::string check_charset(const std::string& text) {
  if (hl7::find_charset(text)) return {};
  return fmt::format("expected a character set such as 8859/1 or UTF-8, found {}", text);
}

base::Duration to_duration(const std::string& text) {
  return config::parse_duration(text).value_or(base::Duration(0));
}

void add_tls(Parser& parser, TlsOptions& options) {
  parser.add_flag("--tls", options.tls, "Use TLS; each of the following asks for it as well");
  parser.add_text("--ca FILE", options.ca, nullptr, "Whom to trust (the system's authorities)");
  parser.add_text("--cert FILE", options.certificate, nullptr, "The own certificate to show");
  parser.add_text("--key FILE", options.key, nullptr, "Its key, if it is not in the same file");
  parser.add_text("--key-password-file FILE", options.key_password_file, nullptr,
                  "Password of the key");
  parser.add_text("--server-name NAME", options.server_name, nullptr,
                  "Name in the server's certificate (the host of --to)");
  parser.add_flag("--insecure", options.insecure, "Believe whoever answers");
}

Parsed parse_serve(const Words& words) {
  Parser parser("serve", "Receive, store, answer and deliver messages.");
  SettingOptions settings;
  settings.add_to(parser);
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  return Command(ServeCommand{settings.to_settings()});
}

Parsed parse_config(const Words& words) {
  Parser parser("config", "Show every setting with its value and where it came from.");
  SettingOptions settings;
  settings.add_to(parser);
  ConfigCommand command;
  parser.add_flag("--json", command.options.json, "As JSON");
  parser.add_flag("--reference", command.options.reference,
                  "Print the reference page of all settings, as Markdown");
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  command.settings = settings.to_settings();
  return Command(std::move(command));
}

Parsed parse_check(const Words& words) {
  Parser parser("check", "Run the tests of the rules, and judge files as the server would.");
  SettingOptions settings;
  CheckCommand command;
  parser.add_paths(command.options.paths, "Files to judge; - is stdin");
  settings.add_to(parser);
  parser.add_text("--listener NAME", command.options.listener, nullptr,
                  "Whose rules judge the files; the first one without it");
  parser.add_flag("--json", command.options.json, "As JSON");
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  command.settings = settings.to_settings();
  return Command(std::move(command));
}

Parsed parse_send(const Words& words) {
  Parser parser("send", "Send messages to an MLLP server and check the answers.");
  SendCommandOptions options;
  std::string to = config::to_string(options.to);
  std::string timeout = config::to_string(options.timeout);
  std::string retry_wait = config::to_string(options.retry_wait);
  parser.add_paths(options.paths, "Files and folders; - is stdin, also without any");
  parser.add_text("-t,--to HOST:PORT", to, check_address, "The server");
  parser.add_number("-c,--connections", options.connections, {1, 100'000},
                    "Connections at the same time");
  parser.add_number("-f,--in-flight", options.in_flight, {1, 10'000},
                    "Messages sent ahead on each connection");
  parser.add_number("-r,--rate", options.rate, {0.0, 1e9},
                    "At most so many messages a second in all; 0: no limit");
  parser.add_number("--repeat", options.repeat, {1, 1e9}, "Send everything so many times");
  parser.add_text("--timeout TIME", timeout, check_duration, "Longest wait for an answer");
  parser.add_number("--retries", options.retries, {0, 1e6},
                    "Further attempts on AE, CE and no answer");
  parser.add_text("--retry-wait TIME", retry_wait, check_duration,
                  "Before the first; doubled each time, up to 30s");
  parser.add_flag("--raw", options.raw, "Leave line ends and blanks as they are");
  parser.add_flag("--whole", options.whole, "One frame for each input, whatever it holds");
  parser.add_flag("-v,--verbose", options.verbose, "Print each answer");
  parser.add_flag("--json", options.json, "Print the summary as JSON");
  add_tls(parser, options.tls);
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));

  options.to = config::parse_address(to).value_or(options.to);
  options.timeout = to_duration(timeout);
  options.retry_wait = to_duration(retry_wait);
  if (options.timeout == base::Duration(0)) return base::fail(parser.refuse(kNoTimeout));
  return Command(std::move(options));
}

std::string check_script(const std::string& text) {
  const auto script = ListenScript::parse(text);
  return script ? std::string() : script.error();
}

Parsed parse_listen(const Words& words) {
  Parser parser("listen", "Receive messages, show them, and answer as told: to test a sender.");
  ListenCommandOptions options;
  std::string listen = config::to_string(options.listen);
  parser.add_text("-l,--listen ADDRESS", listen, check_address, "Where to listen");
  parser.add_text("-a,--answer SCRIPT", options.answer, check_script,
                  "What to do with each message, see below");
  parser.add_text("--script FILE", options.script_file, nullptr, "The same from a file");
  parser.add_number("-n,--count", options.count, {0, 1e9},
                    "End after so many messages; 0: on Ctrl-C");
  parser.add_flag("-q,--quiet", options.quiet, "One line for each message, without its segments");
  parser.add_flag("--json", options.json, "One JSON object for each message");
  parser.add_text("--cert FILE", options.certificate, nullptr, "The certificate: speak TLS");
  parser.add_text("--key FILE", options.key, nullptr, "Its key, if it is not in the same file");
  parser.add_text("--key-password-file FILE", options.key_password_file, nullptr,
                  "Password of the key");
  parser.add_text("--client-ca FILE", options.client_ca, nullptr,
                  "Ask for a client's certificate, signed by these");
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  options.listen = config::parse_address(listen).value_or(options.listen);
  return Command(std::move(options));
}

Parsed parse_show(const Words& words) {
  Parser parser("show", "Show messages to a person: names, values, meanings.");
  ShowCommandOptions options;
  std::string path;
  std::string charset;
  bool json = false;
  bool raw = false;
  bool check = false;
  parser.add_paths(options.paths, "Files and folders; - is stdin, also without any");
  parser.add_text("-p,--path PATH", path, check_path, "Print what a path names, one value a line");
  parser.add_flag("--raw", raw, "Print the octets as received, one segment a line");
  parser.add_flag("--json", json, "Print one JSON object a line");
  parser.add_flag("--names", options.names, "With --json: also the standard's names");
  parser.add_flag("--check", check, "Tell what the standard finds wrong with it");
  parser.add_flag("--strict", options.strict, "With --check: also the unexpected, as warnings");
  parser.add_text("--charset NAME", charset, check_charset,
                  "The character set where MSH-18 names none");
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  const int form_count = (path.empty() ? 0 : 1) + (raw ? 1 : 0) + (json || check ? 1 : 0);
  if (form_count > 1)
    return base::fail(
        parser.refuse("--path, --raw, --json and --check exclude "
                      "each other, but for --check --json"));
  if (options.strict && !check) return base::fail(parser.refuse("--strict goes with --check"));
  if (options.names && (!json || check)) {
    return base::fail(parser.refuse("--names goes with --json alone"));
  }

  if (const auto parsed = hl7::parse_path(path)) options.path = *parsed;
  if (!path.empty()) options.form = ShowForm::kPath;
  if (raw) options.form = ShowForm::kRaw;
  if (json) options.form = check ? ShowForm::kCheckJson : ShowForm::kJson;
  if (check && !json) options.form = ShowForm::kCheck;
  options.charset = hl7::find_charset(charset);
  return Command(std::move(options));
}

Parsed parse_bench(const Words& words) {
  Parser parser("bench", "Load an MLLP server and measure it.");
  BenchCommandOptions options;
  std::string to = config::to_string(options.to);
  std::string duration = config::to_string(options.duration);
  std::string timeout = config::to_string(options.timeout);
  std::string warm_up;
  std::string size;
  std::uint64_t messages = 0;
  parser.add_paths(options.paths, "Files and folders of messages to send in turn");
  parser.add_text("-t,--to HOST:PORT", to, check_address, "The server");
  parser.add_number("-c,--connections", options.connections, {1, 100'000},
                    "Connections at the same time");
  parser.add_number("-f,--in-flight", options.in_flight, {1, 10'000},
                    "Messages in flight on each connection");
  const CLI::Option* by_time =
      parser.add_text("-d,--duration TIME", duration, check_duration, "How long to measure");
  const CLI::Option* by_number =
      parser.add_number("-n,--messages", messages, {1, 1e12}, "Send so many messages instead");
  parser.add_text("--warm-up TIME", warm_up, check_duration,
                  "Checked but not measured (1s; with --messages 0)");
  parser.add_text("-s,--size SIZE", size, check_size, "Fill the message up to so many octets");
  parser.add_text("--timeout TIME", timeout, check_duration, "Longest wait for an answer");
  parser.add_flag("--json", options.json, "Print the result as JSON");
  add_tls(parser, options.tls);
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  if (!by_time->empty() && !by_number->empty()) {
    return base::fail(parser.refuse("--duration and --messages exclude each other"));
  }

  options.to = config::parse_address(to).value_or(options.to);
  options.duration = to_duration(duration);
  options.timeout = to_duration(timeout);
  if (messages > 0) options.messages = messages;
  if (!warm_up.empty()) options.warm_up = to_duration(warm_up);
  options.size = static_cast<std::size_t>(config::parse_size(size).value_or(0));
  if (options.timeout == base::Duration(0)) return base::fail(parser.refuse(kNoTimeout));
  return Command(std::move(options));
}

Parsed parse_eval(const Words& words) {
  Parser parser("eval", "Evaluate a CEL expression.");
  EvalCommandOptions options;
  parser.add_word("EXPR", options.expression, "The expression; - is stdin");
  parser.add_text("--json BINDINGS", options.bindings, nullptr,
                  "Its variables as a JSON object, or @FILE");
  parser.add_flag("--type", options.type, "Print the type that was deduced");
  parser.add_flag("--cost", options.cost, "Print the cost, and what was estimated");
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  return Command(std::move(options));
}

Parsed parse_health(const Words& words) {
  Parser parser("health", "Ask the server on this machine whether it is well: for supervisors.");
  SettingOptions settings;
  HealthCommand command;
  std::string timeout = config::to_string(command.options.timeout);
  settings.add_to(parser);
  parser.add_flag("--ready", command.options.ready, "Whether it takes messages now");
  parser.add_flag("--lanes", command.options.lanes, "With --ready: a stopped lane counts as well");
  parser.add_text("--timeout TIME", timeout, check_duration, "Longest wait for its answer");
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  if (command.options.lanes && !command.options.ready) {
    return base::fail(parser.refuse("--lanes goes with --ready"));
  }
  command.options.timeout = to_duration(timeout);
  if (command.options.timeout == base::Duration(0)) return base::fail(parser.refuse(kNoTimeout));
  command.settings = settings.to_settings();
  return Command(std::move(command));
}

Parsed parse_certs_check(const Words& words) {
  Parser parser("certs check", "Show the certificates of the listeners and whether they fit.");
  SettingOptions settings;
  settings.add_to(parser);
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  return Command(CertsCheckCommand{settings.to_settings()});
}

Parsed parse_certs_probe(const Words& words) {
  Parser parser("certs probe", "Make a TLS handshake with a server and say what came of it.");
  CertsProbeOptions options;
  Words to;
  std::string timeout = config::to_string(options.timeout);
  parser.add_paths(to, "HOST:PORT of the server");
  parser.add_text("--timeout TIME", timeout, check_duration, "Longest wait for the handshake");
  add_tls(parser, options.tls);
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  if (to.size() != 1) return base::fail(parser.refuse("expected one HOST:PORT"));
  const std::string wrong = check_address(to.front());
  if (!wrong.empty()) return base::fail(parser.refuse(wrong));
  options.to = config::parse_address(to.front()).value_or(options.to);
  options.timeout = to_duration(timeout);
  if (options.timeout == base::Duration(0)) return base::fail(parser.refuse(kNoTimeout));
  return Command(std::move(options));
}

Parsed parse_certs(const Words& words) {
  const std::string verb = words.empty() ? "--help" : words.front();
  const Words rest = words.empty() ? Words{} : Words(words.begin() + 1, words.end());
  if (verb == "check") return parse_certs_check(rest);
  if (verb == "probe") return parse_certs_probe(rest);
  Parser parser("certs",
                "Look at certificates: `certs check` the configured ones, `certs probe` "
                "those of a server.");
  if (auto early = parser.parse({verb})) return base::fail(*std::move(early));
  return base::fail(parser.refuse("expected check or probe"));
}

EarlyExit refuse_verb(const std::string& verb) {
  return {kExitUsage, fmt::format("mllp-server: unknown command {}{}\nsee: mllp-server --help\n",
                                  verb, config::suggestion(verb, kVerbs))};
}

Parsed parse_verb(const std::string& verb, const Words& words) {
  if (verb == "serve") return parse_serve(words);
  if (verb == "send") return parse_send(words);
  if (verb == "listen") return parse_listen(words);
  if (verb == "show") return parse_show(words);
  if (verb == "bench") return parse_bench(words);
  if (verb == "check") return parse_check(words);
  if (verb == "config") return parse_config(words);
  if (verb == "eval") return parse_eval(words);
  if (verb == "health") return parse_health(words);
  if (verb == "certs") return parse_certs(words);
  if (verb == "queues") return parse_queues(words);
  if (verb == "dead-letters") return parse_letters(words);
  if (verb == "messages") return parse_messages(words);
  if (verb == "audit") return parse_audit(words);
  if (verb == "store") return parse_store(words);
  return base::fail(refuse_verb(verb));
}

}  // namespace

Parsed parse_command_line(const Words& words) {
  const std::string first = words.empty() ? "serve" : words.front();
  if (first == "--help" || first == "-h" || (first == "help" && words.size() == 1)) {
    return base::fail(EarlyExit{kExitDone, std::string(overview_help())});
  }
  if (first == "--version" || first == "-V") {
    return base::fail(EarlyExit{kExitDone, "mllp-server " MLLP_SERVER_VERSION "\n"});
  }
  if (first == "help") return parse_verb(words[1], {"--help"});
  if (first.starts_with('-')) return parse_serve(words);
  return parse_verb(first, words.empty() ? Words{} : Words(words.begin() + 1, words.end()));
}

}  // namespace cli
