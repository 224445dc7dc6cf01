#include "config/node.hpp"

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "base/check.hpp"
#include "telemetry/utf8.hpp"

namespace config {
namespace {

constexpr std::size_t kTextBytesMax = 4 * kYamlBytesMax;  // of all scalars, aliases written out

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What a node and all below it come to.
struct Extent {
  std::size_t node_count = 0;
  std::size_t text_bytes = 0;
  std::size_t level_count = 0;
};

Extent measure(const Node& node) {
  Extent all{1, node.text.size(), 1};
  const auto add = [&all](const Node& below) {
    const Extent extent = measure(below);
    all.node_count += extent.node_count;
    all.text_bytes += extent.text_bytes;
    all.level_count = std::max(all.level_count, extent.level_count + 1);
  };
  for (const Node& item : node.items) add(item);
  for (const auto& [key, value] : node.entries) {
    all.text_bytes += key.size();
    add(value);
  }
  return all;
}

// True if the quoted text that begins at `at` is closed. The library takes the end
// of the document for a closing quote, and the keys below it for part of the text.
bool is_closed(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t next = at + 1; next < text.size(); ++next) {
    if (quote == '"' && text[next] == '\\') {
      ++next;  // and what it escapes
      continue;
    }
    if (text[next] != quote) continue;
    const bool doubled = quote == '\'' && text.substr(next + 1, 1) == "'";
    if (!doubled) return true;
    ++next;
  }
  return false;
}

// Puts the nodes together as the library reads them. After a fault that leaves no
// sense in the rest it builds no further.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::shared_ptr<const Source> source, Problems& problems)
      : source_(std::move(source)), problems_(problems) {}

  [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }

  [[nodiscard]] Node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add_leaf(make_node(Node::Kind::kNull, mark), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!check_tag(mark, tag) || (tag == "!" && !check_closed(mark))) return;
    Node node = make_node(Node::Kind::kScalar, mark);
    node.quoted = tag == "!";
    node.text = value;
    add_leaf(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (gave_up_) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return give_up(mark, "an alias inside of its own anchor");
    if (!fits(mark, measure(found->second))) return;
    add(found->second);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::kSequence, mark, tag, anchor);
  }

  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::kMapping, mark, tag, anchor);
  }

  void OnMapEnd() override { close(); }

 private:
  // A list or mapping whose end is still to come.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::optional<Node> key;  // read, its value is not
    std::set<std::string> seen_keys;
  };

  [[nodiscard]] Node make_node(Node::Kind kind, const YAML::Mark& mark) const {
    Node node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    node.source = source_;
    return node;
  }

  void give_up(const YAML::Mark& mark, std::string_view what) {
    if (!gave_up_)
      problems_.push_back(make_node(Node::Kind::kNull, mark).problem(std::string(what)));
    gave_up_ = true;
  }

  // "" "?" and "!" are what the library calls a plain or a quoted value.
  bool check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") give_up(mark, "tags are not supported here");
    return !gave_up_;
  }

  bool check_closed(const YAML::Mark& mark) {
    std::size_t at = source_->offset(mark.line + 1, mark.column + 1);
    const std::string_view text = source_->text();
    if (text.substr(at, 1) == "&") {  // the quote stands behind the anchor
      at = text.find_first_not_of(kBlanks, text.find_first_of(kBlanks, at));
    }
    if (at >= text.size()) return true;
    const bool quote = text[at] == '"' || text[at] == '\'';
    if (quote && !is_closed(text, at)) give_up(mark, "a quote that is never closed");
    return !gave_up_;
  }

  // Counts what is to be added; false if it is too much.
  bool fits(const YAML::Mark& mark, const Extent& extent) {
    node_count_ += extent.node_count;
    text_bytes_ += extent.text_bytes;
    if (open_.size() + extent.level_count > kYamlDepthMax) {
      give_up(mark, fmt::format("nested deeper than {} levels", kYamlDepthMax));
    } else if (node_count_ > kYamlNodesMax) {
      give_up(mark, fmt::format("more than {} values, aliases written out", kYamlNodesMax));
    } else if (text_bytes_ > kTextBytesMax) {
      give_up(mark, fmt::format("more than {} octets of text, aliases written out", kTextBytesMax));
    }
    return !gave_up_;
  }

  void add_leaf(Node node, YAML::anchor_t anchor) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    mark.column = node.column - 1;
    if (!fits(mark, Extent{1, node.text.size(), 1})) return;
    remember(anchor, node);
    add(std::move(node));
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    if (!check_tag(mark, tag) || !fits(mark, Extent{1, 0, 1})) return;
    open_.push_back({make_node(kind, mark), anchor, std::nullopt, {}});
  }

  void close() {
    if (gave_up_) return;
    CHECK(!open_.empty());
    Open done = std::move(open_.back());
    open_.pop_back();
    remember(done.anchor, done.node);
    add(std::move(done.node));
  }

  // An anchor's copy is memory, too, so it counts.
  void remember(YAML::anchor_t anchor, const Node& node) {
    if (anchor == 0) return;
    const Extent extent = measure(node);
    node_count_ += extent.node_count;
    text_bytes_ += extent.text_bytes;
    anchors_.insert_or_assign(anchor, node);
  }

  void add(Node node) {
    if (gave_up_) return;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Node::Kind::kSequence) {
      node.key_line = node.key_column = 0;
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      take_key(parent, std::move(node));
    } else {
      add_entry(parent, std::move(node));
    }
  }

  void take_key(Open& parent, Node key) {
    if (key.kind != Node::Kind::kScalar) {
      problems_.push_back(
          key.problem(fmt::format("expected a key that is a text, found {}", describe(key))));
      gave_up_ = true;
      return;
    }
    if (key.text == "<<" && !key.quoted) {
      problems_.push_back(key.problem("merge keys (<<) are not supported here"));
    } else if (!parent.seen_keys.insert(key.text).second) {
      problems_.push_back(key.problem(fmt::format("key {} is given twice", shown(key.text))));
    }
    parent.key = std::move(key);
  }

  static void add_entry(Open& parent, Node value) {
    value.key_line = parent.key->line;
    value.key_column = parent.key->column;
    if (value.kind == Node::Kind::kNull) {
      value.line = value.key_line;
      value.column = value.key_column;
    }
    parent.node.entries.push_back({std::move(parent.key->text), std::move(value)});
    parent.key.reset();
  }

  std::shared_ptr<const Source> source_;
  Problems& problems_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t node_count_ = 0;
  std::size_t text_bytes_ = 0;
  bool gave_up_ = false;
};

// Where a document starts, and nothing of what is in it.
class Starts final : public YAML::EventHandler {
 public:
  [[nodiscard]] const YAML::Mark& mark() const noexcept { return mark_; }

  void OnDocumentStart(const YAML::Mark& mark) override { mark_ = mark; }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}

  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}

  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}

  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}

  void OnSequenceEnd() override {}

  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}

  void OnMapEnd() override {}

 private:
  YAML::Mark mark_;
};

// YAML is text: UTF-8 without control characters but tab and line ends.
std::optional<Problem> check_text(const Source& source) {
  int line = 1;
  int column = 1;
  std::string_view rest = source.text();
  while (!rest.empty()) {
    const std::size_t bytes = telemetry::utf8_char_bytes(rest);
    if (bytes == 0) return source.problem(line, column, "not valid UTF-8");
    const char first = rest.front();
    const bool allowed = first == '\t' || first == '\n' || first == '\r';
    if (!allowed && telemetry::is_control(rest.substr(0, bytes))) {
      return source.problem(line, column, "a control character");
    }
    rest.remove_prefix(bytes);
    column = first == '\n' ? 1 : column + static_cast<int>(bytes);
    if (first == '\n') ++line;
  }
  return std::nullopt;
}

Problem not_yaml(const Source& source, const YAML::Exception& error) {
  std::string text = fmt::format("not valid YAML: {}", error.msg);
  if (error.mark.is_null()) return source.problem(0, 0, text);
  const int line = error.mark.line + 1;
  const std::string_view indentation =
      source.line(line).substr(0, source.line(line).find_first_not_of(" \t"));
  if (indentation.find('\t') != std::string_view::npos) text += " (indent with blanks, not tabs)";
  return source.problem(line, error.mark.column + 1, std::move(text));
}

// The library's exceptions end here.
void build(const Source& source, Builder& builder, Problems& problems) {
  try {
    std::istringstream stream(source.text());
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder) || builder.gave_up()) return;
    Starts more;
    if (!parser.HandleNextDocument(more)) return;
    problems.push_back(source.problem(more.mark().line + 1, more.mark().column + 1,
                                      "expected the end of the document"));
  } catch (const YAML::Exception& error) {
    if (!builder.gave_up()) problems.push_back(not_yaml(source, error));
  }
}

}  // namespace

base::Result<Node, Problems> parse_yaml(std::string name, std::string text) {
  if (text.size() > kYamlBytesMax) {
    return base::fail(Problems{
        Problem{std::move(name), 0, 0, fmt::format("over {}", size_to_string(kYamlBytesMax)), ""}});
  }
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  const auto source = std::make_shared<const Source>(std::move(name), std::move(text));
  if (auto problem = check_text(*source)) return base::fail(Problems{std::move(*problem)});
  Problems problems;
  Builder builder(source, problems);
  build(*source, builder, problems);
  if (!problems.empty()) return base::fail(std::move(problems));
  Node root = builder.take_root();
  root.source = source;
  return root;
}

}  // namespace config
