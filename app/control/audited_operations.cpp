#include "control/audited_operations.hpp"

#include <utility>

#include "base/try.hpp"

namespace control {
namespace {

using audit::RecordText;

std::vector<std::string> names_of(const std::vector<store::EntryId>& ids) {
  std::vector<std::string> names;
  names.reserve(ids.size());
  for (const store::EntryId id : ids) names.push_back(std::to_string(id.value));
  return names;
}

void add_name(std::vector<std::string>& names, bool is_given, const char* name) {
  if (is_given) names.emplace_back(name);
}

// By what was searched, and not for what: the values may be a patient's.
std::vector<std::string> conditions_of(const store::Search& search) {
  std::vector<std::string> names;
  add_name(names, !search.control_id.empty(), "control_id");
  add_name(names, !search.patient.empty(), "patient");
  add_name(names, !search.type.empty(), "type");
  add_name(names, !search.sender.empty(), "sender");
  add_name(names, !search.answer.empty(), "answer");
  add_name(names, search.from.has_value(), "from");
  add_name(names, search.until.has_value(), "until");
  add_name(names, !search.connector.empty(), "connector");
  add_name(names, search.state.has_value(), "state");
  for (const store::FieldValue& each : search.fields) names.push_back("field:" + each.field);
  return names;
}

std::vector<std::string> found_in(const store::FoundPage& page) {
  std::vector<std::string> names;
  for (const store::Found& each : page.found) names.push_back(store::to_string(each.key));
  return names;
}

}  // namespace

RecordText AuditedOperations::begin(std::string_view kind, std::string_view what) const {
  RecordText record(kind, clock_.wall_now());
  record.add("what", what).add("by", caller_.way);
  record.add("uid", std::uint64_t{caller_.uid}).add("pid", static_cast<std::uint64_t>(caller_.pid));
  if (caller_.login_uid) record.add("login_uid", std::uint64_t{*caller_.login_uid});
  return record;
}

Answer<std::uint64_t> AuditedOperations::look(RecordText record) {
  auto recorded = journal_.record_now(std::move(record));
  if (!recorded) return base::fail(recorded.error() + ", so nothing is shown");
  return *recorded;
}

Answer<std::uint64_t> AuditedOperations::decide(RecordText record) {
  auto recorded = journal_.record_now(std::move(record));
  if (!recorded) return base::fail(recorded.error() + ", so nothing was done");
  return *recorded;
}

// ── Looking ─────────────────────────────────────────────────────────────────

// The words of targets may hold what stood in a message.
Answer<LetterPage> AuditedOperations::letters(const LetterFilter& filter,
                                              const std::optional<LetterId>& after,
                                              std::size_t count_max) {
  LetterPage page = TRY(operations_.letters(filter, after, count_max));
  if (page.letters.empty()) return page;
  std::vector<std::string> names;
  for (const Letter& each : page.letters) {
    names.push_back(to_string(LetterId{each.connector, each.entry.id}));
  }
  static_cast<void>(TRY(look(std::move(begin("look", "letters").add_list("letters", names)))));
  return page;
}

Answer<std::vector<store::Attempt>> AuditedOperations::attempts(const LetterId& id) {
  auto attempts = TRY(operations_.attempts(id));
  if (attempts.empty()) return attempts;
  static_cast<void>(TRY(look(std::move(begin("look", "attempts").add("letter", to_string(id))))));
  return attempts;
}

Answer<store::FoundPage> AuditedOperations::search(const store::Search& search,
                                                   const std::optional<store::MessageKey>& after,
                                                   std::size_t count_max) {
  store::FoundPage page = TRY(operations_.search(search, after, count_max));
  static_cast<void>(TRY(look(std::move(begin("look", "search")
                                           .add_list("conditions", conditions_of(search))
                                           .add_list("messages", found_in(page))))));
  return page;
}

Answer<std::optional<store::MessageRecord>> AuditedOperations::record(
    const store::MessageKey& key) {
  auto found = TRY(operations_.record(key));
  if (!found) return found;
  static_cast<void>(
      TRY(look(std::move(begin("look", "record").add("message", store::to_string(key))))));
  return found;
}

Answer<std::optional<store::StoredMessage>> AuditedOperations::message(store::EntryId id) {
  auto found = TRY(operations_.message(id));
  if (!found) return found;
  static_cast<void>(
      TRY(look(std::move(begin("look", "message").add("message", std::to_string(id.value))))));
  return found;
}

// ── Deciding ────────────────────────────────────────────────────────────────

Answer<std::uint64_t> AuditedOperations::decide_letters(std::string_view what,
                                                        const std::string& connector,
                                                        const std::vector<store::EntryId>& ids) {
  return decide(std::move(
      begin("decision", what).add("connector", connector).add_list("letters", names_of(ids))));
}

// The decision stands in the trail; that nothing came of it as well, if it can be written.
Answer<std::uint64_t> AuditedOperations::told_failed(std::uint64_t decision) {
  RecordText record("outcome", clock_.wall_now());
  record.add("of", decision).add_flag("failed", true);
  return journal_.record_now(std::move(record));
}

Answer<std::size_t> AuditedOperations::told_count(std::uint64_t decision, std::size_t asked,
                                                  Answer<std::size_t> done) {
  if (!done) {
    static_cast<void>(told_failed(decision));
  } else if (*done != asked) {
    RecordText record("outcome", clock_.wall_now());
    record.add("of", decision).add("done", std::uint64_t{*done});
    static_cast<void>(journal_.record_now(std::move(record)));
  }
  return done;
}

Answer<std::size_t> AuditedOperations::replay(const std::string& connector,
                                              const std::vector<store::EntryId>& ids) {
  const std::uint64_t decision = TRY(decide_letters("replay", connector, ids));
  return told_count(decision, ids.size(), operations_.replay(connector, ids));
}

Answer<std::size_t> AuditedOperations::discard(const std::string& connector,
                                               const std::vector<store::EntryId>& ids,
                                               const std::string& reason) {
  const std::uint64_t decision = TRY(decide_letters("discard", connector, ids));
  return told_count(decision, ids.size(), operations_.discard(connector, ids, reason));
}

// What it was owed is known only when it has been ended.
Answer<GivenUp> AuditedOperations::give_up(const std::string& connector,
                                           const std::string& reason) {
  const std::uint64_t decision =
      TRY(decide(std::move(begin("decision", "give_up").add("connector", connector))));
  auto ended = operations_.give_up(connector, reason);
  if (!ended) {
    static_cast<void>(told_failed(decision));
    return ended;
  }
  RecordText record("outcome", clock_.wall_now());
  record.add("of", decision).add("done", std::uint64_t{ended->count()});
  record.add_list("messages", names_of(ended->waiting));
  record.add_list("letters", names_of(ended->letters));
  static_cast<void>(journal_.record_now(std::move(record)));
  return ended;
}

// The new version is a message of its own in the log, and in the trail.
Answer<store::EntryId> AuditedOperations::edit(const LetterId& id, base::ByteView octets) {
  const std::uint64_t decision =
      TRY(decide(std::move(begin("decision", "edit").add("letter", to_string(id)))));
  auto stored = operations_.edit(id, octets);
  if (!stored) {
    static_cast<void>(told_failed(decision));
    return stored;
  }
  RecordText record("outcome", clock_.wall_now());
  record.add("of", decision).add("replaced_by", stored->value);
  static_cast<void>(journal_.record_now(std::move(record)));
  return stored;
}

Answer<base::Done> AuditedOperations::resume(const std::string& connector) {
  const std::uint64_t decision =
      TRY(decide(std::move(begin("decision", "resume").add("connector", connector))));
  auto done = operations_.resume(connector);
  if (!done) static_cast<void>(told_failed(decision));
  return done;
}

// A copy of all that there is to see.
Answer<base::Done> AuditedOperations::begin_backup(const std::string& folder) {
  const std::uint64_t decision =
      TRY(decide(std::move(begin("decision", "backup").add("folder", folder))));
  auto begun = operations_.begin_backup(folder);
  if (!begun) static_cast<void>(told_failed(decision));
  return begun;
}

Answer<base::Done> AuditedOperations::begin_rekey() {
  const std::uint64_t decision = TRY(decide(begin("decision", "rekey")));
  auto begun = operations_.begin_rekey();
  if (!begun) static_cast<void>(told_failed(decision));
  return begun;
}

}  // namespace control
