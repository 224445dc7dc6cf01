#include "config/settings_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/settings_table.hpp"
#include "telemetry/line_format.hpp"
#include "telemetry/utf8.hpp"

namespace config {
namespace {

constexpr std::size_t kValueColumnsMax = 48;  // a longer value pushes its origin aside
constexpr std::string_view kNotDefault = "\033[1;36m";
constexpr std::string_view kPlain = "\033[0m";

// As it can be shown: one line whatever is in it, `-` for nothing.
std::string cell(std::string_view value) {
  if (value.empty()) return "-";
  std::string quoted;
  telemetry::append_json_string(quoted, value);
  const bool same = quoted.size() == value.size() + 2;
  return same ? std::string(value) : quoted;
}

// Columns on a terminal, one for each character.
std::size_t column_count(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count)
    text.remove_prefix(std::max<std::size_t>(telemetry::utf8_char_bytes(text), 1));
  return count;
}

void append_padded(std::string& out, std::string_view text, std::size_t width) {
  const std::size_t count = column_count(text);
  out += text;
  if (count < width) out.append(width - count, ' ');
}

std::size_t column_width(const std::vector<SettingOrigin>& rows, std::string SettingOrigin::*column,
                         std::size_t most) {
  std::size_t width = 0;
  for (const SettingOrigin& row : rows) {
    const std::size_t own = column_count(cell(row.*column));
    if (own <= most) width = std::max(width, own);
  }
  return width;
}

void append_pair(std::string& out, std::string_view name, std::string_view value) {
  telemetry::append_json_string(out, name);
  out += ':';
  telemetry::append_json_string(out, value);
}

// The name of a kind in the reference; the words of a choice.
std::string kind_of(const Setting& setting) {
  if (setting.presence != Presence::kHere) return "";
  const Shape& shape = setting.shape;
  switch (shape.kind) {
    case Kind::kText: return "text";
    case Kind::kFlag: return "`true` `false`";
    case Kind::kDecimal:
    case Kind::kNumber:
    case Kind::kSize:
    case Kind::kDuration: return describe(shape).substr(2);  // without the article
    case Kind::kAddress: return "address";
    case Kind::kList: return "list";
    case Kind::kNetworks: return "networks";
    case Kind::kChoice: break;
  }
  return fmt::format("`{}`", fmt::join(shape.choices, "` `"));
}

std::string default_of(const Setting& setting) {
  if (setting.presence == Presence::kIgnored) return "";
  if (!setting.default_words.empty()) return std::string(setting.default_words);
  return setting.default_text.empty() ? std::string() : fmt::format("`{}`", setting.default_text);
}

std::string scope_of(const Setting& setting) {
  if (setting.scope == Scope::kServer) return "server";
  return fmt::format("listener: `{}`", yaml_key(setting));
}

std::string help_of(const Setting& setting) {
  std::string help(setting.help);
  if (!setting.alias.empty()) help += fmt::format(" Also `{}`.", setting.alias);
  if (setting.presence == Presence::kIgnored) help += " **Not yet: ignored with a warning.**";
  return help;
}

constexpr std::string_view kReferenceHead = R"(# Settings

This page is written by `mllp-server config --reference` from the table in
`app/config/settings_table.cpp`; a test compares the two.

A setting of the *server* comes from the environment, from the file of `NAME=value` lines that
`ENV_FILE` names, or from an option of the command line; the command line wins over the environment,
the environment over the file. A variable set to nothing counts as not set. A setting of a
*listener* can be given there, too: then it holds for every listener that does not say otherwise
under the key shown here in the YAML document (`CONFIG_FILE`).

Durations are written as `30s`, `1h30m`, `250ms` or `7d`; sizes as octets, `64KiB`, `32MiB`,
`1GiB`; addresses as `:2575` (all addresses), `127.0.0.1:2575`, `[::1]:2575` or `name:2575`.

What this version does not have yet is refused when it is set, so that nobody believes it in force.

| setting | default | value | scope | reloaded on SIGHUP | what it is |
| --- | --- | --- | --- | --- | --- |
)";

}  // namespace

std::string render_table(const Configuration& configuration, Colors colors) {
  const std::vector<SettingOrigin>& rows = configuration.origins;
  const std::size_t names = column_width(rows, &SettingOrigin::name, kNoMost);
  const std::size_t values = column_width(rows, &SettingOrigin::value, kValueColumnsMax);
  std::string out;
  for (const SettingOrigin& row : rows) {
    const bool lit = colors == Colors::kTerminal && row.origin != "default";
    if (lit) out += kNotDefault;
    append_padded(out, row.name, names + 2);
    append_padded(out, cell(row.value), values);
    if (lit) out += kPlain;
    out += fmt::format("  {}\n", row.origin);
  }
  return out;
}

std::string render_json(const Configuration& configuration) {
  std::string out = R"({"settings":[)";
  for (const SettingOrigin& row : configuration.origins) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_pair(out, "name", row.name);
    out += ',';
    append_pair(out, "value", row.value);
    out += ',';
    append_pair(out, "origin", row.origin);
    out += '}';
  }
  out += R"(],"warnings":[)";
  for (const Problem& warning : configuration.warnings) {
    if (out.back() != '[') out += ',';
    telemetry::append_json_string(out, to_string(warning));
  }
  out += "]}\n";
  return out;
}

std::string render_reference() {
  std::string out(kReferenceHead);
  for (const Setting& setting : all_settings()) {
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", setting.name, default_of(setting),
                       kind_of(setting), scope_of(setting),
                       setting.reload == Reload::kOnSighup ? "yes" : "no", help_of(setting));
  }
  return out;
}

}  // namespace config
