// nodes.hpp: the parts of a plan, but for the fused ones.
//
// The `run` of each is in the file that is named above its group.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ast.hpp"
#include "frame.hpp"
#include "well_known.hpp"

namespace cel {

// ---- name_nodes.cpp

struct ConstantNode : Node {
  Value value;
};

[[nodiscard]] Value run_constant(const Node& node, Frame& frame);

// What was evaluated when planning; it costs what it did then.
struct FoldedNode : Node {
  Value value;
  std::uint64_t cost = 0;
};

[[nodiscard]] Value run_folded(const Node& node, Frame& frame);

// A variable, a local, or a slot of a block. `cost` is 0 where the model does not charge the name.
struct NameNode : Node {
  std::uint32_t index = 0;
  std::uint32_t cost = 1;
  Value name;
};

[[nodiscard]] Value run_variable(const Node& node, Frame& frame);
[[nodiscard]] Value run_local(const Node& node, Frame& frame);
[[nodiscard]] Value run_unknown_name(const Node& node, Frame& frame);

inline constexpr std::uint32_t kNoField = UINT32_MAX;

// `operand.key`, `operand[key]`, with and without `?`, and has().
struct SelectNode : Node {
  const Node* operand = nullptr;
  const Node* key_node = nullptr;  // null: the key is a constant
  Value key;
  std::uint32_t field = kNoField;  // of a record
  std::uint32_t base_cost = 0;     // beyond the unit of the key: 1 where a chain begins
};

[[nodiscard]] Value run_select(const Node& node, Frame& frame);
[[nodiscard]] Value run_select_optional(const Node& node, Frame& frame);
[[nodiscard]] Value run_test(const Node& node, Frame& frame);

// ---- operator_nodes.cpp

enum class CostMode : std::uint8_t {
  kUnit,
  kLesserSize,  // a tenth of the smaller one
  kSizes,       // a tenth of both
  kContainer,   // the elements of the list
};

struct UnaryNode : Node {
  const Node* operand = nullptr;
};

[[nodiscard]] Value run_not(const Node& node, Frame& frame);
[[nodiscard]] Value run_negate(const Node& node, Frame& frame);

struct BinaryNode : Node {
  const Node* left = nullptr;
  const Node* right = nullptr;
  Operator op = Operator::kNone;
  CostMode mode = CostMode::kUnit;
};

[[nodiscard]] Value run_arithmetic(const Node& node, Frame& frame);
[[nodiscard]] Value run_equal(const Node& node, Frame& frame);
[[nodiscard]] Value run_relation(const Node& node, Frame& frame);
[[nodiscard]] Value run_in(const Node& node, Frame& frame);

struct LogicNode : Node {
  std::span<const Node* const> terms;
};

[[nodiscard]] Value run_and(const Node& node, Frame& frame);
[[nodiscard]] Value run_or(const Node& node, Frame& frame);

struct ConditionalNode : Node {
  const Node* condition = nullptr;
  const Node* chosen = nullptr;
  const Node* other = nullptr;
};

[[nodiscard]] Value run_conditional(const Node& node, Frame& frame);

// ---- call_nodes.cpp

struct Candidate {
  Overload overload;
  std::span<const Kind> kinds;              // of the parameters; absent: any
  std::span<const std::string_view> names;  // of opaque types; empty: any
  const void* prepared = nullptr;
};

struct CallNode : Node {
  std::span<const Node* const> arguments;
  std::span<const Candidate> candidates;
  std::string_view name;
  bool is_priced = false;  // by its arguments: the checker knew which overload it is
};

[[nodiscard]] Value run_call(const Node& node, Frame& frame);
[[nodiscard]] Value run_call_unary(const Node& node, Frame& frame);
[[nodiscard]] Value run_call_binary(const Node& node, Frame& frame);

// `a.orValue(b)`, `a.or(b)`: the alternative is evaluated only when it is needed.
struct AlternativeNode : Node {
  const Node* optional = nullptr;
  const Node* alternative = nullptr;
};

[[nodiscard]] Value run_or_value(const Node& node, Frame& frame);
[[nodiscard]] Value run_or_optional(const Node& node, Frame& frame);

// ---- literal_nodes.cpp

struct ListElement {
  const Node* node = nullptr;
  bool is_optional = false;
};

struct ListLiteralNode : Node {
  std::span<const ListElement> elements;
};

[[nodiscard]] Value run_list(const Node& node, Frame& frame);

struct MapLiteralEntry {
  const Node* key = nullptr;
  const Node* value = nullptr;
  bool is_optional = false;
};

struct MapLiteralNode : Node {
  std::span<const MapLiteralEntry> entries;
};

[[nodiscard]] Value run_map(const Node& node, Frame& frame);

struct MessageField {
  std::string_view name;
  const Node* value = nullptr;
  bool is_optional = false;
};

struct MessageNode : Node {
  WellKnown message = WellKnown::kNone;
  std::string_view name;
  std::span<const MessageField> fields;
};

[[nodiscard]] Value run_message(const Node& node, Frame& frame);

// ---- fold_nodes.cpp

struct FoldNode : Node {
  const Node* range = nullptr;
  const Node* filter = nullptr;  // may be null
  const Node* body = nullptr;
  std::uint32_t slot = 0;  // of the first variable; the second is behind it
  FoldKind kind = FoldKind::kAll;
  bool has_two = false;
};

[[nodiscard]] Value run_all(const Node& node, Frame& frame);
[[nodiscard]] Value run_exists(const Node& node, Frame& frame);
[[nodiscard]] Value run_exists_one(const Node& node, Frame& frame);
[[nodiscard]] Value run_transform_list(const Node& node, Frame& frame);
[[nodiscard]] Value run_transform_map(const Node& node, Frame& frame);

struct BindNode : Node {
  const Node* value = nullptr;
  const Node* body = nullptr;
  std::uint32_t slot = 0;
  bool is_flat = false;  // optFlatMap
};

[[nodiscard]] Value run_bind(const Node& node, Frame& frame);
[[nodiscard]] Value run_optional_map(const Node& node, Frame& frame);

struct BlockNode : Node {
  std::uint32_t slot = 0;
  std::uint32_t slot_count = 0;
  const Node* body = nullptr;
};

[[nodiscard]] Value run_block(const Node& node, Frame& frame);

// A local that is evaluated when it is first read.
struct SlotNode : Node {
  std::uint32_t slot = 0;
  const Node* value = nullptr;
};

[[nodiscard]] Value run_slot(const Node& node, Frame& frame);

}  // namespace cel
