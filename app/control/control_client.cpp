#include "control/control_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/try.hpp"
#include "control/requests.hpp"
#include "control/unix_socket.hpp"

namespace control {
namespace {

Object make_request(std::string_view op) {
  Object request;
  put_text(request, "op", op);
  return request;
}

std::string not_understood(std::string_view what) {
  return "the server's answer was not understood: " + std::string(what);
}

}  // namespace

std::unique_ptr<ControlClient> ControlClient::find(const std::string& folder,
                                                   const base::Clock& clock) {
  if (!connect_in(folder).is_open()) return nullptr;
  return std::unique_ptr<ControlClient>(new ControlClient(folder, clock));
}

Answer<ControlClient::Reply> ControlClient::ask(const Object& request) const {
  const Descriptor socket = connect_in(folder_);
  if (!socket.is_open()) return base::fail("the server does not answer in " + folder_);
  const Patience patience{clock_, clock_.steady_now() + kAnswerTime};
  if (!write_all(socket.value(), boost::json::serialize(request) + "\n", patience)) {
    return base::fail(std::string("the server did not take the request"));
  }
  Reply reply;
  std::string rest;
  std::string line;
  for (;;) {
    if (read_line(socket.value(), kLineBytesMax, patience, rest, line) != LineEnd::kLine) {
      return base::fail(std::string("the server's answer did not come whole"));
    }
    boost::json::error_code wrong;
    auto value = boost::json::parse(line, wrong);
    auto* const object = wrong ? nullptr : value.if_object();
    if (object == nullptr) return base::fail(not_understood("no JSON"));
    if (object->contains("error")) return base::fail(Fields(*object).text("error"));
    if (object->contains("end")) {
      reply.end = std::move(*object);
      return reply;
    }
    reply.lines.push_back(std::move(*object));
  }
}

// The lines of the answer, each as a value.
template <class Read>
auto ControlClient::ask_for(const Object& request, Read read) const {
  using Value = decltype(read(std::declval<Fields&>()));
  using Values = Answer<std::vector<Value>>;
  auto reply = ask(request);
  if (!reply) return Values(base::fail(reply.error()));
  std::vector<Value> values;
  values.reserve(reply->lines.size());
  for (const Object& line : reply->lines) {
    Fields fields(line);
    values.push_back(read(fields));
    if (!fields.fault().empty()) return Values(base::fail(not_understood(fields.fault())));
  }
  return Values(std::move(values));
}

Answer<std::vector<Queue>> ControlClient::queues() {
  return ask_for(make_request(kOpQueues), to_queue);
}

Answer<LetterPage> ControlClient::letters(const LetterFilter& filter,
                                          const std::optional<LetterId>& after,
                                          std::size_t count_max) {
  Object request = make_request(kOpLetters);
  request["filter"] = to_json(filter);
  if (after) put_text(request, "after", to_string(*after));
  put_number(request, "count", count_max);
  const Reply reply = TRY(ask(request));
  LetterPage page;
  for (const Object& line : reply.lines) {
    Fields fields(line);
    page.letters.push_back(to_letter(fields));
    if (!fields.fault().empty()) return base::fail(not_understood(fields.fault()));
  }
  page.after = Fields(reply.end).letter_id("after");
  return page;
}

Answer<std::vector<store::Attempt>> ControlClient::attempts(const LetterId& id) {
  Object request = make_request(kOpAttempts);
  put_text(request, "id", to_string(id));
  return ask_for(request, to_attempt);
}

Answer<std::vector<DiscardedLetter>> ControlClient::discarded(const std::string& connector,
                                                              store::EntryId after,
                                                              std::size_t count_max) {
  Object request = make_request(kOpDiscarded);
  put_text(request, "connector", connector);
  put_number(request, "after", after.value);
  put_number(request, "count", count_max);
  return ask_for(request, to_discarded);
}

Answer<std::size_t> ControlClient::replay(const std::string& connector,
                                          const std::vector<store::EntryId>& ids) {
  Object request = make_request(kOpReplay);
  put_text(request, "connector", connector);
  put_ids(request, "ids", ids);
  const Reply reply = TRY(ask(request));
  return Fields(reply.end).number("count");
}

Answer<std::size_t> ControlClient::discard(const std::string& connector,
                                           const std::vector<store::EntryId>& ids,
                                           const std::string& reason) {
  Object request = make_request(kOpDiscard);
  put_text(request, "connector", connector);
  put_ids(request, "ids", ids);
  put_text(request, "reason", reason);
  const Reply reply = TRY(ask(request));
  return Fields(reply.end).number("count");
}

Answer<GivenUp> ControlClient::give_up(const std::string& connector, const std::string& reason) {
  Object request = make_request(kOpGiveUp);
  put_text(request, "connector", connector);
  put_text(request, "reason", reason);
  const Reply reply = TRY(ask(request));
  Fields end(reply.end);
  GivenUp ended{end.ids("waiting"), end.ids("letters")};
  if (!end.fault().empty()) return base::fail(not_understood(end.fault()));
  return ended;
}

Answer<store::EntryId> ControlClient::edit(const LetterId& id, base::ByteView octets) {
  Object request = make_request(kOpEdit);
  put_text(request, "id", to_string(id));
  put_text(request, "message", base::as_text(octets));
  const Reply reply = TRY(ask(request));
  return store::EntryId{Fields(reply.end).number("entry")};
}

Answer<base::Done> ControlClient::resume(const std::string& connector) {
  Object request = make_request(kOpResume);
  put_text(request, "connector", connector);
  static_cast<void>(TRY(ask(request)));
  return base::Done{};
}

Answer<store::FoundPage> ControlClient::search(const store::Search& search,
                                               const std::optional<store::MessageKey>& after,
                                               std::size_t count_max) {
  Object request = make_request(kOpSearch);
  request["search"] = to_json(search);
  if (after) put_text(request, "after", store::to_string(*after));
  put_number(request, "count", count_max);
  const Reply reply = TRY(ask(request));
  store::FoundPage page;
  for (const Object& line : reply.lines) {
    Fields fields(line);
    page.found.push_back(to_found(fields));
    if (!fields.fault().empty()) return base::fail(not_understood(fields.fault()));
  }
  Fields end(reply.end);
  page.after = end.message_key("after");
  page.indexed_to = {end.number("indexed_to")};
  page.last = {end.number("last")};
  return page;
}

Answer<std::optional<store::MessageRecord>> ControlClient::record(const store::MessageKey& key) {
  Object request = make_request(kOpRecord);
  put_text(request, "key", store::to_string(key));
  auto found = TRY(ask_for(request, to_record));
  if (found.empty()) return std::optional<store::MessageRecord>();
  return std::optional<store::MessageRecord>(std::move(found.front()));
}

Answer<std::optional<store::StoredMessage>> ControlClient::message(store::EntryId id) {
  Object request = make_request(kOpMessage);
  put_number(request, "entry", id.value);
  auto found = TRY(ask_for(request, to_message));
  if (found.empty()) return std::optional<store::StoredMessage>();
  return std::optional<store::StoredMessage>(std::move(found.front()));
}

Answer<store::StoreStats> ControlClient::store_stats() {
  const Reply reply = TRY(ask(make_request(kOpStoreStats)));
  Fields end(reply.end);
  store::StoreStats stats = to_stats(end);
  if (!end.fault().empty()) return base::fail(not_understood(end.fault()));
  for (const Object& line : reply.lines) {
    Fields fields(line);
    stats.segments.push_back(to_segment(fields));
    if (!fields.fault().empty()) return base::fail(not_understood(fields.fault()));
  }
  return stats;
}

Answer<base::Done> ControlClient::begin_backup(const std::string& folder) {
  Object request = make_request(kOpBackup);
  put_text(request, "folder", folder);
  static_cast<void>(TRY(ask(request)));
  return base::Done{};
}

Answer<store::BackupState> ControlClient::backup_state() {
  const Reply reply = TRY(ask(make_request(kOpBackupState)));
  Fields end(reply.end);
  store::BackupState state = to_backup_state(end);
  if (!end.fault().empty()) return base::fail(not_understood(end.fault()));
  return state;
}

Answer<base::Done> ControlClient::begin_rekey() {
  static_cast<void>(TRY(ask(make_request(kOpRekey))));
  return base::Done{};
}

Answer<store::RekeyState> ControlClient::rekey_state() {
  const Reply reply = TRY(ask(make_request(kOpRekeyState)));
  Fields end(reply.end);
  store::RekeyState state = to_rekey_state(end);
  if (!end.fault().empty()) return base::fail(not_understood(end.fault()));
  return state;
}

}  // namespace control
