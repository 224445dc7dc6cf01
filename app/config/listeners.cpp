#include "config/listeners.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "config/settings_table.hpp"

namespace config {
namespace {

constexpr std::size_t kListenersMax = 256;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::string_view kNameLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::array<std::string_view, 2> kPresets = {"ae_retries", "ar_retries"};
constexpr std::array<std::string_view, 5> kAnswerCodes = {"AA", "AE", "AR", "close", "none"};

constexpr std::array<std::string_view, 2> kAckWhen = {"after_store", "after_delivery"};
constexpr base::Duration kAnswerWithinMax = std::chrono::hours(1);

// Reads one listener of the document.
class ListenerReader {
 public:
  ListenerReader(const Node& node, std::string where, const ListenerReading& reading)
      : reader_(node, std::move(where), reading.rules.problems),
        reading_(reading),
        origins_(reading.origins) {}

  ListenerSettings read(const ListenerSettings& defaults) {
    ListenerSettings settings = defaults;
    read_name(settings);
    for (const Setting& setting : all_settings()) {
      if (setting.scope == Scope::kListener) {
        read_setting(setting, settings);
      } else {
        refuse_setting_of_server(setting);
      }
    }
    read_answers(settings.answers);
    read_rules(settings);
    if (reader_.has("tls")) {
      reader_.report("tls",
                     "give tls_cert_file, tls_key_file and what else of TLS is wanted in "
                     "keys of their own");
    }
    read_ack(settings);
    reader_.finish();
    return settings;
  }

 private:
  void remember(std::string_view key, std::string value) {
    if (const Node* const node = reader_.child(key)) {
      origins_.push_back({reader_.path(key), std::move(value), origin_of(*node)});
    }
  }

  void read_name(ListenerSettings& settings) {
    settings.name = reader_.text("name", settings.name);
    if (!is_name(settings.name)) {
      reader_.report("name", fmt::format("expected {}, found {}", kNameRule, shown(settings.name)));
    }
    remember("name", settings.name);
  }

  // One message at a time, since each answer is the answer of another system.
  void read_ack(ListenerSettings& settings) {
    settings.ack = static_cast<AckWhen>(reader_.choice("ack", kAckWhen, 0));
    settings.answer_from = reader_.text("answer_from", "");
    settings.answer_within = reader_.duration("answer_within", settings.answer_within);
    remember("ack", std::string(kAckWhen.at(static_cast<std::size_t>(settings.ack))));
    remember("answer_from", settings.answer_from);
    remember("answer_within", to_string(settings.answer_within));
    if (settings.ack == AckWhen::kAfterStore) {
      for (const std::string_view key : {"answer_from", "answer_within"}) {
        if (reader_.has(key)) reader_.report(key, "does nothing without ack: after_delivery");
      }
      settings.answer_from.clear();
      return;
    }
    if (settings.answer_from.empty()) {
      reader_.report("ack", "after_delivery needs answer_from: the connector whose target answers");
    }
    if (settings.answer_within <= base::Duration::zero() ||
        settings.answer_within > kAnswerWithinMax) {
      reader_.report("answer_within", "expected more than 0 and at most 1h");
    }
    refuse_beside_after_delivery(settings);
    settings.max_in_flight = 1;
    settings.batch = BatchMode::kReject;
    settings.several_messages = SeveralMessages::kReject;
    settings.dedup = Dedup::kOff;  // what its target answered is not kept: it is asked again
  }

  void refuse_beside_after_delivery(const ListenerSettings& settings) {
    const auto refuse = [this](std::string_view key, bool fits) {
      if (reader_.has(key) && !fits) reader_.report(key, "does not go with ack: after_delivery");
    };
    refuse("max_in_flight", settings.max_in_flight == 1);
    refuse("batch", settings.batch == BatchMode::kReject);
    refuse("several_messages", settings.several_messages == SeveralMessages::kReject);
    refuse("dedup", settings.dedup == Dedup::kOff);
    refuse("dedup_conflict", settings.dedup_conflict == DedupConflict::kAccept);
    if (settings.ack_mode == AckMode::kEnhanced) {
      reader_.report(reader_.has("ack_mode") ? "ack_mode" : "ack",
                     "ack_mode enhanced does not go with ack: after_delivery");
    }
  }

  void read_setting(const Setting& setting, ListenerSettings& settings) {
    const std::string key = yaml_key(setting);
    const auto value = reader_.value(key, setting.shape);
    if (!value) return;
    setting.set_listener(settings, *value);
    remember(key, render_value(setting.shape, *value));
  }

  void refuse_setting_of_server(const Setting& setting) {
    const std::string key = yaml_key(setting);
    if (setting.name.ends_with('*') || !reader_.has(key)) return;
    reader_.report(key, fmt::format("a setting of the whole server: give it as {} in the "
                                    "environment or the env file",
                                    setting.name));
  }

  void read_rules(ListenerSettings& settings) {
    if (reader_.has("rules")) {
      reader_.report("rules", "rules belong into validation: {rules: […]}");
    }
    const Node* const section = reader_.child("validation");
    if (section == nullptr) return;
    std::vector<RuleTest> tests;
    settings.validation =
        read_validation(section, reader_.path("validation"), reading_.rules, tests);
    for (RuleTest& test : tests) {
      if (test.listener.empty()) test.listener = settings.name;
      reading_.tests.push_back(std::move(test));
    }
  }

  void read_answers(AnswersSetting& answers) {
    const Node* const node = reader_.child("answers");
    if (node == nullptr) return;
    answers.node = *node;
    if (node->kind != Node::Kind::kMapping) {
      answers.preset = kPresets.at(reader_.choice("answers", kPresets, 0));
      remember("answers", answers.preset);
      return;
    }
    Reader map(*node, reader_.path("answers"), reader_.problems());
    answers.preset = kPresets.at(map.choice("preset", kPresets, 0));
    for (const auto& [outcome, answer] : node->entries) {
      if (outcome == "preset") continue;
      const std::size_t code = map.choice(outcome, kAnswerCodes, 0);
      answers.entries.insert_or_assign(outcome, kAnswerCodes.at(code));
    }
    for (const auto& [outcome, answer] : node->entries) {
      origins_.push_back({map.path(outcome), describe(answer), origin_of(answer)});
    }
  }

  Reader reader_;
  const ListenerReading& reading_;
  std::vector<SettingOrigin>& origins_;
};

}  // namespace

std::vector<ReadListener> read_listeners(const Node* list, const ListenerSettings& defaults,
                                         const ListenerReading& reading) {
  Problems& problems = reading.rules.problems;
  std::vector<ReadListener> listeners;
  if (list == nullptr || list->kind == Node::Kind::kNull) {
    listeners.push_back({defaults, nullptr});
    return listeners;
  }
  if (list->kind != Node::Kind::kSequence || list->items.empty()) {
    const std::string found = list->items.empty() && list->kind == Node::Kind::kSequence
                                  ? std::string("an empty one")
                                  : describe(*list);
    problems.push_back(
        list->problem(fmt::format("listeners: expected a list of listeners, found {}", found)));
    return listeners;
  }
  if (list->items.size() > kListenersMax) {
    problems.push_back(list->problem(fmt::format("listeners: more than {}", kListenersMax)));
    return listeners;
  }
  for (std::size_t index = 0; index < list->items.size(); ++index) {
    const Node& node = list->items[index];
    ListenerReader reader(node, fmt::format("listeners[{}]", index), reading);
    listeners.push_back({reader.read(defaults), &node});
  }
  return listeners;
}

bool is_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > kNameBytesMax) return false;
  if (kNameLetters.find(text.front()) == std::string_view::npos) return false;
  for (const char c : text) {
    const bool mark = c == '.' || c == '_' || c == '-';
    if (!mark && kNameLetters.find(c) == std::string_view::npos) return false;
  }
  return true;
}

std::string origin_of(const Node& node) {
  if (!node.source) return {};
  return fmt::format("{}:{}", node.source->name(), node.line);
}

}  // namespace config
