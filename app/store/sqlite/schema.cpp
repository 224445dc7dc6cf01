#include "store/sqlite/schema.hpp"

#include <array>

#include "base/try.hpp"

namespace store::sqlite {
namespace {

// One row for each message, in order of commit, and no index beside it: it would
// cost more than the row. What is read in bulk (lanes, size) stands first, so that
// it is read without the pages of a long payload.
constexpr std::array<const char*, 4> kLogSteps = {R"sql(
CREATE TABLE message(
  seq INTEGER PRIMARY KEY,
  lanes BLOB NOT NULL,
  size INTEGER NOT NULL,
  place INTEGER NOT NULL,
  codec INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  listener TEXT NOT NULL,
  peer TEXT NOT NULL,
  tls_identity TEXT NOT NULL,
  config_revision INTEGER NOT NULL,
  type TEXT NOT NULL,
  trigger TEXT NOT NULL,
  version TEXT NOT NULL,
  control_id TEXT NOT NULL,
  sending_application TEXT NOT NULL,
  sending_facility TEXT NOT NULL,
  patient_key TEXT NOT NULL,
  charset TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  answer_code TEXT NOT NULL,
  answer_reason TEXT NOT NULL,
  answer BLOB NOT NULL,
  trace_id BLOB NOT NULL,
  envelope TEXT NOT NULL,
  payload BLOB NOT NULL);
CREATE TABLE segment(first_seq INTEGER NOT NULL, created_at INTEGER NOT NULL);
)sql",
                                                  // message.lanes may hold keys that
                                                  // are joined: lanes_blob.hpp.
                                                  "",
                                                  // By what the messages of a commit are known
                                                  // again: known_blob.hpp.
                                                  R"sql(
CREATE TABLE known(last_seq INTEGER PRIMARY KEY, entries BLOB NOT NULL);
)sql",
                                                  // Rows may be sealed: sealed_row.hpp.
                                                  ""};

// cursor: every entry up to it is settled, or has a row in waiting or parked.
// ahead: entries behind the cursor that are settled all the same.
constexpr std::array<const char*, 7> kLanesSteps = {R"sql(
CREATE TABLE connector(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  registered_at INTEGER NOT NULL,
  cursor INTEGER NOT NULL,
  counted_to INTEGER NOT NULL,
  owed_count INTEGER NOT NULL,
  parked_count INTEGER NOT NULL);
CREATE TABLE waiting(
  connector INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  key_hash INTEGER NOT NULL,
  size INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  wait INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY(connector, seq)) WITHOUT ROWID;
CREATE TABLE ahead(
  connector INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY(connector, seq)) WITHOUT ROWID;
CREATE TABLE parked(
  connector INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  key_hash INTEGER NOT NULL,
  size INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  parked_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY(connector, seq)) WITHOUT ROWID;
)sql",
                                                    R"sql(
ALTER TABLE waiting ADD COLUMN joined_hash INTEGER NOT NULL DEFAULT 0;
ALTER TABLE parked ADD COLUMN joined_hash INTEGER NOT NULL DEFAULT 0;
)sql",
                                                    R"sql(
CREATE TABLE attempt(
  connector INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY(connector, seq, number)) WITHOUT ROWID;
)sql",
                                                    R"sql(
CREATE TABLE discarded(
  connector INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  failure TEXT NOT NULL,
  reason TEXT NOT NULL,
  replaced_by INTEGER NOT NULL,
  PRIMARY KEY(connector, seq)) WITHOUT ROWID;
)sql",
                                                    R"sql(
ALTER TABLE connector ADD COLUMN owed_bytes INTEGER NOT NULL DEFAULT 0;
)sql",
                                                    // Segments of the log may be gone, and
                                                    // what is owed of them in log/kept.db.
                                                    "",
                                                    // Texts may be sealed: sealed_texts.hpp;
                                                    // with which keys: key_register.hpp.
                                                    R"sql(
CREATE TABLE sealing(key_id INTEGER PRIMARY KEY, proof BLOB NOT NULL);
)sql"};

// A row for each message, and a block for each batch of rows that was added: the times in
// it lead a search to where it need look. Answers other than AA and CA are few.
constexpr std::array<const char*, 3> kIndexSteps = {R"sql(
CREATE TABLE entry(
  seq INTEGER PRIMARY KEY,
  received_at INTEGER NOT NULL,
  id BLOB NOT NULL,
  size INTEGER NOT NULL,
  answer_code TEXT NOT NULL,
  type TEXT NOT NULL,
  trigger TEXT NOT NULL,
  control_id TEXT NOT NULL,
  patient_key TEXT NOT NULL,
  sending_application TEXT NOT NULL,
  sending_facility TEXT NOT NULL,
  listener TEXT NOT NULL,
  lanes BLOB NOT NULL);
CREATE INDEX by_control_id ON entry(control_id);
CREATE INDEX by_patient ON entry(patient_key) WHERE patient_key <> '';
CREATE INDEX by_type ON entry(type);
CREATE INDEX by_sender ON entry(sending_application);
CREATE INDEX by_answer ON entry(answer_code) WHERE answer_code NOT IN ('AA', 'CA');
CREATE TABLE block(
  last INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  earliest INTEGER NOT NULL,
  latest INTEGER NOT NULL);
CREATE TABLE state(is_complete INTEGER NOT NULL);
INSERT INTO state VALUES(0);
)sql",
                                                    // Index fields of one's own.
                                                    R"sql(
CREATE TABLE field(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE field_value(
  seq INTEGER NOT NULL,
  field INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(seq, field, value)) WITHOUT ROWID;
CREATE INDEX by_field ON field_value(field, value);
)sql",
                                                    // With a key, what is searched for stands
                                                    // as its HMAC, and what is shown sealed.
                                                    R"sql(
ALTER TABLE entry ADD COLUMN sealed BLOB NOT NULL DEFAULT x'';
ALTER TABLE state ADD COLUMN key_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE field_value ADD COLUMN sealed_value BLOB NOT NULL DEFAULT x'';
)sql"};

// behind: the newest entry that had been accepted. octets: their beginning, where they are long.
constexpr std::array<const char*, 2> kRejectedSteps = {R"sql(
CREATE TABLE rejected(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  behind INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  answer_code TEXT NOT NULL,
  type TEXT NOT NULL,
  trigger TEXT NOT NULL,
  control_id TEXT NOT NULL,
  patient_key TEXT NOT NULL,
  sending_application TEXT NOT NULL,
  sending_facility TEXT NOT NULL,
  listener TEXT NOT NULL,
  peer TEXT NOT NULL,
  tls_identity TEXT NOT NULL,
  config_revision INTEGER NOT NULL,
  version TEXT NOT NULL,
  charset TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  answer BLOB NOT NULL);
CREATE INDEX by_control_id ON rejected(control_id);
CREATE INDEX by_patient ON rejected(patient_key) WHERE patient_key <> '';
CREATE TABLE octets(id INTEGER PRIMARY KEY, message BLOB NOT NULL);
)sql",
                                                       // With a key, all texts of a row are
                                                       // sealed in `answer`.
                                                       R"sql(
ALTER TABLE rejected ADD COLUMN key_id INTEGER NOT NULL DEFAULT 0;
)sql"};

constexpr Schema kLogSchema = {0x4D4C4C31, kLogSteps};
constexpr Schema kLanesSchema = {0x4D4C4C32, kLanesSteps};
constexpr Schema kIndexSchema = {0x4D4C4C33, kIndexSteps};
constexpr Schema kRejectedSchema = {0x4D4C4C34, kRejectedSteps};

base::Failure<OpenError> newer(const std::string& path, std::int64_t found, std::size_t known) {
  OpenError error;
  error.fault = OpenFault::kNewerSchema;
  error.path = path;
  error.version_found = static_cast<int>(found);
  error.version_known = static_cast<int>(known);
  return base::fail(std::move(error));
}

base::Failure<OpenError> foreign(const std::string& path) {
  OpenError error;
  error.fault = OpenFault::kForeign;
  error.path = path;
  return base::fail(std::move(error));
}

// Another thread or process may have come first, so the steps are counted under the lock.
Status take_steps(Connection& connection, const Schema& schema) {
  static_cast<void>(TRY(connection.run("BEGIN IMMEDIATE")));
  const auto taken = static_cast<std::size_t>(TRY(connection.number("PRAGMA user_version")));
  if (taken >= schema.steps.size()) return connection.run("COMMIT");
  for (const char* const step : schema.steps.subspan(taken)) {
    static_cast<void>(TRY(connection.run(step)));
  }
  const std::string marks = "PRAGMA application_id=" + std::to_string(schema.application_id) +
                            ";PRAGMA user_version=" + std::to_string(schema.steps.size());
  static_cast<void>(TRY(connection.run(marks.c_str())));
  return connection.run("COMMIT");
}

}  // namespace

const Schema& log_schema() noexcept { return kLogSchema; }

const Schema& lanes_schema() noexcept { return kLanesSchema; }

const Schema& index_schema() noexcept { return kIndexSchema; }

const Schema& rejected_schema() noexcept { return kRejectedSchema; }

base::Result<bool, OpenError> bring_up(Connection& connection, const Schema& schema,
                                       const std::string& path) {
  const auto version = TRY(at_open(path, connection.number("PRAGMA user_version")));
  // In this order: who sees the tables of another that has just made it sees its mark as well.
  const auto tables = TRY(at_open(path, connection.number("SELECT count(*) FROM sqlite_schema")));
  const auto application = TRY(at_open(path, connection.number("PRAGMA application_id")));
  if (application != schema.application_id && (application != 0 || tables != 0)) {
    return foreign(path);
  }
  const std::size_t known = schema.steps.size();
  if (version < 0 || static_cast<std::size_t>(version) > known) return newer(path, version, known);
  if (static_cast<std::size_t>(version) == known) return false;

  const Status taken = take_steps(connection, schema);
  if (!taken) {
    if (connection.in_transaction()) static_cast<void>(connection.run("ROLLBACK"));
    return cannot_open(path, taken.error());
  }
  return true;
}

}  // namespace store::sqlite
