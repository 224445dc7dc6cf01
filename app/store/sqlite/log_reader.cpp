#include "store/sqlite/log_reader.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/payload_files.hpp"
#include "store/sqlite/sealed_row.hpp"

namespace store::sqlite {
namespace {

constexpr const char* kRead =
    "SELECT id, received_at, control_id, type, trigger, size, place, payload, codec, answer"
    " FROM message WHERE seq = ?1";
constexpr const char* kScan =
    "SELECT seq, size, lanes FROM message WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";

constexpr const char* kFacts =
    "SELECT seq, lanes, size, id, received_at, listener, peer, tls_identity, config_revision, type,"
    " trigger, version, control_id, sending_application, sending_facility, patient_key, charset,"
    " sha256, answer_code, answer_reason, answer, trace_id, envelope, codec FROM message";
constexpr const char* kOnwards = " WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";
constexpr const char* kBackwards = " WHERE seq < ?1 ORDER BY seq DESC";

constexpr const char* kKnown =
    "SELECT last_seq, entries FROM known WHERE last_seq > ?1 AND last_seq <= ?2"
    " ORDER BY last_seq LIMIT ?3";

constexpr StoreError kDamagedRow = {StoreFault::kDamaged, 0};

base::Uuid to_uuid(base::ByteView octets) noexcept {
  base::Uuid id;
  std::memcpy(id.octets.data(), octets.data(), std::min(octets.size(), id.octets.size()));
  return id;
}

bool is_sealed(const Statement& row, int codec_column) noexcept {
  return row.column_number(codec_column) == static_cast<std::uint8_t>(Codec::kSealed);
}

// Of a row in clear of kFacts that the statement stands on.
LogFacts clear_facts_of(const Statement& row) {
  LogFacts line;
  line.id = {row.column_bits(0)};
  line.lanes = row.column_blob(1);
  line.size_bytes = row.column_bits(2);
  MessageFacts& facts = line.facts;
  facts.id = to_uuid(row.column_blob(3));
  facts.received_at = base::WallTime(std::chrono::microseconds(row.column_number(4)));
  facts.listener = row.column_text(5);
  facts.peer = row.column_text(6);
  facts.tls_identity = row.column_text(7);
  facts.config_revision = row.column_bits(8);
  facts.type = row.column_text(9);
  facts.trigger = row.column_text(10);
  facts.version = row.column_text(11);
  facts.control_id = row.column_text(12);
  facts.sending_application = row.column_text(13);
  facts.sending_facility = row.column_text(14);
  facts.patient_key = row.column_text(15);
  facts.charset = row.column_text(16);
  facts.sha256 = base::as_text(row.column_blob(17));
  facts.answer_code = row.column_text(18);
  facts.answer_reason = row.column_text(19);
  facts.answer = row.column_blob(20);
  facts.trace_id = base::as_text(row.column_blob(21));
  facts.envelope = row.column_text(22);
  return line;
}

}  // namespace

base::Result<LogReader, OpenError> LogReader::open(const Place& place, SegmentNumber number) {
  Connection connection = TRY(open_to_read(place, number));
  const std::string path = place.layout.segment_file(number);
  Statement read = TRY(at_open(path, Statement::prepare(connection, kRead)));
  Statement scan = TRY(at_open(path, Statement::prepare(connection, kScan)));
  Statement facts =
      TRY(at_open(path, Statement::prepare(connection, std::string(kFacts) + kOnwards)));
  Statement known = TRY(at_open(path, Statement::prepare(connection, kKnown)));
  Statement begin = TRY(at_open(path, Statement::prepare(connection, "BEGIN")));
  Statement end = TRY(at_open(path, Statement::prepare(connection, "COMMIT")));
  return LogReader(place, number, std::move(connection),
                   {std::move(read), std::move(scan), std::move(facts), std::move(known),
                    std::move(begin), std::move(end)});
}

LogReader::LogReader(Place place, SegmentNumber number, Connection connection,
                     Statements statements)
    : place_(std::move(place)),
      number_(number),
      connection_(std::move(connection)),
      statements_(std::move(statements)) {}

// One that was changed on disk has no texts and says so: those behind it go on.
base::Result<LogFacts, StoreError> LogReader::facts_of(const Statement& row) {
  LogFacts line = clear_facts_of(row);
  if (!is_sealed(row, 23)) return line;
  const auto opened = open_facts(place_.cipher, line.id, line.facts.answer, opened_, line.facts);
  if (opened) return line;
  if (opened.error().fault != StoreFault::kDamaged) return base::fail(opened.error());
  line.facts.answer = {};
  line.is_readable = false;
  return line;
}

// What SQLite says.
template <class T>
base::Result<T, StoreError> LogReader::watched(base::Result<T, StoreError> outcome) {
  if (!outcome && outcome.error().fault == StoreFault::kDamaged) found_damage_ = true;
  return outcome;
}

// One transaction for all: each costs locks in the shared index.
Status LogReader::read(std::span<const EntryId> ids, Payload payload,
                       std::vector<LogMessage>& messages) {
  static_cast<void>(TRY(watched(statements_.begin.finish())));
  Status outcome = base::Done{};
  for (const EntryId id : ids) {
    auto message = read_one(id, payload);
    if (!message) {
      outcome = base::fail(message.error());
      break;
    }
    messages.push_back(std::move(message).value());
  }
  const Status ended = statements_.end.finish();
  return outcome ? ended : outcome;
}

base::Result<LogMessage, StoreError> LogReader::read_one(EntryId id, Payload payload) {
  Statement& row = statements_.read;
  const ResetAtEnd reset(row);
  row.bind(1, id.value);
  if (!TRY(watched(row.step()))) return base::fail(kDamagedRow);
  LogMessage message;
  message.message_id = to_uuid(row.column_blob(0));
  message.received_at = base::WallTime(std::chrono::microseconds(row.column_number(1)));
  MessageFacts facts;
  facts.control_id = row.column_text(2);
  facts.type = row.column_text(3);
  facts.trigger = row.column_text(4);
  if (is_sealed(row, 8)) {
    static_cast<void>(TRY(open_facts(place_.cipher, id, row.column_blob(9), opened_, facts)));
  }
  message.control_id = facts.control_id;
  message.type = facts.type;
  message.trigger = facts.trigger;
  message.size_bytes = row.column_bits(5);
  if (payload == Payload::kWith) message.payload = TRY(take_payload({id, message.message_id}));
  return message;
}

// Of the row that the statement stands on.
base::Result<std::vector<std::byte>, StoreError> LogReader::take_payload(const PayloadName& name) {
  const Statement& row = statements_.read;
  std::vector<std::byte> octets;
  if (row.column_number(6) == 1) {
    auto file = place_.disk->read(place_.layout.payload_file(number_, name));
    // A file that a row names must be there.
    if (!file) return base::fail(StoreError{StoreFault::kDamaged, file.error().os_error});
    octets = TRY(open_payload_file(place_.cipher, name.id, std::move(file).value()));
  } else if (is_sealed(row, 8)) {
    const SealPlace where = payload_place(name.id);
    static_cast<void>(TRY(open_sealed(place_.cipher, where, row.column_blob(7), octets)));
  } else {
    const base::ByteView payload = row.column_blob(7);
    octets.assign(payload.begin(), payload.end());
  }
  if (octets.size() != row.column_bits(5)) return base::fail(kDamagedRow);
  return octets;
}

// Each row in (after, to], at most so many, of a statement that takes these three.
template <class Visit>
base::Result<std::size_t, StoreError> LogReader::onwards(Statement& rows, EntryId after, EntryId to,
                                                         std::size_t count_max, Visit visit) {
  const ResetAtEnd reset(rows);
  rows.bind(1, after.value).bind(2, to.value).bind(3, std::uint64_t{count_max});
  std::size_t count = 0;
  for (; TRY(watched(rows.step())); ++count) static_cast<void>(TRY(visit(rows)));
  return count;
}

base::Result<std::size_t, StoreError> LogReader::scan(EntryId after, EntryId to,
                                                      std::size_t count_max,
                                                      const LogVisit& visit) {
  return onwards(statements_.scan, after, to, count_max, [&visit](const Statement& row) -> Status {
    visit(
        {{row.column_bits(0)}, static_cast<std::uint32_t>(row.column_bits(1)), row.column_blob(2)});
    return base::Done{};
  });
}

base::Result<std::size_t, StoreError> LogReader::facts(EntryId after, EntryId to,
                                                       std::size_t count_max,
                                                       const FactsVisit& visit) {
  return onwards(statements_.facts, after, to, count_max,
                 [this, &visit](const Statement& row) -> Status {
                   visit(TRY(facts_of(row)));
                   return base::Done{};
                 });
}

base::Result<std::size_t, StoreError> LogReader::known(EntryId after, EntryId to,
                                                       std::size_t count_max,
                                                       const KnownVisit& visit) {
  return onwards(statements_.known, after, to, count_max, [&visit](const Statement& row) -> Status {
    visit({{row.column_bits(0)}, row.column_blob(1)});
    return base::Done{};
  });
}

base::Result<bool, StoreError> LogReader::facts_back(EntryId before, const FactsGlance& visit) {
  constexpr std::uint64_t kMost = INT64_MAX;
  auto rows = TRY(watched(Statement::prepare(connection_, std::string(kFacts) + kBackwards)));
  rows.bind(1, std::min(before.value, kMost));
  while (TRY(watched(rows.step()))) {
    if (!visit(TRY(facts_of(rows)))) return false;
  }
  return true;
}

base::Result<std::uint64_t, StoreError> LogReader::count() {
  const auto count = TRY(watched(connection_.number("SELECT count(*) FROM message")));
  return static_cast<std::uint64_t>(count);
}

bool LogReader::is_sound() {
  auto said = Statement::prepare(connection_, "PRAGMA quick_check(1)");
  if (!said) return false;
  const auto has_row = said->step();
  return has_row && *has_row && said->column_text(0) == "ok" && first().has_value();
}

base::Result<EntryId, StoreError> LogReader::first() { return watched(first_of(connection_)); }

}  // namespace store::sqlite
