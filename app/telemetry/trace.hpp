// telemetry/trace.hpp: the way of a message as spans, for OpenTelemetry.
//
//   message ─┬─ frame     first octet to last, where it took several reads
//            ├─ parse
//            ├─ rules     where there are rules or filters
//            ├─ commit    handed to the store until durable
//            ├─ answer    judged until the answer was handed to the kernel
//            └─ delivery  each attempt of each connector
//
// A trace's id is the message's: whoever has one finds the other, and a delivery after a
// restart belongs to the same trace. Whether a message is traced follows from its id too.
// Until start_tracing() nothing is recorded, which costs one relaxed load.
//
// Thread-safe. Spans wait in one queue of bounded length; what finds no room is dropped
// and counted (mllp_otlp_spans_total). No span holds patient data: of a message it may tell
// the control id and the type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/uuid.hpp"

namespace telemetry {

enum class Stage : std::uint8_t { kMessage, kFrame, kParse, kRules, kCommit, kAnswer, kDelivery };

// "message", "frame", …
[[nodiscard]] std::string_view to_string(Stage stage) noexcept;

struct Attribute {
  std::string_view name;  // a constant
  std::variant<std::string, std::int64_t> value;
};

struct Span {
  base::Uuid trace;          // the message's id
  std::uint64_t id = 0;      // by span_id()
  std::uint64_t parent = 0;  // 0: it has none
  Stage stage = Stage::kMessage;
  std::int64_t begin_nanos = 0;  // since 1970
  std::int64_t end_nanos = 0;
  std::string error{};  // why it failed, for an operator; empty: it did not
  std::vector<Attribute> attributes{};
};

// Of a stage of a message; `number` tells several of one stage apart. Never 0.
[[nodiscard]] std::uint64_t span_id(const base::Uuid& message, Stage stage,
                                    std::uint64_t number = 0) noexcept;

// W3C's header: "00-<trace>-<span>-01".
[[nodiscard]] std::string traceparent_of(const base::Uuid& message, std::uint64_t span);

struct TraceSettings {
  double ratio = 1;  // of the messages that are traced, 0 to 1
  std::size_t queue_max = 2048;
};

// May be called again. stop_tracing() forgets what waits.
void start_tracing(const TraceSettings& settings);
void stop_tracing();

[[nodiscard]] bool is_tracing() noexcept;

// False where nothing is traced.
[[nodiscard]] bool is_traced(const base::Uuid& message) noexcept;

void record(std::vector<Span> spans);

// Those that wait, the oldest first, at most `count_max`.
[[nodiscard]] std::vector<Span> take_spans(std::size_t count_max);
[[nodiscard]] std::size_t waiting_span_count();

// Nanoseconds since 1970 of moments of the steady clock, as the two clocks stand now.
class WallScale {
 public:
  explicit WallScale(const base::Clock& clock) noexcept;

  [[nodiscard]] std::int64_t nanos(base::SteadyTime at) const noexcept;

 private:
  std::int64_t offset_;
};

}  // namespace telemetry
