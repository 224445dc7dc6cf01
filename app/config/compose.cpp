#include "config/compose.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "config/checks.hpp"
#include "config/connectors.hpp"
#include "config/listeners.hpp"
#include "config/settings_table.hpp"
#include "config/validation.hpp"

namespace config {
namespace {

// Where the pieces of a configuration are put together.
struct Draft {
  Configuration result;
  ListenerSettings listener_defaults;
  std::vector<ReadListener> listeners;
  Problems problems;
};

std::string text_of(const Setting& setting, const Value& value) {
  return render_value(setting.shape, value);
}

void set_field(const Setting& setting, const Value& value, Draft& draft) {
  if (setting.set_server != nullptr) setting.set_server(draft.result.server, value);
  if (setting.set_listener != nullptr) setting.set_listener(draft.listener_defaults, value);
}

// What a setting is worth that nobody gave.
void apply_default(const Setting& setting, Draft& draft) {
  SettingOrigin origin{std::string(setting.name), std::string(setting.default_words), "default"};
  if (!setting.default_text.empty()) {
    const auto value = parse_value(setting.shape, setting.default_text);
    CHECK(value.has_value());
    set_field(setting, *value, draft);
    origin.value = text_of(setting, *value);
  }
  draft.result.origins.push_back(std::move(origin));
}

void apply_given(const Setting& setting, const GivenValue& given, Draft& draft) {
  const auto value = parse_value(setting.shape, given.text);
  if (!value) {
    draft.problems.push_back(given.problem(value.error()));
    apply_default(setting, draft);
    return;
  }
  set_field(setting, *value, draft);
  draft.result.origins.push_back({std::string(setting.name),
                                  setting.is_secret ? "(hidden)" : text_of(setting, *value),
                                  given.origin});
}

void apply_settings(const Given& given, Draft& draft) {
  for (const Setting& setting : all_settings()) {
    if (setting.presence != Presence::kHere) continue;
    if (const GivenValue* const value = given.find(setting.name)) {
      apply_given(setting, *value, draft);
    } else {
      apply_default(setting, draft);
    }
  }
}

void tell_found(std::string_view name, std::string value, Draft& draft) {
  for (SettingOrigin& origin : draft.result.origins) {
    if (origin.name == name) origin.value = std::move(value);
  }
}

// Defaults that depend on the machine.
void resolve(const Given& given, const Machine& machine, Draft& draft) {
  ServerSettings& server = draft.result.server;
  if (given.find("THREADS") == nullptr) {
    server.threads = std::clamp<std::uint64_t>(machine.core_count, 1, 1024);
    tell_found("THREADS", std::to_string(server.threads), draft);
  }
  server.dedup_entries_max = default_dedup_entries(machine);
  server.admin_addr_is_default = given.find("ADMIN_ADDR") == nullptr;
  if (given.find("MAX_BUFFERED_BYTES") == nullptr) {
    server.max_buffered_bytes = default_buffered_bytes(machine);
    tell_found("MAX_BUFFERED_BYTES", size_to_string(server.max_buffered_bytes), draft);
  }
}

// A setting's name at the top of the document, where it has no effect.
void refuse_misplaced(const Setting& setting, Reader& top) {
  std::string key(setting.name);
  std::ranges::transform(key, key.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (key.ends_with('*')) return;
  for (const std::string& spelling : {key, std::string(setting.name)}) {
    if (!top.has(spelling)) continue;
    const std::string_view or_listener =
        setting.scope == Scope::kListener ? ", or in a listener" : "";
    top.report(spelling, fmt::format("does not belong here: give it as {} in the environment or "
                                     "the env file{}",
                                     setting.name, or_listener));
  }
}

// What relative names of files begin with: the folder of the document.
std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? std::string() : file.substr(0, slash + 1);
}

void read_document(const Node& root, Draft& draft) {
  Reader top(root, "", draft.problems);
  std::vector<SettingOrigin>& origins = draft.result.origins;
  const RuleReading reading{draft.problems, folder_of(draft.result.config_file)};
  draft.listener_defaults.validation =
      read_validation(top.child("validation"), "validation", reading, draft.result.tests);
  read_tests(top.child("tests"), "tests", reading, draft.result.tests);
  draft.result.sets = read_sets(top.child("sets"), reading);
  draft.result.index = read_index(top.child("index"), draft.problems);
  if (top.has("rules")) top.report("rules", "rules belong into validation: {rules: […]}");
  draft.listeners = read_listeners(top.child("listeners"), draft.listener_defaults,
                                   {reading, draft.result.tests, origins});
  draft.result.connectors = read_connectors(top.child("connectors"), draft.problems, origins);
  for (const Setting& setting : all_settings()) refuse_misplaced(setting, top);
  top.finish();
}

}  // namespace

base::Result<Configuration, Problems> compose(const Given& given,
                                              const std::optional<NamedText>& document,
                                              const Machine& machine) {
  Draft draft;
  draft.problems = given.problems;
  draft.result.warnings = given.warnings;
  apply_settings(given, draft);
  resolve(given, machine, draft);

  if (given.find("CONFIG_FILE") == nullptr) {
    tell_found("CONFIG_FILE", document ? document->name : "", draft);
  }

  Node root;  // the listeners read from it point into it
  if (document) {
    draft.result.config_file = document->name;
    auto parsed = parse_yaml(document->name, document->text);
    if (parsed) {
      root = std::move(*parsed);
    } else {
      draft.problems.insert(draft.problems.end(), parsed.error().begin(), parsed.error().end());
    }
  }
  read_document(root, draft);
  check_together(draft.result.server, draft.listeners, draft.result.connectors, given,
                 draft.problems);
  if (!draft.problems.empty()) return base::fail(std::move(draft.problems));
  for (ReadListener& listener : draft.listeners) {
    draft.result.listeners.push_back(std::move(listener.settings));
  }
  return std::move(draft.result);
}

// An entry takes up to 54 octets (store/dedup_table.hpp).
std::uint64_t default_dedup_entries(const Machine& machine) noexcept {
  constexpr std::uint64_t kEntryBytes = 54;
  return std::clamp<std::uint64_t>(machine.memory_bytes / 4 / kEntryBytes, 1'000'000, 1U << 28U);
}

std::uint64_t default_buffered_bytes(const Machine& machine) noexcept {
  return std::clamp<std::uint64_t>(machine.memory_bytes / 4, 32 * base::kMiB, 1024 * base::kMiB);
}

}  // namespace config
