#include "connect/modules/postgres_link.hpp"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "connect/secret_file.hpp"
#include "connect/sql_state.hpp"

namespace connectors {
namespace {

constexpr const char* kStatement = "mllp_insert";
constexpr std::size_t kWordsBytesMax = 64 * base::kKiB;

constexpr Oid kUuid = 2950;
constexpr Oid kInt8 = 20;
constexpr Oid kTimestampTz = 1184;
constexpr Oid kText = 25;
constexpr Oid kBytea = 17;
constexpr std::array<Oid, 7> kTypes{kUuid, kInt8, kTimestampTz, kText, kText, kText, kBytea};
constexpr std::array<int, 7> kFormats{1, 1, 0, 0, 0, 0, 1};  // 1: binary

// Several lines as one, without a blank at the end.
std::string one_line(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

std::string_view field_of(const PGresult* result, int code) {
  const char* const text = PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

std::array<char, 8> big_endian(std::uint64_t value) {
  std::array<char, 8> octets{};
  for (std::size_t index = 0; index < octets.size(); ++index) {
    octets.at(index) = static_cast<char>(value >> (56U - 8U * index));
  }
  return octets;
}

std::string timestamp_of(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}+00", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

// libpq tells TLS from the rest only in words.
FailureClass class_of_connecting(std::string_view words) {
  const auto holds = [words](std::string_view part) { return words.find(part) != words.npos; };
  const bool lost = holds("SSL negotiation") || holds("SSL SYSCALL");
  const bool tls = !lost && (holds("SSL") || holds("certificate"));
  return tls ? FailureClass::kTls : FailureClass::kConnect;
}

}  // namespace

Failure PostgresLink::lost(FailureClass what) {
  const std::string words = one_line(PQerrorMessage(connection_.get()));
  close();
  return {.what = what, .reason = fmt::format("{}: {}", settings_.endpoint, words)};
}

Failure PostgresLink::given_up(Wake wake, FailureClass at_deadline) {
  close();
  if (wake == Wake::kStopped) {
    return {.what = FailureClass::kStopped, .reason = settings_.endpoint + ": shutting down"};
  }
  const bool connecting = at_deadline == FailureClass::kConnect;
  return {.what = at_deadline,
          .blame = connecting ? Blame::kTarget : Blame::kUnclear,
          .reason = connecting ? settings_.endpoint + ": connecting timed out"
                               : "no answer of " + settings_.endpoint + " in time"};
}

// The message of an error may quote the row: it is the target's own words. The name of a
// constraint is not.
Failure PostgresLink::refused(const PGresult* result) const {
  const std::string_view state = field_of(result, PG_DIAG_SQLSTATE);
  const std::string_view constraint = field_of(result, PG_DIAG_CONSTRAINT_NAME);
  const Blame blame = blame_for_sql_state(state);
  std::string reason = fmt::format("{} refused with SQLSTATE {}", settings_.endpoint, state);
  if (!constraint.empty()) reason += fmt::format(", constraint {}", constraint);
  if (blame == Blame::kTarget) {
    reason += fmt::format(": {}", one_line(field_of(result, PG_DIAG_MESSAGE_PRIMARY)));
  }
  std::string words = PQresultErrorMessage(result);
  words.resize(std::min(words.size(), kWordsBytesMax));
  return {.what = class_for_sql_state(state),
          .blame = blame,
          .reason = std::move(reason),
          .words = std::move(words)};
}

base::Status<Failure> PostgresLink::connect(Patience& patience) {
  std::string password;
  if (!settings_.password_file.empty()) {
    auto read = read_secret_file(settings_.password_file);
    if (!read) {
      return base::fail(Failure{.what = FailureClass::kDisk, .reason = std::move(read).error()});
    }
    password = *std::move(read);
  }
  // What stands behind `dbname`, which holds the whole string, wins over it.
  std::vector<const char*> keys{"fallback_application_name", "dbname", "client_encoding"};
  std::vector<const char*> values{"mllp-server", settings_.dsn.c_str(), "UTF8"};
  if (!password.empty()) {
    keys.push_back("password");
    values.push_back(password.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectStartParams(keys.data(), values.data(), 1));
  PGconn* const connection = connection_.get();
  PQsetNoticeReceiver(
      connection, [](void*, const PGresult*) {}, nullptr);

  PostgresPollingStatusType step = PGRES_POLLING_WRITING;
  while (PQstatus(connection) != CONNECTION_BAD && step != PGRES_POLLING_OK) {
    if (step == PGRES_POLLING_FAILED) break;
    const short events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    const Wake wake = patience.wait(PQsocket(connection), events);
    if (wake != Wake::kReady) return base::fail(given_up(wake, FailureClass::kConnect));
    step = PQconnectPoll(connection);
  }
  if (PQstatus(connection) == CONNECTION_OK) return base::Done{};
  return base::fail(lost(class_of_connecting(PQerrorMessage(connection))));
}

// Sends what is not sent and reads until a result can be taken without waiting. Both at
// once, or a long pipeline and its answers would wait for each other.
base::Status<Failure> PostgresLink::await_result(Patience& patience) {
  PGconn* const connection = connection_.get();
  for (;;) {
    const int unsent = PQflush(connection);
    if (unsent < 0) return base::fail(lost(FailureClass::kReset));
    if (unsent == 0 && PQisBusy(connection) == 0) return base::Done{};
    const short events = unsent > 0 ? POLLIN | POLLOUT : POLLIN;
    const Wake wake = patience.wait(PQsocket(connection), events);
    if (wake != Wake::kReady) return base::fail(given_up(wake, FailureClass::kTimeout));
    if (PQconsumeInput(connection) == 0) return base::fail(lost(FailureClass::kReset));
  }
}

// Of a command that has one; the rest is read away.
base::Result<PostgresLink::ResultPointer, Failure> PostgresLink::last_result(Patience& patience) {
  ResultPointer last;
  for (;;) {
    TRY(await_result(patience));
    ResultPointer result(PQgetResult(connection_.get()));
    if (result == nullptr) break;
    last = std::move(result);
  }
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return base::fail(lost(FailureClass::kReset));
  const ExecStatusType status = PQresultStatus(last.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return last;
  return base::fail(refused(last.get()));
}

base::Status<Failure> PostgresLink::execute(const std::string& sql, Patience& patience) {
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0)
    return base::fail(lost(FailureClass::kReset));
  TRY(last_result(patience));
  return base::Done{};
}

base::Status<Failure> PostgresLink::prepare_table(Patience& patience) {
  PGconn* const connection = connection_.get();
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(settings_.timeout).count();
  TRY(execute(fmt::format("SET statement_timeout = {}", millis), patience));

  // To make a table "if it does not exist" takes a right that is not needed if it does.
  const char* const name = settings_.table.c_str();
  if (PQsendQueryParams(connection, "SELECT to_regclass($1)", 1, nullptr, &name, nullptr, nullptr,
                        0) == 0) {
    return base::fail(lost(FailureClass::kReset));
  }
  const ResultPointer found = TRY(last_result(patience));
  if (PQgetisnull(found.get(), 0, 0) != 0) {
    TRY(execute("CREATE TABLE IF NOT EXISTS " + settings_.table +
                    " (id uuid PRIMARY KEY, entry bigint NOT NULL, received_at timestamptz NOT "
                    "NULL, control_id text NOT NULL, type text NOT NULL, trigger text NOT NULL, "
                    "message bytea NOT NULL, stored_at timestamptz NOT NULL DEFAULT now())",
                patience));
  }
  const std::string insert = "INSERT INTO " + settings_.table +
                             " (id, entry, received_at, control_id, type, trigger, message)"
                             " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
  if (PQsendPrepare(connection, kStatement, insert.c_str(), static_cast<int>(kTypes.size()),
                    kTypes.data()) == 0) {
    return base::fail(lost(FailureClass::kReset));
  }
  TRY(last_result(patience));
  return base::Done{};
}

base::Status<Failure> PostgresLink::open(Patience& patience) {
  TRY(connect(patience));
  if (PQsetnonblocking(connection_.get(), 1) != 0) return base::fail(lost(FailureClass::kConnect));
  auto prepared = prepare_table(patience);
  if (prepared) return prepared;
  close();
  prepared.error().blame = Blame::kTarget;  // there is no message yet to blame
  return prepared;
}

// What it is in the message's set; a NUL, which no text may hold, is replaced.
std::string PostgresLink::to_text(std::string_view value) {
  std::string text;
  decoder_.append_utf8(text, value);
  for (std::size_t at = 0; (at = text.find('\0', at)) != std::string::npos;) {
    text.replace(at, 1, "\xef\xbf\xbd");
  }
  return text;
}

bool PostgresLink::send_row(const Delivery& delivery) {
  if (message_.parse(delivery.message)) {
    decoder_.open(message_);
  } else {
    decoder_.open(hl7::DecoderSource{.octets = delivery.message});
  }
  const std::array<char, 8> entry = big_endian(delivery.id.value);
  const std::string received_at = timestamp_of(delivery.received_at);
  const std::string control_id = to_text(delivery.control_id);
  const std::string type = to_text(delivery.type);
  const std::string trigger = to_text(delivery.trigger);
  const std::string_view message = base::as_text(delivery.message);
  const std::array<const char*, 7> values{
      reinterpret_cast<const char*>(delivery.message_id.octets.data()),
      entry.data(),
      received_at.c_str(),
      control_id.c_str(),
      type.c_str(),
      trigger.c_str(),
      message.data()};
  const std::array<int, 7> lengths{16, 8, 0, 0, 0, 0, static_cast<int>(message.size())};
  return PQsendQueryPrepared(connection_.get(), kStatement, static_cast<int>(values.size()),
                             values.data(), lengths.data(), kFormats.data(), 0) == 1;
}

base::Status<PostgresLink::BatchFailure> PostgresLink::insert(std::span<const Delivery> deliveries,
                                                              Patience& patience) {
  PGconn* const connection = connection_.get();
  bool sent = PQenterPipelineMode(connection) == 1;
  for (const Delivery& delivery : deliveries) sent = sent && send_row(delivery);
  sent = sent && PQpipelineSync(connection) == 1;
  if (!sent) return base::fail(BatchFailure{0, lost(FailureClass::kReset)});

  std::size_t answered = 0;
  std::optional<BatchFailure> failure;
  for (;;) {
    if (auto waited = await_result(patience); !waited) {
      return base::fail(BatchFailure{0, std::move(waited).error()});
    }
    const ResultPointer result(PQgetResult(connection));
    if (result == nullptr) {  // the end of what one row has come to
      if (PQstatus(connection) == CONNECTION_BAD) {
        return base::fail(BatchFailure{0, lost(FailureClass::kReset)});
      }
      continue;
    }
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_FATAL_ERROR && !failure) failure = {answered, refused(result.get())};
    ++answered;
  }
  if (failure && PQstatus(connection) == CONNECTION_BAD) failure->failure.blame = Blame::kTarget;
  if (PQexitPipelineMode(connection) == 0) close();
  if (failure && failure->failure.blame == Blame::kTarget) close();
  if (!failure) return base::Done{};
  return base::fail(*std::move(failure));
}

}  // namespace connectors
