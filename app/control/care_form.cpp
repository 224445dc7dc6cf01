// What of the wire's form is about the store's files: see wire_form.hpp.
#include <charconv>
#include <string>
#include <vector>

#include "control/wire_form.hpp"

namespace control {
namespace {

// Durations are milliseconds.
std::uint64_t to_ms(base::Duration duration) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

base::Duration from_ms(std::uint64_t number) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(number));
}

// "3 17 24 1775217600000000": a segment, its first and last entry, and when it was set aside.
std::vector<std::string> to_texts(const std::vector<store::SetAside>& all) {
  std::vector<std::string> texts;
  for (const store::SetAside& each : all) {
    texts.push_back(std::to_string(each.number) + " " + std::to_string(each.first.value) + " " +
                    std::to_string(each.last.value) + " " +
                    std::to_string(each.at.time_since_epoch().count()));
  }
  return texts;
}

// Whole numbers with blanks between them; fewer where it is something else.
std::vector<std::uint64_t> numbers_in(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  while (!text.empty()) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  return numbers;
}

std::vector<store::SetAside> to_set_aside(Fields& fields) {
  std::vector<store::SetAside> all;
  for (const std::string& text : fields.texts("set_aside")) {
    const auto numbers = numbers_in(text);
    if (numbers.size() != 4) {
      fields.note("set_aside");
      continue;
    }
    const std::chrono::microseconds at(static_cast<std::int64_t>(numbers[3]));
    all.push_back(
        {static_cast<std::uint32_t>(numbers[0]), {numbers[1]}, {numbers[2]}, base::WallTime(at)});
  }
  return all;
}

std::vector<std::uint32_t> to_missing(Fields& fields) {
  std::vector<std::uint32_t> missing;
  for (const store::EntryId id : fields.ids("missing")) {
    missing.push_back(static_cast<std::uint32_t>(id.value));
  }
  return missing;
}

}  // namespace

Object to_json(const store::SegmentStats& segment) {
  Object object;
  put_number(object, "number", segment.number);
  put_text(object, "state", to_string(segment.state));
  put_number(object, "first", segment.first.value);
  put_number(object, "last", segment.last.value);
  put_time(object, "created_at", segment.created_at);
  put_time(object, "newest_at", segment.newest_at);
  put_number(object, "log_bytes", segment.log_bytes);
  put_number(object, "payload_bytes", segment.payload_bytes);
  put_number(object, "index_bytes", segment.index_bytes);
  put_number(object, "owed_count", segment.owed_count);
  if (segment.goes_at) put_time(object, "goes_at", *segment.goes_at);
  return object;
}

Object to_json(const store::StoreStats& stats) {
  Object object;
  put_texts(object, "set_aside", to_texts(stats.set_aside));
  std::vector<store::EntryId> missing;
  for (const std::uint32_t number : stats.missing) missing.push_back({number});
  put_ids(object, "missing", missing);
  put_number(object, "gone_count", stats.gone_count);
  put_number(object, "kept_count", stats.kept_count);
  put_number(object, "kept_bytes", stats.kept_bytes);
  put_number(object, "lanes_bytes", stats.lanes_bytes);
  put_number(object, "rejected_bytes", stats.rejected_bytes);
  put_number(object, "known_bytes", stats.known_bytes);
  put_number(object, "total_bytes", stats.total_bytes);
  put_number(object, "bytes_max", stats.bytes_max);
  put_number(object, "free_bytes", stats.free_bytes);
  put_number(object, "min_free_bytes", stats.min_free_bytes);
  put_number(object, "retain_ms", to_ms(stats.retain));
  put_number(object, "retain_rejected_ms", to_ms(stats.retain_rejected));
  return object;
}

Object to_json(const store::BackupState& state) {
  Object object;
  put_number(object, "phase", static_cast<std::uint64_t>(state.phase));
  put_text(object, "folder", state.folder);
  put_time(object, "begun_at", state.begun_at);
  put_number(object, "last", state.last.value);
  put_number(object, "copied_bytes", state.copied_bytes);
  put_number(object, "segment_count", state.segment_count);
  put_number(object, "copied_count", state.copied_count);
  put_text(object, "failure", state.error);
  return object;
}

store::SegmentStats to_segment(Fields& fields) {
  store::SegmentStats segment;
  segment.number = static_cast<std::uint32_t>(fields.number("number"));
  const auto state = store::parse_segment_state(fields.text("state"));
  if (!state) fields.note("state");
  segment.state = state.value_or(store::SegmentState::kClosed);
  segment.first = {fields.number("first")};
  segment.last = {fields.number("last")};
  segment.created_at = fields.time("created_at").value_or(base::WallTime());
  segment.newest_at = fields.time("newest_at").value_or(base::WallTime());
  segment.log_bytes = fields.number("log_bytes");
  segment.payload_bytes = fields.number("payload_bytes");
  segment.index_bytes = fields.number("index_bytes");
  segment.owed_count = fields.number("owed_count");
  segment.goes_at = fields.time("goes_at");
  return segment;
}

store::StoreStats to_stats(Fields& fields) {
  store::StoreStats stats;
  stats.set_aside = to_set_aside(fields);
  stats.missing = to_missing(fields);
  stats.gone_count = fields.number("gone_count");
  stats.kept_count = fields.number("kept_count");
  stats.kept_bytes = fields.number("kept_bytes");
  stats.lanes_bytes = fields.number("lanes_bytes");
  stats.rejected_bytes = fields.number("rejected_bytes");
  stats.known_bytes = fields.number("known_bytes");
  stats.total_bytes = fields.number("total_bytes");
  stats.bytes_max = fields.number("bytes_max");
  stats.free_bytes = fields.number("free_bytes");
  stats.min_free_bytes = fields.number("min_free_bytes");
  stats.retain = from_ms(fields.number("retain_ms"));
  stats.retain_rejected = from_ms(fields.number("retain_rejected_ms"));
  return stats;
}

store::BackupState to_backup_state(Fields& fields) {
  store::BackupState state;
  const std::uint64_t phase = fields.number("phase");
  if (phase > static_cast<std::uint64_t>(store::BackupPhase::kFailed)) fields.note("phase");
  state.phase = static_cast<store::BackupPhase>(phase);
  state.folder = fields.text("folder");
  state.begun_at = fields.time("begun_at").value_or(base::WallTime());
  state.last = {fields.number("last")};
  state.copied_bytes = fields.number("copied_bytes");
  state.segment_count = fields.number("segment_count");
  state.copied_count = fields.number("copied_count");
  state.error = fields.text("failure");
  return state;
}

Object to_json(const store::RekeyState& state) {
  Object object;
  put_number(object, "phase", static_cast<std::uint64_t>(state.phase));
  put_text(object, "key", state.key);
  put_time(object, "begun_at", state.begun_at);
  put_number(object, "total_count", state.total_count);
  put_number(object, "done_count", state.done_count);
  put_number(object, "copied_count", state.copied_count);
  put_text(object, "failure", state.error);
  return object;
}

store::RekeyState to_rekey_state(Fields& fields) {
  store::RekeyState state;
  const std::uint64_t phase = fields.number("phase");
  if (phase > static_cast<std::uint64_t>(store::RekeyPhase::kFailed)) fields.note("phase");
  state.phase = static_cast<store::RekeyPhase>(phase);
  state.key = fields.text("key");
  state.begun_at = fields.time("begun_at").value_or(base::WallTime());
  state.total_count = fields.number("total_count");
  state.done_count = fields.number("done_count");
  state.copied_count = fields.number("copied_count");
  state.error = fields.text("failure");
  return state;
}

}  // namespace control
