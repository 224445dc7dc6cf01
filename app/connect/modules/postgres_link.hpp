// connect/modules/postgres_link.hpp: one connection to a PostgreSQL server, and batches
// of rows over it.
//
// A table has a row for each message, with the message's UUID as its primary key: a row
// that is there already is left as it is, so a repeat leaves no trace.
//
//   id uuid, entry bigint, received_at timestamptz, control_id text, type text,
//   trigger text, message bytea            and, where we make it, stored_at timestamptz
//
// A batch is sent as one pipeline and is one transaction: all of it or nothing.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "connect/connector.hpp"
#include "connect/patience.hpp"
#include "hl7/decoder.hpp"
#include "hl7/message.hpp"

namespace connectors {

struct PostgresSettings {
  std::string dsn;
  std::string endpoint;  // for people: "db.example.com:5432/hl7"
  std::string password_file;
  std::string table;  // quoted for SQL
  base::Duration connect_timeout = std::chrono::seconds(10);
  base::Duration timeout = std::chrono::seconds(30);
  std::size_t batch_max = 256;
};

// Not thread-safe.
class PostgresLink {
 public:
  explicit PostgresLink(const PostgresSettings& settings) : settings_(settings) {}

  [[nodiscard]] bool is_open() const noexcept { return connection_ != nullptr; }

  void close() noexcept { connection_.reset(); }

  // Connects, logs in, makes or checks the table. Fails with the target to blame.
  [[nodiscard]] base::Status<Failure> open(Patience& patience);

  // Of a batch that was not committed: which row failed (the count of rows: the commit)
  // and why. After a failure that is not of a row the connection is closed.
  struct BatchFailure {
    std::size_t index = 0;
    Failure failure;
  };

  // REQUIRES: is_open(), at least one row.
  [[nodiscard]] base::Status<BatchFailure> insert(std::span<const Delivery> deliveries,
                                                  Patience& patience);

 private:
  struct ConnectionEnd {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  };

  struct ResultEnd {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
  };

  using ResultPointer = std::unique_ptr<PGresult, ResultEnd>;

  [[nodiscard]] base::Status<Failure> connect(Patience& patience);
  [[nodiscard]] base::Status<Failure> prepare_table(Patience& patience);
  [[nodiscard]] base::Status<Failure> execute(const std::string& sql, Patience& patience);
  [[nodiscard]] base::Result<ResultPointer, Failure> last_result(Patience& patience);
  [[nodiscard]] base::Status<Failure> await_result(Patience& patience);
  [[nodiscard]] bool send_row(const Delivery& delivery);
  [[nodiscard]] std::string to_text(std::string_view value);
  [[nodiscard]] Failure refused(const PGresult* result) const;
  [[nodiscard]] Failure lost(FailureClass what);
  [[nodiscard]] Failure given_up(Wake wake, FailureClass at_deadline);

  const PostgresSettings& settings_;
  std::unique_ptr<PGconn, ConnectionEnd> connection_;
  hl7::Message message_;
  hl7::Decoder decoder_;
};

}  // namespace connectors
