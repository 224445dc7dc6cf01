#include "cli/keeper_options.hpp"

#include <utility>

#include "cli/exit_code.hpp"
#include "cli/moment.hpp"
#include "store/archive.hpp"

namespace cli {
namespace {

std::string check_state(const std::string& text) {
  if (store::parse_message_state(text)) return {};
  return "expected rejected, unrouted, waiting, delivered, dead_letter or discarded, found " + text;
}

std::string check_key(const std::string& text) {
  if (store::parse_message_key(text)) return {};
  return "expected the ID of a message, as 17 or r5, found " + text;
}

std::string check_field(const std::string& text) {
  const std::size_t mark = text.find('=');
  const bool is_whole = mark != 0 && mark != std::string::npos && mark + 1 < text.size();
  return is_whole ? "" : "expected NAME=VALUE, found " + text;
}

// One verb at work: its parser, and what is filled in.
struct Verb {
  Parser parser;
  SettingOptions settings;
  KeeperOptions options;

  Verb(const char* name, const char* description, KeeperAct act) : parser(name, description) {
    options.act = act;
    settings.add_places_to(parser);
  }

  void add_json() { parser.add_flag("--json", options.json, "One JSON object a line"); }

  void add_filter() {
    KeeperFilter& filter = options.filter;
    parser.add_text("--connector NAME", filter.connector, nullptr, "Those of one connector");
    add_moments("--since TIME", "--until TIME");
    add_type();
    parser.add_text("--reason-has TEXT", filter.reason, nullptr,
                    "Those whose reason holds this text");
  }

  void add_moments(const char* from, const char* until) {
    parser.add_text(from, options.filter.since, check_moment,
                    "From then on: 2026-04-03, 2026-04-03T14:00 (UTC), or 2h ago as 2h");
    parser.add_text(until, options.filter.until, check_moment, "Before then");
  }

  void add_type() {
    parser.add_text("--type TYPE", options.filter.type, nullptr, "MSH-9, as ADT or ADT^A01");
    parser.add_text("--control-id ID", options.filter.control_id, nullptr, "MSH-10");
  }

  void add_message_filter() {
    KeeperFilter& filter = options.filter;
    add_type();
    parser.add_text("--patient ID", filter.patient, nullptr, "PID-3.1");
    parser.add_text("--sender NAME", filter.sender, nullptr,
                    "MSH-3, or with MSH-4 as 'LAB|CENTRAL'");
    add_moments("--from TIME", "--to TIME");
    parser.add_text("--answer CODE", filter.answer, nullptr, "What the sender was told, as AA");
    parser.add_text("--connector NAME", filter.connector, nullptr, "Owed to this connector");
    parser.add_text("--state STATE", filter.state, check_state,
                    "rejected, unrouted, waiting, delivered, dead_letter or discarded: at any "
                    "connector, or at that of --connector");
    parser.add_list("--field NAME=VALUE", filter.fields, check_field,
                    "An index field of one's own has this value; may be given again");
  }

  void add_ids(const char* description) { parser.add_words("ID", options.names, description); }

  Parsed finish() { return Command(KeeperCommand{settings.to_settings(), std::move(options)}); }
};

// What replay and discard have in common: ids, a filter or all, and nothing by mistake.
Parsed finish_choice(Verb& verb) {
  const KeeperOptions& options = verb.options;
  const int given =
      (options.names.empty() ? 0 : 1) + (options.filter.is_empty() ? 0 : 1) + (options.all ? 1 : 0);
  if (given == 0) return base::fail(verb.parser.refuse("name IDs, a filter, or --all"));
  if (given > 1) {
    return base::fail(verb.parser.refuse("IDs, filters and --all exclude each other"));
  }
  return verb.finish();
}

Parsed parse_list(const Words& words) {
  Verb verb("dead-letters list", "List dead letters, in order of arrival.", KeeperAct::kLetters);
  verb.add_filter();
  verb.parser.add_number("-n,--limit", verb.options.limit, {1, 1e9}, "At most so many");
  verb.parser.add_text("--after ID", verb.options.after, nullptr, "Go on behind this one");
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  return verb.finish();
}

Parsed parse_show_letter(const Words& words) {
  Verb verb("dead-letters show", "Show a dead letter: every attempt, and the message.",
            KeeperAct::kLetter);
  verb.add_ids("As `list` shows them, e.g. lab/17");
  verb.parser.add_flag("--raw", verb.options.raw, "Only the message, as received");
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  if (verb.options.names.empty()) return base::fail(verb.parser.refuse("name at least one ID"));
  if (verb.options.raw && verb.options.json) {
    return base::fail(verb.parser.refuse("--raw and --json exclude each other"));
  }
  return verb.finish();
}

Parsed parse_replay(const Words& words) {
  Verb verb("dead-letters replay", "Make dead letters due again, in their original order.",
            KeeperAct::kReplay);
  verb.add_ids("As `list` shows them, e.g. lab/17");
  verb.add_filter();
  verb.parser.add_flag("--all", verb.options.all, "Every dead letter");
  verb.parser.add_flag("--dry-run", verb.options.dry_run, "Show which, and do nothing");
  verb.parser.add_number("-r,--rate", verb.options.rate, {0.0, 1e9},
                         "At most so many a second; 0: no limit");
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  return finish_choice(verb);
}

Parsed parse_discard(const Words& words) {
  Verb verb("dead-letters discard", "End dead letters without delivering them.",
            KeeperAct::kDiscard);
  verb.add_ids("As `list` shows them, e.g. lab/17");
  verb.add_filter();
  verb.parser.add_flag("--all", verb.options.all, "Every dead letter");
  verb.parser.add_flag("--dry-run", verb.options.dry_run, "Show which, and do nothing");
  verb.parser.add_text("--reason TEXT", verb.options.reason, nullptr,
                       "Why; kept, so no patient data");
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  if (verb.options.reason.empty() && !verb.options.dry_run) {
    return base::fail(verb.parser.refuse("--reason is required"));
  }
  return finish_choice(verb);
}

// What stands before the first = must be a path.
std::string check_edit(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return "expected PATH=VALUE, found " + text;
  }
  return check_path(text.substr(0, equals));
}

Parsed parse_edit(const Words& words) {
  Verb verb("dead-letters edit", "Deliver a corrected version in place of a dead letter.",
            KeeperAct::kEdit);
  verb.add_ids("As `list` shows it, e.g. lab/17");
  verb.parser.add_list("--set PATH=VALUE", verb.options.edits, check_edit,
                       "Put a text at a place; may be given again");
  verb.parser.add_text("--file FILE", verb.options.file, nullptr,
                       "The whole corrected message; - is stdin");
  verb.parser.add_flag("--dry-run", verb.options.dry_run, "Show the new version, and do nothing");
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  if (verb.options.names.size() != 1) return base::fail(verb.parser.refuse("name one ID"));
  if (verb.options.edits.empty() == verb.options.file.empty()) {
    return base::fail(verb.parser.refuse("give --set or --file, and not both"));
  }
  return verb.finish();
}

Parsed parse_discarded(const Words& words) {
  Verb verb("dead-letters discarded", "List what was discarded or replaced, and why.",
            KeeperAct::kDiscarded);
  verb.parser.add_words("CONNECTOR", verb.options.names, "Whose; all without any");
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  return verb.finish();
}

struct SubVerb {
  std::string_view name;
  Parsed (*parse)(const Words& words);
};

template <std::size_t count>
Parsed parse_one_of(const char* verb, const char* description, const SubVerb (&known)[count],
                    const Words& words) {
  const std::string first = words.empty() ? "--help" : words.front();
  for (const SubVerb& each : known) {
    if (each.name == first) return each.parse(Words(words.begin() + 1, words.end()));
  }
  Parser parser(verb, description);
  if (auto early = parser.parse({first == "-h" ? "--help" : first})) {
    if (early->code == kExitDone) return base::fail(*std::move(early));
  }
  std::string names;
  for (const SubVerb& each : known) {
    names += names.empty() ? "" : &each == &known[count - 1] ? " or " : ", ";
    names += each.name;
  }
  return base::fail(parser.refuse("expected " + names));
}

Parsed parse_resume(const Words& words) {
  Verb verb("queues resume", "Make stopped or waiting lanes try at once.", KeeperAct::kResume);
  verb.parser.add_words("CONNECTOR", verb.options.names, "Whose lanes");
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  if (verb.options.names.empty()) {
    return base::fail(verb.parser.refuse("name at least one connector"));
  }
  return verb.finish();
}

Parsed parse_give_up(const Words& words) {
  Verb verb("queues give-up",
            "End what a connector is owed that is configured no more, dead letters included, "
            "without delivering it.",
            KeeperAct::kGiveUp);
  verb.parser.add_words("CONNECTOR", verb.options.names, "Whose queue");
  verb.parser.add_text("--reason TEXT", verb.options.reason, nullptr,
                       "Why; kept, so no patient data");
  verb.parser.add_flag("--yes", verb.options.is_sure, "Do it; without, only show how much it is");
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  if (verb.options.names.size() != 1) return base::fail(verb.parser.refuse("name one connector"));
  if (verb.options.reason.empty() && verb.options.is_sure) {
    return base::fail(verb.parser.refuse("--reason is required"));
  }
  return verb.finish();
}

Parsed parse_list_messages(const Words& words) {
  Verb verb("messages list", "List messages, newest first: accepted and refused.",
            KeeperAct::kMessages);
  verb.add_message_filter();
  verb.parser.add_number("-n,--limit", verb.options.limit, {1, 1e9}, "At most so many");
  verb.parser.add_text("--after ID", verb.options.after, check_key, "Go on behind this one");
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  return verb.finish();
}

Parsed parse_show_message(const Words& words) {
  Verb verb("messages show", "Show messages that are kept, with all that became of them.",
            KeeperAct::kMessage);
  verb.add_ids("As `list` shows them");
  verb.parser.add_flag("--raw", verb.options.raw,
                       "Only the message, as received, a segment on each line");
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  if (verb.options.names.empty()) return base::fail(verb.parser.refuse("name at least one ID"));
  if (verb.options.raw && verb.options.json) {
    return base::fail(verb.parser.refuse("--raw and --json exclude each other"));
  }
  for (const std::string& each : verb.options.names) {
    const std::string wrong = check_key(each);
    if (!wrong.empty()) return base::fail(verb.parser.refuse(wrong));
  }
  return verb.finish();
}

Parsed parse_store_stats(const Words& words) {
  Verb verb("store stats", "Show segments, sizes, what is owed to whom, what goes and when.",
            KeeperAct::kStoreStats);
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  return verb.finish();
}

Parsed parse_store_backup(const Words& words) {
  Verb verb("store backup",
            "Copy the store to a folder, also while messages arrive; what a backup in that folder "
            "has already is not copied again.",
            KeeperAct::kStoreBackup);
  verb.parser.add_words("FOLDER", verb.options.names, "Made where it is not there");
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  if (verb.options.names.size() != 1) return base::fail(verb.parser.refuse("name one folder"));
  return verb.finish();
}

Parsed parse_store_rekey(const Words& words) {
  Verb verb("store rekey",
            "Read ENCRYPTION_KEY_FILE again and encrypt all that is kept with its first key, also "
            "while messages arrive. Behind it the older keys may be taken out of the file.",
            KeeperAct::kStoreRekey);
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  return verb.finish();
}

Parsed parse_store_check(const Words& words) {
  Verb verb("store check",
            "Look whether a store is whole: structure, sums of the payloads, cursors.",
            KeeperAct::kStoreCheck);
  verb.parser.add_words("FOLDER", verb.options.names, "A store or a backup; without it DATA_DIR");
  verb.parser.add_flag("--quick", verb.options.dry_run, "Do not read payloads to compare sums");
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  if (verb.options.names.size() > 1) return base::fail(verb.parser.refuse("name one folder"));
  return verb.finish();
}

}  // namespace

Parsed parse_queues(const Words& words) {
  if (!words.empty() && words.front() == "resume") {
    return parse_resume(Words(words.begin() + 1, words.end()));
  }
  if (!words.empty() && words.front() == "give-up") {
    return parse_give_up(Words(words.begin() + 1, words.end()));
  }
  Verb verb("queues",
            "List the queue of every connector, also of those that are configured no more. "
            "`queues resume CONNECTOR` makes a stopped one try at once, `queues give-up CONNECTOR` "
            "ends what one that is not configured is owed.",
            KeeperAct::kQueues);
  verb.add_json();
  if (auto early = verb.parser.parse(words)) return base::fail(*std::move(early));
  return verb.finish();
}

Parsed parse_letters(const Words& words) {
  static constexpr SubVerb kKnown[] = {{"list", parse_list},     {"show", parse_show_letter},
                                       {"replay", parse_replay}, {"discard", parse_discard},
                                       {"edit", parse_edit},     {"discarded", parse_discarded}};
  return parse_one_of("dead-letters",
                      "Look at dead letters and decide about them: list, show, replay, "
                      "discard, edit, discarded.",
                      kKnown, words);
}

Parsed parse_messages(const Words& words) {
  static constexpr SubVerb kKnown[] = {{"list", parse_list_messages}, {"show", parse_show_message}};
  return parse_one_of("messages", "Look at the messages that are kept: list, show.", kKnown, words);
}

Parsed parse_store(const Words& words) {
  static constexpr SubVerb kKnown[] = {{"stats", parse_store_stats},
                                       {"backup", parse_store_backup},
                                       {"rekey", parse_store_rekey},
                                       {"check", parse_store_check}};
  return parse_one_of("store", "Look after the store: stats, backup, rekey, check.", kKnown, words);
}

}  // namespace cli
