#include "cli/store_command.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "base/try.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_object.hpp"
#include "cli/moment.hpp"
#include "cli/table.hpp"
#include "config/values.hpp"
#include "intake/fingerprint.hpp"
#include "server/open_cipher.hpp"
#include "store/sqlite/store_check.hpp"

namespace cli {
namespace {

using control::Answer;
using store::BackupPhase;
using store::SegmentState;

constexpr int kPollMs = 200;

// "1.5 GiB"
std::string render_size(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::string render_if_set(base::WallTime at) {
  return at == base::WallTime() ? "-" : render_moment(at);
}

std::string goes(const store::SegmentStats& segment) {
  if (segment.state == SegmentState::kHeld) {
    return fmt::format("when less is owed: {}", segment.owed_count);
  }
  if (segment.state == SegmentState::kDamaged) return "is set aside";
  return segment.goes_at ? render_moment(*segment.goes_at) : "-";
}

std::string ids_of(const store::SegmentStats& segment) {
  const bool is_empty = segment.last < segment.first;
  return is_empty ? "-" : fmt::format("{}-{}", segment.first.value, segment.last.value);
}

void print_segments(const store::StoreStats& stats) {
  Table table({"SEGMENT", "STATE", "MESSAGES", "NEWEST", "LOG", "PAYLOADS", "INDEX", "GOES"});
  for (const store::SegmentStats& each : stats.segments) {
    table.add({fmt::format("{}", each.number), std::string(to_string(each.state)), ids_of(each),
               render_if_set(each.newest_at), render_size(each.log_bytes),
               render_size(each.payload_bytes), render_size(each.index_bytes), goes(each)});
  }
  print_table(table);
}

void print_owed(const std::vector<control::Queue>& queues) {
  Table table({"OWED TO", "WAITING", "BYTES", "OLDEST", "DEAD LETTERS"});
  for (const control::Queue& queue : queues) {
    if (queue.waiting_count == 0 && queue.parked_count == 0) continue;
    table.add({queue.lane.connector, fmt::format("{}", queue.waiting_count),
               render_size(queue.waiting_bytes),
               queue.oldest ? fmt::format("{} of {}", queue.oldest->id.value,
                                          render_moment(queue.oldest->received_at))
                            : "-",
               fmt::format("{}", queue.parked_count)});
  }
  if (table.is_empty()) return;
  fmt::print("\n");
  print_table(table);
}

void print_sums(const store::StoreStats& stats) {
  fmt::print("\nsize           {}", render_size(stats.total_bytes));
  if (stats.bytes_max != 0) fmt::print(" of {}", render_size(stats.bytes_max));
  fmt::print("\n  lanes        {}\n  refused      {}\n", render_size(stats.lanes_bytes),
             render_size(stats.rejected_bytes));
  if (stats.known_bytes != 0) fmt::print("  duplicates   {}\n", render_size(stats.known_bytes));
  fmt::print("  still owed   {}, {} messages of {} segments that are gone\n",
             render_size(stats.kept_bytes), stats.kept_count, stats.gone_count);
  fmt::print("free           {}, unavailable below {}\n", render_size(stats.free_bytes),
             render_size(stats.min_free_bytes));
  fmt::print("kept           {}, refused messages {}\n",
             stats.retain == base::Duration::zero() ? "for ever" : config::to_string(stats.retain),
             config::to_string(stats.retain_rejected));
  for (const store::SetAside& each : stats.set_aside) {
    fmt::print("set aside      segment {} with messages {}-{}, at {}: could not be read\n",
               each.number, each.first.value, each.last.value, render_moment(each.at));
  }
  for (const std::uint32_t number : stats.missing) {
    fmt::print("missing        segment {}\n", number);
  }
}

JsonObject to_object(const store::SegmentStats& segment) {
  JsonObject object;
  object.add("segment", std::uint64_t{segment.number})
      .add("state", to_string(segment.state))
      .add("first", segment.first.value)
      .add("last", segment.last.value)
      .add("newest_at", render_if_set(segment.newest_at))
      .add("log_bytes", segment.log_bytes)
      .add("payload_bytes", segment.payload_bytes)
      .add("index_bytes", segment.index_bytes);
  if (segment.state == SegmentState::kHeld) object.add("owed", segment.owed_count);
  if (segment.goes_at) object.add("goes_at", render_moment(*segment.goes_at));
  return object;
}

JsonObject to_object(const control::Queue& queue) {
  JsonObject object;
  object.add("connector", queue.lane.connector)
      .add("waiting", queue.waiting_count)
      .add("bytes", queue.waiting_bytes)
      .add("dead_letters", queue.parked_count);
  if (queue.oldest) object.add("oldest", queue.oldest->id.value);
  if (queue.oldest) object.add("oldest_at", render_moment(queue.oldest->received_at));
  return object;
}

JsonObject to_object(const store::SetAside& segment) {
  JsonObject object;
  object.add("segment", std::uint64_t{segment.number})
      .add("first", segment.first.value)
      .add("last", segment.last.value)
      .add("at", render_moment(segment.at));
  return object;
}

template <class Values>
std::vector<JsonObject> to_objects(const Values& values) {
  std::vector<JsonObject> objects;
  for (const auto& each : values) objects.push_back(to_object(each));
  return objects;
}

std::string to_json_line(const store::StoreStats& stats,
                         const std::vector<control::Queue>& queues) {
  std::vector<JsonObject> missing;
  for (const std::uint32_t number : stats.missing) {
    missing.emplace_back().add("segment", std::uint64_t{number});
  }
  JsonObject object;
  object.add("segments", to_objects(stats.segments))
      .add("owed", to_objects(queues))
      .add("set_aside", to_objects(stats.set_aside))
      .add("missing", missing)
      .add("gone_segments", stats.gone_count)
      .add("kept_messages", stats.kept_count)
      .add("kept_bytes", stats.kept_bytes)
      .add("lanes_bytes", stats.lanes_bytes)
      .add("rejected_bytes", stats.rejected_bytes)
      .add("known_bytes", stats.known_bytes)
      .add("total_bytes", stats.total_bytes)
      .add("max_store_size", stats.bytes_max)
      .add("free_bytes", stats.free_bytes)
      .add("min_free", stats.min_free_bytes)
      .add("retain", config::to_string(stats.retain))
      .add("retain_rejected", config::to_string(stats.retain_rejected));
  return object.to_text() + "\n";
}

int tell_end(const store::BackupState& state, bool json) {
  if (state.phase == BackupPhase::kFailed) {
    fmt::print(stderr, "mllp-server: the backup failed: {}\n", state.error);
    return kExitFailed;
  }
  if (json) {
    JsonObject object;
    object.add("folder", state.folder)
        .add("last", state.last.value)
        .add("segments", state.segment_count)
        .add("copied_segments", state.copied_count)
        .add("copied_bytes", state.copied_bytes);
    fmt::print("{}\n", object.to_text());
    return kExitDone;
  }
  fmt::print("{}: all messages up to {}, {} segments, {} of them copied now ({})\n", state.folder,
             state.last.value, state.segment_count, state.copied_count,
             render_size(state.copied_bytes));
  return kExitDone;
}

std::string digest_of(base::ByteView octets) {
  const auto digest = intake::sha256(octets);
  return {digest.data(), digest.size()};
}

}  // namespace

Answer<int> show_store(control::Operations& operations, const KeeperOptions& options) {
  const store::StoreStats stats = TRY(operations.store_stats());
  const auto queues = TRY(operations.queues());
  if (options.json) {
    fmt::print("{}", to_json_line(stats, queues));
    return kExitDone;
  }
  print_segments(stats);
  print_owed(queues);
  print_sums(stats);
  return kExitDone;
}

Answer<int> back_up_store(control::Operations& operations, const KeeperOptions& options) {
  std::error_code wrong;
  const auto folder = std::filesystem::absolute(options.names.front(), wrong).lexically_normal();
  static_cast<void>(TRY(operations.begin_backup(folder.string())));
  for (;;) {
    const store::BackupState state = TRY(operations.backup_state());
    if (state.phase != BackupPhase::kRunning) return tell_end(state, options.json);
    static_cast<void>(::poll(nullptr, 0, kPollMs));
  }
}

int check_store_files(const config::Configuration& configuration, const KeeperOptions& options) {
  store::CheckOptions check;
  check.data_dir = options.names.empty() ? configuration.server.data_dir : options.names.front();
  if (!options.dry_run) check.sha256 = digest_of;
  auto cipher = server::open_cipher(configuration.server);
  if (!cipher) {
    fmt::print(stderr, "mllp-server: {}\n", cipher.error());
    return kExitFailed;
  }
  check.cipher = std::move(cipher).value();
  const auto report = store::check_store(check);
  if (!report) {
    fmt::print(stderr, "mllp-server: {}\n", to_string(report.error()));
    return kExitFailed;
  }
  for (const store::CheckFinding& each : report->findings) {
    fmt::print("{}: {}\n", each.file, each.what);
  }
  const std::uint64_t untold = report->finding_count - report->findings.size();
  if (untold > 0) fmt::print("and {} more\n", untold);
  fmt::print(
      "{}: {} segments, {} messages, {} compared, {} owed: {}\n", check.data_dir,
      report->segment_count, report->message_count, render_size(report->payload_bytes),
      report->owed_count,
      report->finding_count == 0 ? "whole" : fmt::format("{} faults", report->finding_count));
  return report->finding_count == 0 ? kExitDone : kExitFailed;
}

}  // namespace cli
