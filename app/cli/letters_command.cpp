#include "cli/letters_command.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "base/try.hpp"
#include "cli/exit_code.hpp"
#include "cli/input_stream.hpp"
#include "cli/interrupt.hpp"
#include "cli/json_object.hpp"
#include "cli/keeper_text.hpp"
#include "cli/moment.hpp"
#include "cli/show_command.hpp"
#include "hl7/editor.hpp"

namespace cli {
namespace {

using control::Answer;
using control::Letter;
using control::LetterId;

TableStyle style_of_stdout() {
  return ::isatty(STDOUT_FILENO) == 1 ? TableStyle::kColumns : TableStyle::kTabs;
}

// Lets so many go in a second; the first at once.
class Pace {
 public:
  Pace(const base::Clock& clock, double rate)
      : clock_(clock), rate_(rate), start_(clock.steady_now()) {}

  // Waits for the next one's turn. False when the run was interrupted.
  bool wait() {
    if (rate_ <= 0.0) return !was_interrupted();
    const auto turn = start_ + std::chrono::duration_cast<base::Duration>(
                                   std::chrono::duration<double>(double(count_++) / rate_));
    while (!was_interrupted()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(turn - clock_.steady_now());
      if (left.count() <= 0) return true;
      const auto step = std::min<std::int64_t>(left.count(), 1000);
      static_cast<void>(::poll(nullptr, 0, static_cast<int>(step)));  // a signal ends it
    }
    return false;
  }

 private:
  const base::Clock& clock_;
  const double rate_;
  const base::SteadyTime start_;
  std::uint64_t count_ = 0;
};

class LettersRun {
 public:
  LettersRun(control::Operations& operations, const KeeperOptions& options,
             const base::Clock& clock, bool is_running)
      : operations_(operations), options_(options), clock_(clock), is_running_(is_running) {}

  Answer<int> list();
  Answer<int> show();
  Answer<int> replay();
  Answer<int> discard();
  Answer<int> edit();
  Answer<int> discarded();

 private:
  enum class Go : std::uint8_t { kOn, kEnd };

  [[nodiscard]] Answer<LetterId> to_id(const std::string& name) const;
  [[nodiscard]] Answer<control::LetterFilter> filter() const;
  [[nodiscard]] Answer<Letter> find(const LetterId& id);
  [[nodiscard]] Answer<std::string> octets_of(const LetterId& id);
  [[nodiscard]] Answer<std::string> corrected(const LetterId& id);
  template <class Visit>
  [[nodiscard]] Answer<base::Done> for_each_chosen(Visit visit);
  template <class Act>
  [[nodiscard]] Answer<int> decide(std::string_view done, Act act);
  [[nodiscard]] int dry_run_told(std::string_view done, std::size_t count) const;
  void print(Table& table, const Letter& letter) const;
  void print(const Table& table) const;

  control::Operations& operations_;
  const KeeperOptions& options_;
  const base::Clock& clock_;
  const bool is_running_;
};

void LettersRun::print(Table& table, const Letter& letter) const {
  if (options_.json) {
    fmt::print("{}", to_json_line(letter));
  } else {
    add_row(table, letter);
  }
}

void LettersRun::print(const Table& table) const {
  if (!table.is_empty()) fmt::print("{}", table.render(style_of_stdout()));
}

// ── Choosing ────────────────────────────────────────────────────────────────

Answer<LetterId> LettersRun::to_id(const std::string& name) const {
  auto id = control::parse_letter_id(name);
  if (!id) return base::fail(fmt::format("expected an ID such as lab/17, found {}", name));
  return *std::move(id);
}

// What is parked from now on is not meant: it may be what this run replays.
Answer<control::LetterFilter> LettersRun::filter() const {
  const KeeperFilter& given = options_.filter;
  const base::WallTime now = clock_.wall_now();
  control::LetterFilter filter;
  filter.connector = given.connector;
  if (!given.since.empty()) filter.since = parse_moment(given.since, now);
  filter.until = given.until.empty() ? now : parse_moment(given.until, now).value_or(now);
  filter.type = given.type;
  filter.control_id = given.control_id;
  filter.reason = given.reason;
  return filter;
}

Answer<Letter> LettersRun::find(const LetterId& id) {
  std::optional<LetterId> before;
  if (id.id.value > 1) before = LetterId{id.connector, {id.id.value - 1}};
  control::LetterFilter filter;
  filter.connector = id.connector;
  auto page = TRY(operations_.letters(filter, before, 1));
  if (page.letters.empty() || page.letters.front().entry.id != id.id) {
    return base::fail(fmt::format("{} is no dead letter", to_string(id)));
  }
  return std::move(page.letters.front());
}

// Calls visit(letters of one connector, in order) until it says kEnd.
template <class Visit>
Answer<base::Done> LettersRun::for_each_chosen(Visit visit) {
  if (!options_.names.empty()) {
    std::vector<LetterId> ids;
    for (const std::string& name : options_.names) ids.push_back(TRY(to_id(name)));
    std::ranges::sort(ids, [](const LetterId& a, const LetterId& b) {
      return std::tie(a.connector, a.id) < std::tie(b.connector, b.id);
    });
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    std::vector<Letter> letters;  // all of them, before anything is done
    for (const LetterId& id : ids) letters.push_back(TRY(find(id)));
    for (Letter& letter : letters) {
      if (TRY(visit(std::vector<Letter>{std::move(letter)})) == Go::kEnd) break;
    }
    return base::Done{};
  }
  const control::LetterFilter chosen = TRY(filter());
  std::optional<LetterId> after;
  do {
    control::LetterPage page = TRY(operations_.letters(chosen, after, control::kPageMax));
    after = std::move(page.after);
    for (auto at = page.letters.begin(); at != page.letters.end();) {
      const auto end = std::find_if(at, page.letters.end(), [&at](const Letter& each) {
        return each.connector != at->connector;
      });
      std::vector<Letter> group(std::make_move_iterator(at), std::make_move_iterator(end));
      at = end;
      if (TRY(visit(std::move(group))) == Go::kEnd) return base::Done{};
    }
  } while (after);
  return base::Done{};
}

// ── Looking ─────────────────────────────────────────────────────────────────

Answer<int> LettersRun::list() {
  const control::LetterFilter chosen = TRY(filter());
  std::optional<LetterId> after;
  if (!options_.after.empty()) after = TRY(to_id(options_.after));
  Table table = make_letter_table();
  std::uint64_t left = options_.limit;
  do {
    const auto count = std::min<std::uint64_t>(left, control::kPageMax);
    control::LetterPage page = TRY(operations_.letters(chosen, after, count));
    for (const Letter& letter : page.letters) print(table, letter);
    left -= page.letters.size();
    after = std::move(page.after);
  } while (after && left > 0);
  print(table);
  if (!after) return kExitDone;
  const control::LetterPage more = TRY(operations_.letters(chosen, after, 1));
  static_cast<void>(std::fflush(stdout));
  if (!more.letters.empty()) fmt::print(stderr, "more: --after {}\n", to_string(*after));
  return kExitDone;
}

Answer<std::string> LettersRun::octets_of(const LetterId& id) {
  const auto message = TRY(operations_.message(id.id));
  if (!message) return base::fail(fmt::format("the message of {} is not there", to_string(id)));
  return std::string(base::as_text(message->message));
}

Answer<int> LettersRun::show() {
  bool good = true;
  bool first = true;
  for (const std::string& name : options_.names) {
    const LetterId id = TRY(to_id(name));
    const Letter letter = TRY(find(id));
    const auto attempts = TRY(operations_.attempts(id));
    const std::string octets = TRY(octets_of(id));
    if (options_.json) {
      fmt::print("{}", to_json_line(letter, attempts, octets));
      continue;
    }
    if (!options_.raw) {
      fmt::print("{}{}\n", std::exchange(first, false) ? "" : "\n",
                 render_letter(letter, attempts));
    }
    good = show_message(base::as_bytes(octets), to_string(id), options_.raw) && good;
  }
  return good ? kExitDone : kExitFailed;
}

Answer<int> LettersRun::discarded() {
  std::vector<std::string> connectors = options_.names;
  if (connectors.empty()) {
    for (const control::Queue& queue : TRY(operations_.queues())) {
      connectors.push_back(queue.lane.connector);
    }
  }
  Table table = make_discarded_table();
  for (const std::string& connector : connectors) {
    for (store::EntryId after;;) {
      const auto page = TRY(operations_.discarded(connector, after, control::kPageMax));
      if (page.empty()) break;
      after = page.back().entry.id;
      for (const control::DiscardedLetter& each : page) {
        if (options_.json) fmt::print("{}", to_json_line(each));
        if (!options_.json) add_row(table, each);
      }
    }
  }
  print(table);
  return kExitDone;
}

// ── Deciding ────────────────────────────────────────────────────────────────

int LettersRun::dry_run_told(std::string_view done, std::size_t count) const {
  static_cast<void>(std::fflush(stdout));
  fmt::print(stderr, "{} dead letters would be {}; nothing was done\n", count, done);
  return kExitDone;
}

// `act` does it to some letters of one connector and says to how many.
template <class Act>
Answer<int> LettersRun::decide(std::string_view done, Act act) {
  Table table = make_letter_table();
  std::size_t chosen_count = 0;
  std::size_t done_count = 0;
  const auto visit = [&](std::vector<Letter> letters) -> Answer<Go> {
    chosen_count += letters.size();
    if (options_.dry_run) {
      for (const Letter& letter : letters) print(table, letter);
      return Go::kOn;
    }
    return act(letters, done_count);
  };
  const auto all = for_each_chosen(visit);
  if (options_.dry_run) {
    static_cast<void>(TRY(Answer<base::Done>(all)));
    print(table);
    return dry_run_told(done, chosen_count);
  }
  if (options_.json) {
    fmt::print("{}\n", JsonObject().add(done, std::uint64_t{done_count}).to_text());
  } else {
    fmt::print("{}: {}{}\n", done, done_count,
               is_running_ || done_count == 0 ? "" : " (in effect when the server starts)");
  }
  static_cast<void>(TRY(Answer<base::Done>(all)));
  return done_count == chosen_count && !was_interrupted() ? kExitDone : kExitFailed;
}

Answer<int> LettersRun::replay() {
  catch_interrupts();
  Pace pace(clock_, options_.rate);
  return decide("replayed",
                [&](const std::vector<Letter>& letters, std::size_t& count) -> Answer<Go> {
                  const std::string& connector = letters.front().connector;
                  const std::size_t step = options_.rate > 0.0 ? 1 : letters.size();
                  for (std::size_t at = 0; at < letters.size(); at += step) {
                    if (!pace.wait()) return Go::kEnd;
                    std::vector<store::EntryId> ids;
                    for (std::size_t index = at; index < at + step; ++index) {
                      ids.push_back(letters[index].entry.id);
                    }
                    count += TRY(operations_.replay(connector, ids));
                  }
                  return Go::kOn;
                });
}

Answer<int> LettersRun::discard() {
  return decide(
      "discarded", [&](const std::vector<Letter>& letters, std::size_t& count) -> Answer<Go> {
        std::vector<store::EntryId> ids;
        for (const Letter& letter : letters) ids.push_back(letter.entry.id);
        count += TRY(operations_.discard(letters.front().connector, ids, options_.reason));
        return Go::kOn;
      });
}

// The new version's octets. Of a file as the server would have received them: CR ends a line.
Answer<std::string> LettersRun::corrected(const LetterId& id) {
  if (!options_.file.empty()) {
    std::string text = TRY(read_input(options_.file));
    std::string octets;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const bool crlf = text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
      if (!crlf) octets += text[at] == '\n' ? '\r' : text[at];
    }
    return octets;
  }
  auto editor = hl7::Editor::open(base::as_bytes(TRY(octets_of(id))));
  if (!editor)
    return base::fail(fmt::format("it cannot be read: {}", to_string(editor.error().fault)));
  for (const std::string& edit : options_.edits) {
    const std::size_t equals = edit.find('=');
    const auto path = hl7::parse_path(edit.substr(0, equals));
    if (!path) return base::fail(fmt::format("expected PATH=VALUE, found {}", edit));
    const auto set = editor->set(*path, edit.substr(equals + 1));
    if (!set) {
      return base::fail(fmt::format("{}: {}", edit.substr(0, equals), to_string(set.error())));
    }
  }
  std::string octets;
  editor->append_to(octets);
  return octets;
}

Answer<int> LettersRun::edit() {
  const LetterId id = TRY(to_id(options_.names.front()));
  static_cast<void>(TRY(find(id)));
  const std::string octets = TRY(corrected(id));
  if (options_.dry_run) {
    const bool shown = show_message(base::as_bytes(octets), "new version", true);
    fmt::print(stderr, "{} would be replaced; nothing was done\n", to_string(id));
    return shown ? kExitDone : kExitFailed;
  }
  const store::EntryId stored = TRY(operations_.edit(id, base::as_bytes(octets)));
  if (options_.json) {
    JsonObject object;
    object.add("id", to_string(id)).add("replaced_by", stored.value);
    fmt::print("{}\n", object.to_text());
  } else {
    fmt::print("{} replaced by {}{}\n", to_string(id), stored.value,
               is_running_ ? "" : " (delivered when the server starts)");
  }
  return kExitDone;
}

}  // namespace

int run_letters(control::Operations& operations, const KeeperOptions& options,
                const base::Clock& clock, bool is_running) {
  LettersRun run(operations, options, clock, is_running);
  const auto code = [&]() -> Answer<int> {
    switch (options.act) {
      case KeeperAct::kLetter: return run.show();
      case KeeperAct::kReplay: return run.replay();
      case KeeperAct::kDiscard: return run.discard();
      case KeeperAct::kEdit: return run.edit();
      case KeeperAct::kDiscarded: return run.discarded();
      default: return run.list();
    }
  }();
  if (code) return *code;
  fmt::print(stderr, "mllp-server dead-letters: {}\n", code.error());
  return kExitFailed;
}

}  // namespace cli
