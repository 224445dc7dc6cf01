// connect/module_abi.hpp: what crosses between the program and a connector's module.
//
// A module is a shared object with one entry, kEntryName, which yields a ModuleApi. Only
// plain structs, function pointers and views cross: no C++ object, no exception, no
// memory that the other side would have to free. A module whose build id is not the
// program's is refused, so the structs need no versions of their own; a module is never
// unloaded.
//
// Every view is valid for the call it is handed to, but build_id, which lives for ever.
// A sink may be called any number of times before the function it was given to returns.
//
// Threads: plans may be used by any; a connector by one at a time, but for stop().
#pragma once

#include <cstddef>
#include <cstdint>

namespace connectors::abi {

inline constexpr const char* kEntryName = "mllp_connector_v1";

struct Text {
  const char* data;
  std::size_t bytes;
};

// config::Node, flattened: the children of a sequence have no key.
struct Node {
  std::uint8_t kind;  // config::Node::Kind
  std::uint8_t quoted;
  std::int32_t line;
  std::int32_t column;
  std::int32_t key_line;
  std::int32_t key_column;
  Text key;
  Text text;
  const Node* children;
  std::size_t child_count;
};

// config::ConnectorSettings, as far as a type may look at it.
struct Settings {
  Text name;
  std::uint64_t batch;
  Node node;
};

struct Problem {
  std::int32_t line;
  std::int32_t column;
  Text text;
};

// connectors::Delivery.
struct Delivery {
  std::uint64_t entry;
  std::uint32_t attempt;
  std::uint8_t message_id[16];
  std::int64_t received_at_micros;  // since 1970
  Text control_id;
  Text type;
  Text trigger;
  Text message;
  Text traceparent;
};

enum class OutcomeKind : std::uint8_t { kDelivered, kFailed, kNotTried };

// connectors::Outcome.
struct Outcome {
  OutcomeKind kind;
  std::uint8_t what;               // FailureClass
  std::uint8_t blame;              // Blame
  std::int64_t retry_after_nanos;  // less than 0: not asked for
  Text reason;
  Text words;
};

struct ProblemSink {
  void* context;
  void (*add)(void* context, const Problem* problem) noexcept;
};

struct TextSink {
  void* context;
  void (*set)(void* context, Text text) noexcept;
};

struct OutcomeSink {
  void* context;
  void (*set)(void* context, std::size_t index, const Outcome* outcome) noexcept;
};

struct ModuleApi {
  const char* build_id;

  // Null after a problem. The plan lives until destroy_plan(), its connectors not longer.
  void* (*make_plan)(const Settings* settings, const ProblemSink* problems) noexcept;
  void (*destroy_plan)(void* plan) noexcept;
  void (*describe)(const void* plan, const TextSink* text) noexcept;

  void* (*open)(const void* plan) noexcept;
  void (*close)(void* connector) noexcept;
  std::size_t (*batch_max)(const void* connector) noexcept;

  // arm() before each deliver(): what stop() asked for before is forgotten.
  void (*arm)(void* connector) noexcept;
  void (*stop)(void* connector) noexcept;
  // What is not told of is kNotTried.
  void (*deliver)(void* connector, const Delivery* deliveries, std::size_t count,
                  const OutcomeSink* outcomes) noexcept;
};

using Entry = const ModuleApi* (*)();

}  // namespace connectors::abi
