// fused_nodes.hpp: nodes that do at once what several would, for the forms that rules are made of.
//
// A fused node works on what is usual: a map that has the key, a string, a budget with room. For
// anything else it hands over to the general node that it stands for, before it has charged or done
// anything, so that results, errors and costs are always the general node's.
#pragma once

#include <cstdint>

#include "cel/collections.hpp"
#include "frame.hpp"

namespace cel {

// `name.key` or `name["key"]`, of a variable or a local.
struct FieldSource {
  bool is_local = false;
  std::uint32_t index = 0;
  std::uint32_t field = UINT32_MAX;  // of a record, or kNoField
  std::uint32_t cost = 2;
  std::uint64_t key_hash = 0;
  Value key;
};

struct FieldNode : Node {
  const Node* general = nullptr;
  FieldSource source;
};

[[nodiscard]] Value run_field(const Node& node, Frame& frame);

// A field compared with a constant string.
struct FieldEqualNode : Node {
  const Node* general = nullptr;
  FieldSource source;
  Value constant;
  std::uint64_t constant_size = 0;  // in code points
  bool is_negated = false;
};

[[nodiscard]] Value run_field_equal(const Node& node, Frame& frame);

// Membership in a list of constants. Strings and ints only, so that equality is that of keys.
struct InConstantsNode : Node {
  const Node* general = nullptr;
  const Node* needle = nullptr;
  const MapNode* constants = nullptr;
  std::uint64_t cost = 0;  // of making the list and of searching it
};

[[nodiscard]] Value run_in_constants(const Node& node, Frame& frame);

}  // namespace cel
