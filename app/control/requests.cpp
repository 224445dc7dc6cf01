#include "control/requests.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/try.hpp"
#include "control/wire_form.hpp"
#include "telemetry/log.hpp"

namespace control {
namespace {

using telemetry::Level;

void add_line(std::string& lines, const Object& object) {
  lines += boost::json::serialize(object);
  lines += '\n';
}

template <class Values>
void add_all(std::string& lines, const Values& values) {
  for (const auto& each : values) add_line(lines, to_json(each));
}

// One request at work: reads its members, adds lines, fills in the end.
class Request {
 public:
  Request(const Object& object, Operations& operations)
      : object_(object), fields_(object), operations_(operations) {}

  // The answer without its last line, whose members are left in end().
  Answer<std::string> run() {
    const std::string op = fields_.text("op");
    if (op == kOpQueues) return queues();
    if (op == kOpLetters) return letters();
    if (op == kOpAttempts) return attempts();
    if (op == kOpDiscarded) return discarded();
    if (op == kOpReplay) return replay();
    if (op == kOpDiscard) return discard();
    if (op == kOpGiveUp) return give_up();
    if (op == kOpEdit) return edit();
    if (op == kOpResume) return resume();
    if (op == kOpSearch) return search();
    if (op == kOpRecord) return record();
    if (op == kOpMessage) return message();
    if (op == kOpStoreStats) return store_stats();
    if (op == kOpBackup) return backup();
    if (op == kOpBackupState) return backup_state();
    if (op == kOpRekey) return rekey();
    if (op == kOpRekeyState) return rekey_state();
    return base::fail(std::string("unknown op"));
  }

  [[nodiscard]] const Object& end() const noexcept { return end_; }

 private:
  [[nodiscard]] Answer<base::Done> check(const Fields& fields) const {
    if (fields.fault().empty()) return base::Done{};
    return base::fail("not understood: " + fields.fault());
  }

  [[nodiscard]] Answer<LetterId> letter_id() {
    auto id = fields_.letter_id("id");
    static_cast<void>(TRY(check(fields_)));
    if (!id) return base::fail(std::string("not understood: id"));
    return *std::move(id);
  }

  Answer<std::string> queues() {
    std::string lines;
    add_all(lines, TRY(operations_.queues()));
    return lines;
  }

  Answer<std::string> letters() {
    const auto* const given = object_.if_contains("filter");
    const Object none;
    const auto* const filter_object = given == nullptr ? &none : given->if_object();
    if (filter_object == nullptr) return base::fail(std::string("not understood: filter"));
    Fields filter_fields(*filter_object);
    const LetterFilter filter = to_filter(filter_fields);
    static_cast<void>(TRY(check(filter_fields)));
    const auto after = fields_.letter_id("after");
    const std::uint64_t count = fields_.number("count");
    static_cast<void>(TRY(check(fields_)));
    const LetterPage page = TRY(operations_.letters(filter, after, count));
    if (page.after) put_text(end_, "after", to_string(*page.after));
    std::string lines;
    add_all(lines, page.letters);
    return lines;
  }

  Answer<std::string> attempts() {
    const LetterId id = TRY(letter_id());
    std::string lines;
    add_all(lines, TRY(operations_.attempts(id)));
    return lines;
  }

  Answer<std::string> discarded() {
    const std::string connector = fields_.text("connector");
    const store::EntryId after{fields_.number("after")};
    const std::uint64_t count = fields_.number("count");
    static_cast<void>(TRY(check(fields_)));
    std::string lines;
    add_all(lines, TRY(operations_.discarded(connector, after, count)));
    return lines;
  }

  Answer<std::string> replay() {
    const std::string connector = fields_.text("connector");
    const auto ids = fields_.ids("ids");
    static_cast<void>(TRY(check(fields_)));
    const std::size_t count = TRY(operations_.replay(connector, ids));
    telemetry::log(Level::kInfo, "dead_letters_replayed",
                   {{"connector", connector}, {"count", count}});
    put_number(end_, "count", count);
    return std::string();
  }

  Answer<std::string> discard() {
    const std::string connector = fields_.text("connector");
    const auto ids = fields_.ids("ids");
    const std::string reason = fields_.text("reason");
    static_cast<void>(TRY(check(fields_)));
    const std::size_t count = TRY(operations_.discard(connector, ids, reason));
    telemetry::log(Level::kWarning, "dead_letters_discarded",
                   {{"connector", connector}, {"count", count}});
    put_number(end_, "count", count);
    return std::string();
  }

  Answer<std::string> give_up() {
    const std::string connector = fields_.text("connector");
    const std::string reason = fields_.text("reason");
    static_cast<void>(TRY(check(fields_)));
    const GivenUp ended = TRY(operations_.give_up(connector, reason));
    telemetry::log(Level::kWarning, "queue_given_up",
                   {{"connector", connector},
                    {"waiting", ended.waiting.size()},
                    {"dead_letters", ended.letters.size()}});
    put_ids(end_, "waiting", ended.waiting);
    put_ids(end_, "letters", ended.letters);
    return std::string();
  }

  Answer<std::string> edit() {
    const std::string octets = fields_.text("message");
    const LetterId id = TRY(letter_id());
    const store::EntryId stored = TRY(operations_.edit(id, base::as_bytes(octets)));
    telemetry::log(
        Level::kWarning, "dead_letter_edited",
        {{"connector", id.connector}, {"entry", id.id.value}, {"replaced_by", stored.value}});
    put_number(end_, "entry", stored.value);
    return std::string();
  }

  Answer<std::string> resume() {
    const std::string connector = fields_.text("connector");
    static_cast<void>(TRY(check(fields_)));
    static_cast<void>(TRY(operations_.resume(connector)));
    return std::string();
  }

  Answer<std::string> search() {
    const auto* const given = object_.if_contains("search");
    const auto* const search_object = given == nullptr ? nullptr : given->if_object();
    if (search_object == nullptr) return base::fail(std::string("not understood: search"));
    Fields search_fields(*search_object);
    const store::Search search = to_search(search_fields);
    static_cast<void>(TRY(check(search_fields)));
    const auto after = fields_.message_key("after");
    const std::uint64_t count = fields_.number("count");
    static_cast<void>(TRY(check(fields_)));
    const store::FoundPage page = TRY(operations_.search(search, after, count));
    if (page.after) put_text(end_, "after", store::to_string(*page.after));
    put_number(end_, "indexed_to", page.indexed_to.value);
    put_number(end_, "last", page.last.value);
    std::string lines;
    add_all(lines, page.found);
    return lines;
  }

  Answer<std::string> record() {
    const auto key = fields_.message_key("key");
    static_cast<void>(TRY(check(fields_)));
    if (!key) return base::fail(std::string("not understood: key"));
    const auto found = TRY(operations_.record(*key));
    std::string lines;
    if (found) add_line(lines, to_json(*found));
    return lines;
  }

  Answer<std::string> message() {
    const store::EntryId id{fields_.number("entry")};
    static_cast<void>(TRY(check(fields_)));
    const auto found = TRY(operations_.message(id));
    std::string lines;
    if (found) add_line(lines, to_json(*found));
    return lines;
  }

  Answer<std::string> store_stats() {
    const store::StoreStats stats = TRY(operations_.store_stats());
    end_ = to_json(stats);
    std::string lines;
    add_all(lines, stats.segments);
    return lines;
  }

  Answer<std::string> backup() {
    const std::string folder = fields_.text("folder");
    static_cast<void>(TRY(check(fields_)));
    static_cast<void>(TRY(operations_.begin_backup(folder)));
    return std::string();
  }

  Answer<std::string> backup_state() {
    end_ = to_json(TRY(operations_.backup_state()));
    return std::string();
  }

  Answer<std::string> rekey() {
    static_cast<void>(TRY(operations_.begin_rekey()));
    return std::string();
  }

  Answer<std::string> rekey_state() {
    end_ = to_json(TRY(operations_.rekey_state()));
    return std::string();
  }

  const Object& object_;
  Fields fields_;
  Operations& operations_;
  Object end_;
};

std::string refusal(std::string_view sentence) {
  Object object;
  put_text(object, "error", sentence);
  std::string lines;
  add_line(lines, object);
  return lines;
}

}  // namespace

std::string answer(std::string_view request, Operations& operations) {
  boost::json::error_code wrong;
  const boost::json::value value =
      boost::json::parse(boost::json::string_view(request.data(), request.size()), wrong);
  const auto* const object = wrong ? nullptr : value.if_object();
  if (object == nullptr) return refusal("expected one JSON object on a line");
  Request work(*object, operations);
  auto lines = work.run();
  if (!lines) return refusal(lines.error());
  Object end = work.end();
  end["end"] = true;
  add_line(*lines, end);
  return *std::move(lines);
}

}  // namespace control
