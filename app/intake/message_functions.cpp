#include "intake/message_functions.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "cel/collections.hpp"
#include "hl7/matches.hpp"
#include "hl7/path.hpp"
#include "intake/record_view.hpp"

namespace intake {
namespace {

using cel::Args;
using cel::Context;
using cel::Fault;
using cel::Value;

constexpr std::uint64_t kSegmentsForUnit = 4;  // passed over
constexpr std::uint64_t kOctetsForUnit = 64;   // searched for separators

MessageText& text_of(const Value& receiver) {
  return static_cast<const MessageObject&>(receiver.as_opaque()).text();
}

const SegmentObject& segment_of(const Value& receiver) {
  return static_cast<const SegmentObject&>(receiver.as_opaque());
}

// Octets of the segments that the path names.
std::size_t named_bytes(const hl7::Message& message, const hl7::Path& path) {
  if (!path.segment_repeat.is_all()) {
    const hl7::Segment* const segment =
        message.find(path.segment_name(), path.segment_repeat.first());
    return segment == nullptr ? 0 : segment->text.size();
  }
  std::size_t bytes = 0;
  for (const hl7::Segment& segment : message.segments()) {
    if (segment.name() == path.segment_name()) bytes += segment.text.size();
  }
  return bytes;
}

// What finding something in the message may take at most. An argument that is an error
// is priced as null.
std::uint64_t cost_in_message(Args args) {
  if (!args[0].is(cel::Kind::kOpaque) || !args[1].is(cel::Kind::kString)) return 1;
  const hl7::Message& message = text_of(args[0]).message();
  const auto path = hl7::parse_path(args[1].as_text());
  if (!path) return 1;
  return 1 + message.segments().size() / kSegmentsForUnit +
         named_bytes(message, *path) / kOctetsForUnit;
}

std::uint64_t cost_in_segment(Args args) {
  if (!args[0].is(cel::Kind::kOpaque)) return 1;
  return 1 + segment_of(args[0]).segment().text.size() / kOctetsForUnit;
}

// A list, one unit an item.
std::uint64_t cost_of_list(Args /*args*/, const Value& result) {
  return 10 + (result.is(cel::Kind::kList) ? cel::list_size(result) : 0);
}

std::string not_a_path(std::string_view text, const hl7::PathError& error) {
  return "'" + std::string(text) + "' is no path such as PID-3.1: at position " +
         std::to_string(error.text_index + 1) + " " + std::string(error.reason);
}

cel::Prepared prepare_path(Args args, const cel::ValueLimits& /*limits*/, const void* /*data*/) {
  if (!args[1].is(cel::Kind::kString)) return {};
  const auto path = hl7::parse_path(args[1].as_text());
  if (!path) return {nullptr, not_a_path(args[1].as_text(), path.error())};
  return {std::make_shared<const hl7::Path>(*path), {}};
}

cel::Prepared prepare_segment_name(Args args, const cel::ValueLimits& limits, const void* data) {
  cel::Prepared prepared = prepare_path(args, limits, data);
  if (prepared.object != nullptr && static_cast<const hl7::Path*>(prepared.object.get())->field) {
    prepared.fault = "a segment's name such as OBX is wanted here, '" +
                     std::string(args[1].as_text()) + "' names a field";
  }
  return prepared;
}

// `msg.has("PID-3")`, `msg.count("PID")`: where there is such a value, there is the segment.
bool shows_segment(Args args, std::string_view variable) {
  if (args.size() < 2 || !args[1].is(cel::Kind::kString)) return false;
  const auto path = hl7::parse_path(args[1].as_text());
  if (!path) return false;
  const auto shapes = all_record_shapes();
  return std::ranges::any_of(shapes, [&](const RecordShape* shape) {
    return shape->name == variable && shape->segment == path->segment_name();
  });
}

// The path of a call: prepared, or read now.
class PathOf {
 public:
  PathOf(const Context& context, Args args) {
    if (context.prepared() != nullptr) {
      path_ = static_cast<const hl7::Path*>(context.prepared());
      return;
    }
    const auto read = hl7::parse_path(args[1].as_text());
    if (!read) return;
    own_ = *read;
    path_ = &*own_;
  }

  [[nodiscard]] explicit operator bool() const noexcept { return path_ != nullptr; }

  [[nodiscard]] const hl7::Path& operator*() const noexcept { return *path_; }

  [[nodiscard]] const hl7::Path* operator->() const noexcept { return path_; }

 private:
  std::optional<hl7::Path> own_;
  const hl7::Path* path_ = nullptr;
};

Value bad_path(Context& context, Args args) {
  const Value text = context.copy_string("no path such as PID-3.1: " +
                                         std::string(args[1].as_text().substr(0, 80)));
  return text.is_error() ? text : context.fail(Fault::kInvalidArgument, text);
}

bool is_valued(std::string_view octets) { return !octets.empty() && !hl7::is_null(octets); }

const hl7::Segment* find(const hl7::Message& message, const hl7::Path& path) {
  return message.find(path.segment_name(), path.segment_repeat.first());
}

// How many repetitions a field has, or 1 for a place within one that is not empty.
std::size_t count_in(const hl7::Message& message, const hl7::Segment& segment,
                     const hl7::Path& path) {
  if (!path.field) return 1;
  const bool within = path.component || (path.repetition && !path.repetition->is_all());
  if (!within) return message.repetition_count(segment, *path.field);
  return message.get(segment, path).empty() ? 0 : 1;
}

Value get(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path) return bad_path(context, args);
  MessageText& text = text_of(args[0]);
  const hl7::Segment* const segment = find(text.message(), *path);
  if (segment == nullptr) return Value::string({});
  return text.read(*segment, *path, context.arena());
}

Value all(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path) return bad_path(context, args);
  MessageText& text = text_of(args[0]);
  cel::ListBuilder list(context.arena());
  for (const hl7::Match& match : hl7::Matches(text.message(), *path)) {
    if (list.size() == context.limits().items_max) return context.fail(Fault::kSizeLimit);
    const Value value = text.to_value(*match.segment, *path, match.value, context.arena());
    if (value.is_error()) return value;
    list.add(value);
  }
  return list.finish();
}

Value has(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path) return bad_path(context, args);
  const hl7::Message& message = text_of(args[0]).message();
  for (const hl7::Match& match : hl7::Matches(message, *path)) {
    if (is_valued(match.value)) return Value::boolean(true);
  }
  return Value::boolean(false);
}

Value is_null(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path) return bad_path(context, args);
  return Value::boolean(hl7::is_null(text_of(args[0]).message().get(*path)));
}

Value count(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path) return bad_path(context, args);
  const hl7::Message& message = text_of(args[0]).message();
  std::size_t count = 0;
  if (!path->field) {
    count = message.count(path->segment_name());
  } else if (path->segment_repeat.is_all()) {
    for (const hl7::Segment& segment : message.segments()) {
      if (segment.name() == path->segment_name()) count += count_in(message, segment, *path);
    }
  } else if (const hl7::Segment* const segment = find(message, *path)) {
    count = count_in(message, *segment, *path);
  }
  return Value::integer(static_cast<std::int64_t>(count));
}

Value segments(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path || path->field) return bad_path(context, args);
  MessageText& text = text_of(args[0]);
  cel::ListBuilder list(context.arena());
  for (const hl7::Segment& segment : text.message().segments()) {
    if (segment.name() != path->segment_name()) continue;
    if (list.size() == context.limits().items_max) return context.fail(Fault::kSizeLimit);
    void* const room = context.arena().allocate(sizeof(SegmentObject));
    if (room == nullptr) return context.fail(Fault::kMemoryLimit);
    list.add(Value::opaque(*new (room) SegmentObject(text, segment)));
  }
  return list.finish();
}

// Within one segment. A path of another segment finds nothing there.
bool is_elsewhere(const hl7::Segment& segment, const hl7::Path& path) {
  return segment.name() != path.segment_name();
}

Value segment_get(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path) return bad_path(context, args);
  const SegmentObject& here = segment_of(args[0]);
  if (is_elsewhere(here.segment(), *path)) return Value::string({});
  return here.text().read(here.segment(), *path, context.arena());
}

Value segment_all(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path) return bad_path(context, args);
  const SegmentObject& here = segment_of(args[0]);
  cel::ListBuilder list(context.arena());
  if (is_elsewhere(here.segment(), *path)) return list.finish();
  const hl7::Message& message = here.text().message();
  if (!path->repetition || !path->repetition->is_all()) {
    list.add(here.text().read(here.segment(), *path, context.arena()));
    return list.finish();
  }
  hl7::Cutter repetitions(message, message.field(here.segment(), *path->field),
                          message.delimiters().repetition);
  while (repetitions.next()) {
    if (list.size() == context.limits().items_max) return context.fail(Fault::kSizeLimit);
    const Value value = here.text().to_value(
        here.segment(), *path, message.part(repetitions.part(), *path), context.arena());
    if (value.is_error()) return value;
    list.add(value);
  }
  return list.finish();
}

Value segment_has(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path) return bad_path(context, args);
  const SegmentObject& here = segment_of(args[0]);
  return Value::boolean(!is_elsewhere(here.segment(), *path) &&
                        is_valued(here.text().message().get(here.segment(), *path)));
}

Value segment_is_null(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path) return bad_path(context, args);
  const SegmentObject& here = segment_of(args[0]);
  return Value::boolean(!is_elsewhere(here.segment(), *path) &&
                        hl7::is_null(here.text().message().get(here.segment(), *path)));
}

Value segment_count(Context& context, Args args) {
  const PathOf path(context, args);
  if (!path) return bad_path(context, args);
  const SegmentObject& here = segment_of(args[0]);
  const std::size_t count = is_elsewhere(here.segment(), *path)
                                ? 0
                                : count_in(here.text().message(), here.segment(), *path);
  return Value::integer(static_cast<std::int64_t>(count));
}

using cel::Form;

constexpr cel::Overload in_message(std::string_view id, std::string_view name,
                                   std::string_view signature, Value (*run)(Context&, Args)) {
  return {.id = id,
          .form = Form::kMember,
          .name = name,
          .signature = signature,
          .run = run,
          .cost = cost_in_message,
          .prepare = prepare_path};
}

constexpr cel::Overload in_segment(std::string_view id, std::string_view name,
                                   std::string_view signature, Value (*run)(Context&, Args)) {
  cel::Overload made = in_message(id, name, signature, run);
  made.cost = cost_in_segment;
  return made;
}

constexpr cel::Overload guarding(cel::Overload made) {
  made.guards = shows_segment;
  return made;
}

constexpr cel::Overload of_list(cel::Overload made) {
  made.result_cost = cost_of_list;
  return made;
}

constexpr cel::Overload kSegments = {
    .id = "hl7_message_segments",
    .form = Form::kMember,
    .name = "segments",
    .signature = "(hl7.Message, string) -> list(hl7.Segment)",
    .run = segments,
    .cost = cost_in_message,
    .result_cost = cost_of_list,
    .prepare = prepare_segment_name,
};

constexpr cel::Overload kFunctions[] = {
    in_message("hl7_message_get", "get", "(hl7.Message, string) -> string", get),
    of_list(in_message("hl7_message_all", "all", "(hl7.Message, string) -> list(string)", all)),
    guarding(in_message("hl7_message_has", "has", "(hl7.Message, string) -> bool", has)),
    guarding(
        in_message("hl7_message_is_null", "is_null", "(hl7.Message, string) -> bool", is_null)),
    guarding(in_message("hl7_message_count", "count", "(hl7.Message, string) -> int", count)),
    kSegments,
    in_segment("hl7_segment_get", "get", "(hl7.Segment, string) -> string", segment_get),
    of_list(
        in_segment("hl7_segment_all", "all", "(hl7.Segment, string) -> list(string)", segment_all)),
    in_segment("hl7_segment_has", "has", "(hl7.Segment, string) -> bool", segment_has),
    in_segment("hl7_segment_is_null", "is_null", "(hl7.Segment, string) -> bool", segment_is_null),
    in_segment("hl7_segment_count", "count", "(hl7.Segment, string) -> int", segment_count),
};

}  // namespace

std::span<const cel::Overload> message_functions() noexcept { return kFunctions; }

}  // namespace intake
