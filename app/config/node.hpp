// config/node.hpp: a YAML document as plain values that know where they stand.
//
// Nothing of the YAML library shows here; it ends in yaml.cpp. A Reader takes a
// mapping apart key by key and reports every key that nobody asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/problem.hpp"
#include "config/shape.hpp"

namespace config {

// The text a node came from; kept alive by its nodes for carets.
class Source {
 public:
  Source(std::string name, std::string text);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  // Line `number`, counted from 1, without its end; empty where there is none.
  [[nodiscard]] std::string_view line(int number) const noexcept;

  [[nodiscard]] int line_count() const noexcept { return static_cast<int>(line_offsets_.size()); }

  // Where a place is in text(); the text's size if there is no such place.
  [[nodiscard]] std::size_t offset(int line, int column) const noexcept;

  [[nodiscard]] Problem problem(int line, int column, std::string what) const;

 private:
  std::string name_;  // the path as it was given
  std::string text_;
  std::vector<std::size_t> line_offsets_;
};

struct Node {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMapping };
  struct Entry;

  Kind kind = Kind::kNull;
  bool quoted = false;         // a scalar written in quotes or as a block
  std::string text;            // of a scalar
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a mapping, in order
  int line = 0;                // from 1; a null stands where its key stands
  int column = 0;              // from 1, in octets
  int key_line = 0;            // of the key that leads to it; 0 outside of a mapping
  int key_column = 0;
  std::shared_ptr<const Source> source;

  [[nodiscard]] const Node* find(std::string_view key) const noexcept;
  [[nodiscard]] Problem problem(std::string what) const;  // at this node's place
  // At an octet of a scalar's text, wherever quotes, folds and indentation put it.
  [[nodiscard]] Problem problem_at(std::size_t offset, std::string what) const;
  [[nodiscard]] Problem key_problem(std::string what) const;  // at its key's place
};

struct Node::Entry {
  std::string key;
  Node value;
};

// "nothing", "a list", "a mapping", or the scalar's text made fit for a message.
[[nodiscard]] std::string describe(const Node& node);

inline constexpr std::size_t kYamlBytesMax = 4 * base::kMiB;
inline constexpr std::size_t kYamlDepthMax = 64;
inline constexpr std::size_t kYamlNodesMax = 100'000;  // with each alias written out

// One document of UTF-8 within the limits above. Duplicate keys, keys that are no
// scalars, tags, merge keys (`<<`), an alias inside of its own anchor and a second
// document are refused; an alias stands for a copy of its anchor and counts against
// the limits as such (no billion laughs). An empty document is a kNull node.
[[nodiscard]] base::Result<Node, Problems> parse_yaml(std::string name, std::string text);

// Takes a mapping apart. Every get names its key; finish() reports the rest, with
// the near miss if there is one. Getters never fail: they report a Problem and
// yield the default, so that one run finds all faults. Not thread-safe.
class Reader {
 public:
  // `where` is how messages name the mapping: "connectors[0]". `node` may be
  // kNull: then every key is absent. Both references outlive the Reader.
  Reader(const Node& node, std::string where, Problems& problems);

  [[nodiscard]] bool has(std::string_view key);
  [[nodiscard]] std::string text(std::string_view key, std::string_view otherwise);
  [[nodiscard]] std::string required_text(std::string_view key);  // also not empty
  [[nodiscard]] bool flag(std::string_view key, bool otherwise);
  [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t otherwise,
                                     std::uint64_t least, std::uint64_t most);
  [[nodiscard]] double decimal(std::string_view key, double otherwise, double least, double most);
  [[nodiscard]] std::uint64_t size(std::string_view key, std::uint64_t otherwise);  // 32MiB
  [[nodiscard]] base::Duration duration(std::string_view key, base::Duration otherwise);
  // The index of the text among `choices`.
  [[nodiscard]] std::size_t choice(std::string_view key, std::span<const std::string_view> choices,
                                   std::size_t otherwise);
  // The value itself, for a reader of its own; nullptr when absent.
  [[nodiscard]] const Node* child(std::string_view key);

  // A problem of one's own, at this key's value (or at the mapping).
  void report(std::string_view key, std::string_view text);

  // A value of this shape; none if the key is absent or its value is malformed.
  [[nodiscard]] std::optional<Value> value(std::string_view key, const Shape& shape);

  // Names that are refused with words of their own elsewhere, or read by another
  // Reader of the same mapping: finish() does not report them.
  void expect(std::string_view key);

  // How a message names a key of this mapping: "connectors[0].retry".
  [[nodiscard]] std::string path(std::string_view key) const;

  [[nodiscard]] const std::string& where() const noexcept { return where_; }

  [[nodiscard]] Problems& problems() noexcept { return problems_; }

  void finish();

 private:
  const Node* take(std::string_view key);

  // As value(), or `otherwise`.
  template <class T>
  T value_or(std::string_view key, const Shape& shape, T otherwise);

  const Node& node_;
  std::string where_;
  Problems& problems_;
  std::vector<std::string> known_;  // keys asked for
};

}  // namespace config
