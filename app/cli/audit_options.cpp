#include "cli/audit_options.hpp"

#include <utility>

#include "audit/chain.hpp"
#include "cli/moment.hpp"

namespace cli {
namespace {

std::string check_head(const std::string& text) {
  if (audit::parse_head(text)) return {};
  return "expected SEQUENCE:MAC as the server publishes it, found " + text;
}

Parsed parse_verify(const Words& words) {
  Parser parser("audit verify", "Find any change, cut or insertion in the audit trail.");
  SettingOptions settings;
  AuditCommand command;
  settings.add_places_to(parser);
  parser.add_text("--head SEQUENCE:MAC", command.options.head, check_head,
                  "A head that was published: the trail must hold it");
  parser.add_flag("--json", command.options.json, "As one JSON object");
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  command.settings = settings.to_settings();
  return Command(std::move(command));
}

Parsed parse_export(const Words& words) {
  Parser parser("audit export", "Print the records of the audit trail, a JSON object a line.");
  SettingOptions settings;
  AuditCommand command;
  command.options.act = AuditAct::kExport;
  settings.add_places_to(parser);
  parser.add_text("--since TIME", command.options.since, check_moment,
                  "Of what happened then or later");
  parser.add_text("--until TIME", command.options.until, check_moment, "Of what happened before");
  if (auto early = parser.parse(words)) return base::fail(*std::move(early));
  command.settings = settings.to_settings();
  return Command(std::move(command));
}

}  // namespace

Parsed parse_audit(const Words& words) {
  const std::string verb = words.empty() ? "--help" : words.front();
  const Words rest = words.empty() ? Words{} : Words(words.begin() + 1, words.end());
  if (verb == "verify") return parse_verify(rest);
  if (verb == "export") return parse_export(rest);
  Parser parser("audit",
                "The audit trail: `audit verify` finds any change, `audit export` prints it.");
  if (auto early = parser.parse({verb == "-h" ? "--help" : verb})) {
    if (early->code == 0) return base::fail(*std::move(early));
  }
  return base::fail(parser.refuse("expected verify or export"));
}

}  // namespace cli
