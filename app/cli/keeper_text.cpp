#include "cli/keeper_text.hpp"

#include <fmt/format.h>

#include "cli/json_object.hpp"
#include "cli/moment.hpp"

namespace cli {
namespace {

constexpr std::size_t kCellMax = 80;
constexpr std::size_t kWordsMax = 2000;

std::string type_of(std::string_view type, std::string_view trigger) {
  std::string text(type);
  if (!trigger.empty()) text.append("^").append(trigger);
  return text;
}

std::string id_of(const control::Letter& letter) {
  return to_string(control::LetterId{letter.connector, letter.entry.id});
}

std::string or_dash(std::string text) { return text.empty() ? "-" : std::move(text); }

JsonObject to_object(const control::Letter& letter) {
  const store::ParkedEntry& entry = letter.entry;
  JsonObject object;
  object.add("id", id_of(letter))
      .add("connector", letter.connector)
      .add("entry", entry.id.value)
      .add("uuid", base::to_string(entry.message_id))
      .add("received_at", render_moment(entry.received_at))
      .add("parked_at", render_moment(entry.parked_at))
      .add("type", entry.type)
      .add("trigger", entry.trigger)
      .add("control_id", entry.control_id)
      .add("attempts", std::uint64_t{entry.attempts})
      .add("reason", entry.reason)
      .add("words", entry.words);
  return object;
}

JsonObject to_object(const store::Attempt& attempt) {
  JsonObject object;
  object.add("number", std::uint64_t{attempt.number})
      .add("at", render_moment(attempt.at))
      .add("reason", attempt.reason)
      .add("words", attempt.words);
  return object;
}

}  // namespace

// ── Rows ────────────────────────────────────────────────────────────────────

Table make_queue_table() {
  return Table({"CONNECTOR", "STATE", "WAITING", "BYTES", "OLDEST", "DEAD LETTERS", "TARGET",
                "LAST FAILURE"});
}

void add_row(Table& table, const control::Queue& queue, base::WallTime now) {
  table.add({queue.lane.connector, queue.lane.state, fmt::format("{}", queue.waiting_count),
             fmt::format("{}", queue.waiting_bytes),
             queue.oldest ? render_age(queue.oldest->received_at, now) : "-",
             fmt::format("{}", queue.parked_count), or_dash(to_cell(queue.lane.target, kCellMax)),
             or_dash(to_cell(queue.lane.last_failure, kCellMax))});
}

Table make_letter_table() {
  return Table({"ID", "PARKED", "TYPE", "CONTROL ID", "ATTEMPTS", "REASON"});
}

void add_row(Table& table, const control::Letter& letter) {
  const store::ParkedEntry& entry = letter.entry;
  table.add({id_of(letter), render_moment(entry.parked_at),
             or_dash(to_cell(type_of(entry.type, entry.trigger), kCellMax)),
             or_dash(to_cell(entry.control_id, kCellMax)), fmt::format("{}", entry.attempts),
             to_cell(entry.reason, kCellMax)});
}

Table make_discarded_table() {
  return Table({"ID", "DISCARDED", "REPLACED BY", "REASON", "FAILURE"});
}

void add_row(Table& table, const control::DiscardedLetter& letter) {
  const store::DiscardedEntry& entry = letter.entry;
  table.add({to_string(control::LetterId{letter.connector, entry.id}),
             render_moment(entry.discarded_at),
             entry.replaced_by.value == 0 ? "-" : fmt::format("{}", entry.replaced_by.value),
             to_cell(entry.reason, kCellMax), to_cell(entry.failure, kCellMax)});
}

// ── JSON ────────────────────────────────────────────────────────────────────

std::string to_json_line(const control::Queue& queue) {
  JsonObject object;
  object.add("connector", queue.lane.connector)
      .add("state", queue.lane.state)
      .add("waiting", queue.waiting_count)
      .add("waiting_bytes", queue.waiting_bytes)
      .add("dead_letters", queue.parked_count)
      .add("target", queue.lane.target)
      .add("last_failure", queue.lane.last_failure);
  if (queue.oldest) {
    object.add("oldest", queue.oldest->id.value)
        .add("oldest_received_at", render_moment(queue.oldest->received_at));
  }
  return object.to_text() + "\n";
}

std::string to_json_line(const control::Letter& letter) {
  return to_object(letter).to_text() + "\n";
}

std::string to_json_line(const control::DiscardedLetter& letter) {
  const store::DiscardedEntry& entry = letter.entry;
  JsonObject object;
  object.add("id", to_string(control::LetterId{letter.connector, entry.id}))
      .add("connector", letter.connector)
      .add("entry", entry.id.value)
      .add("discarded_at", render_moment(entry.discarded_at))
      .add("failure", entry.failure)
      .add("reason", entry.reason)
      .add("replaced_by", entry.replaced_by.value);
  return object.to_text() + "\n";
}

// Attempts are an array, which the flat object does not know: it stands in by itself.
std::string to_json_line(const control::Letter& letter, const std::vector<store::Attempt>& attempts,
                         std::string_view octets) {
  std::string array;
  for (const store::Attempt& attempt : attempts) {
    array += array.empty() ? "" : ",";
    array += to_object(attempt).to_text();
  }
  std::string object = to_object(letter).add("message", octets).to_text();
  object.pop_back();
  return object + ",\"tries\":[" + array + "]}\n";
}

std::string render_letter(const control::Letter& letter,
                          const std::vector<store::Attempt>& attempts) {
  const store::ParkedEntry& entry = letter.entry;
  std::string text = fmt::format("dead letter {}\n", id_of(letter));
  text += fmt::format("  received    {}\n", render_moment(entry.received_at));
  text += fmt::format("  parked      {}\n", render_moment(entry.parked_at));
  text += fmt::format("  type        {}\n", to_cell(type_of(entry.type, entry.trigger), kCellMax));
  text += fmt::format("  control id  {}\n", to_cell(entry.control_id, kCellMax));
  text += fmt::format("  id          {}\n", base::to_string(entry.message_id));
  text += fmt::format("  reason      {}\n", to_cell(entry.reason, kWordsMax));
  text += fmt::format("  attempts    {}\n", entry.attempts);
  for (const store::Attempt& attempt : attempts) {
    text += fmt::format("    {:>3}  {}  {}\n", attempt.number, render_moment(attempt.at),
                        to_cell(attempt.reason, kWordsMax));
    if (!attempt.words.empty())
      text += fmt::format("         {}\n", to_cell(attempt.words, kWordsMax));
  }
  return text;
}

}  // namespace cli
