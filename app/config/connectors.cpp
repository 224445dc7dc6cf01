#include "config/connectors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/listeners.hpp"
#include "config/shape.hpp"
#include "config/validation.hpp"

namespace config {
namespace {

constexpr std::size_t kConnectorsMax = 256;
constexpr std::uint64_t kBatchMax = 10'000;
constexpr std::uint64_t kLanesMax = 64;  // each is a thread and a connection
constexpr std::uint64_t kAttemptsMax = 1'000'000;
constexpr double kMultiplierMax = 100;
constexpr std::array<std::string_view, 3> kOnExhausted = {"dead_letter", "stop", "hold_key"};
constexpr std::string_view kHidden = "[hidden]";

constexpr std::array<std::string_view, 3> kOnFilterError = {"park", "skip", "deliver"};

constexpr std::array<std::string_view, 2> kOnFull = {"refuse", "park"};

// True for a key whose value must not be shown. A path to a secret is none.
bool is_secret_key(std::string_view key) {
  constexpr std::array<std::string_view, 5> kWords = {"password", "secret", "token", "dsn",
                                                      "credential"};
  if (key.ends_with("_file")) return false;
  return std::ranges::any_of(kWords,
                             [key](std::string_view word) { return key.find(word) != key.npos; });
}

// "amqp://user:password@host/" without what stands before the @.
std::string without_user(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == text.npos) return std::string(text);
  const std::size_t start = scheme + 3;
  const std::size_t at = text.substr(0, text.find('/', start)).rfind('@');
  if (at == text.npos || at < start) return std::string(text);
  return fmt::format("{}{}{}", text.substr(0, start), kHidden, text.substr(at));
}

// All scalars at and below a node, each with its path.
void list_scalars(const std::string& path, std::string_view key, const Node& node,
                  std::vector<SettingOrigin>& origins) {
  if (is_secret_key(key)) {
    origins.push_back({path, std::string(kHidden), origin_of(node)});
    return;
  }
  if (node.kind == Node::Kind::kScalar) {
    origins.push_back({path, without_user(node.text), origin_of(node)});
  }
  for (std::size_t index = 0; index < node.items.size(); ++index) {
    list_scalars(fmt::format("{}[{}]", path, index), "", node.items[index], origins);
  }
  for (const auto& [name, value] : node.entries) {
    list_scalars(fmt::format("{}.{}", path, shown(name)), name, value, origins);
  }
}

// Reads the common keys of one connector.
class ConnectorReader {
 public:
  ConnectorReader(const Node& node, std::string where, Problems& problems,
                  std::vector<SettingOrigin>& origins)
      : node_(node), reader_(node, std::move(where), problems), origins_(origins) {}

  ConnectorSettings read() {
    ConnectorSettings settings;
    settings.node = node_;
    if (node_.kind != Node::Kind::kMapping) {
      if (node_.kind == Node::Kind::kNull) static_cast<void>(reader_.required_text("name"));
      return settings;
    }
    read_name(settings);
    settings.type = reader_.required_text("type");
    remember("type", settings.type);
    settings.batch = reader_.number("batch", settings.batch, 1, kBatchMax);
    remember("batch", std::to_string(settings.batch));
    read_retry(settings.retry);
    read_routing(settings);
    read_backlog(settings.max_backlog);
    list_own_keys();
    return settings;
  }

 private:
  void remember(std::string_view key, std::string value) {
    const Node* const node = reader_.child(key);
    origins_.push_back({reader_.path(key), std::move(value),
                        node == nullptr ? std::string("default") : origin_of(*node)});
  }

  void read_name(ConnectorSettings& settings) {
    settings.name = reader_.required_text("name");
    if (!settings.name.empty() && !is_name(settings.name)) {
      reader_.report("name", fmt::format("expected {}, found {}", kNameRule, shown(settings.name)));
    }
    remember("name", settings.name);
  }

  void read_routing(ConnectorSettings& settings) {
    settings.filter = read_expression(reader_, "filter");
    if (settings.filter.is_given()) remember("filter", settings.filter.node.text);
    settings.order_by = read_expression(reader_, "order_by");
    if (settings.order_by.is_given()) remember("order_by", settings.order_by.node.text);
    read_lanes(settings);
    settings.on_filter_error =
        static_cast<OnFilterError>(reader_.choice("on_filter_error", kOnFilterError, 0));
    if (reader_.has("on_filter_error") && !reader_.has("filter")) {
      reader_.report("on_filter_error", "has no effect without a filter");
    }
  }

  void read_lanes(ConnectorSettings& settings) {
    settings.barrier = read_expression(reader_, "barrier");
    if (settings.barrier.is_given()) remember("barrier", settings.barrier.node.text);
    settings.lanes = reader_.number("lanes", settings.lanes, 1, kLanesMax);
    remember("lanes", std::to_string(settings.lanes));
    if (reader_.has("order_by")) return;
    if (settings.barrier.is_given()) reader_.report("barrier", "has no effect without order_by");
    if (settings.lanes > 1) {
      reader_.report("lanes",
                     "more than 1 needs order_by: without a key there is one order, "
                     "and it takes one lane to keep it");
    }
  }

  void read_retry(RetrySettings& retry) {
    static const Node nothing;
    const Node* const node = reader_.child("retry");
    Reader map(node == nullptr ? nothing : *node, reader_.path("retry"), reader_.problems());
    retry.initial = map.duration("initial", retry.initial);
    retry.multiplier = map.decimal("multiplier", retry.multiplier, 1, kMultiplierMax);
    retry.max = map.duration("max", retry.max);
    retry.jitter = map.decimal("jitter", retry.jitter, 0, 1);
    retry.max_age = map.duration("max_age", retry.max_age);
    retry.attempts = map.number("attempts", retry.attempts, 1, kAttemptsMax);
    retry.on_exhausted =
        static_cast<RetrySettings::OnExhausted>(map.choice("on_exhausted", kOnExhausted, 0));
    check_retry(retry, map);
    map.finish();
    remember_retry(retry, map);
  }

  static void check_retry(const RetrySettings& retry, Reader& map) {
    if (retry.initial <= base::Duration::zero()) {
      map.report("initial",
                 "expected more than 0: a target that is down would be tried without "
                 "a pause");
    }
    if (retry.initial > retry.max) {
      map.report(map.has("initial") ? "initial" : "max",
                 fmt::format("initial ({}) is longer than max ({})", to_string(retry.initial),
                             to_string(retry.max)));
    }
    if (retry.max_age > base::Duration::zero() && retry.max_age < retry.initial) {
      map.report("max_age", fmt::format("{} is shorter than initial ({}): no retry would be made",
                                        to_string(retry.max_age), to_string(retry.initial)));
    }
  }

  void remember_retry(const RetrySettings& retry, Reader& map) {
    const auto add = [this, &map](std::string_view key, std::string value) {
      remember_in(map, key, std::move(value));
    };
    add("initial", to_string(retry.initial));
    add("multiplier", fmt::format("{}", retry.multiplier));
    add("max", to_string(retry.max));
    add("jitter", fmt::format("{}", retry.jitter));
    add("max_age", to_string(retry.max_age));
    add("attempts", std::to_string(retry.attempts));
    add("on_exhausted", std::string(kOnExhausted.at(static_cast<std::size_t>(retry.on_exhausted))));
  }

  void read_backlog(BacklogSettings& backlog) {
    static const Node nothing;
    const Node* const node = reader_.child("max_backlog");
    Reader map(node == nullptr ? nothing : *node, reader_.path("max_backlog"), reader_.problems());
    backlog.messages = map.number("messages", backlog.messages, 0, kNoMost);
    backlog.bytes = map.size("bytes", backlog.bytes);
    backlog.on_full = static_cast<BacklogSettings::OnFull>(map.choice("on_full", kOnFull, 0));
    if (map.has("on_full") && backlog.messages == 0 && backlog.bytes == 0) {
      map.report("on_full", "has no effect without messages or bytes");
    }
    map.finish();
    remember_in(map, "messages", std::to_string(backlog.messages));
    remember_in(map, "bytes", std::to_string(backlog.bytes));
    remember_in(map, "on_full", std::string(kOnFull.at(static_cast<std::size_t>(backlog.on_full))));
  }

  void remember_in(Reader& map, std::string_view key, std::string value) {
    const Node* const node = map.child(key);
    origins_.push_back({map.path(key), std::move(value),
                        node == nullptr ? std::string("default") : origin_of(*node)});
  }

  void list_own_keys() {
    const std::vector<std::string>& common = common_connector_keys();
    for (const auto& [key, value] : node_.entries) {
      if (std::ranges::find(common, key) != common.end()) continue;
      list_scalars(reader_.path(shown(key)), key, value, origins_);
    }
  }

  const Node& node_;
  Reader reader_;
  std::vector<SettingOrigin>& origins_;
};

}  // namespace

std::vector<ConnectorSettings> read_connectors(const Node* list, Problems& problems,
                                               std::vector<SettingOrigin>& origins) {
  std::vector<ConnectorSettings> connectors;
  if (list == nullptr || list->kind == Node::Kind::kNull) return connectors;
  if (list->kind != Node::Kind::kSequence) {
    problems.push_back(list->problem(
        fmt::format("connectors: expected a list of connectors, found {}", describe(*list))));
    return connectors;
  }
  if (list->items.size() > kConnectorsMax) {
    problems.push_back(list->problem(fmt::format("connectors: more than {}", kConnectorsMax)));
    return connectors;
  }
  for (std::size_t index = 0; index < list->items.size(); ++index) {
    ConnectorReader reader(list->items[index], fmt::format("connectors[{}]", index), problems,
                           origins);
    connectors.push_back(reader.read());
  }
  return connectors;
}

const std::vector<std::string>& common_connector_keys() {
  static const auto* const keys = new std::vector<std::string>{
      "name",     "type",  "batch",       "retry",           "filter",
      "order_by", "lanes", "max_backlog", "on_filter_error", "barrier",
  };
  return *keys;
}

}  // namespace config
