#include "store/sqlite/store_check.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/key_register.hpp"
#include "store/sqlite/lane_table.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/log_pieces.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/statement.hpp"

namespace store {
namespace sqlite {
namespace {

constexpr std::size_t kRowsAtOnce = 64;

// What a sum is compared with.
struct Sum {
  EntryId id;
  std::string sha256;
  bool is_readable = true;
};

class Check {
 public:
  explicit Check(const CheckOptions& options)
      : options_(options),
        place_{Layout(options.data_dir), &Disk::system(), "", options.cipher.get()},
        log_(place_) {}

  base::Result<CheckReport, OpenError> run() {
    static_cast<void>(TRY(check_keys(place_)));
    const LogPieces pieces = TRY(find_pieces(place_));
    if (pieces.is_new()) {
      OpenError error;
      error.fault = OpenFault::kMissing;
      error.path = place_.layout.log_folder();
      return base::fail(std::move(error));
    }
    const bool has_last = !pieces.segments.empty() && pieces.segments.back() == pieces.last();
    if (!pieces.gone.empty()) last_ = {pieces.gone.back().next_first.value - 1};
    pieces.add_to(log_, has_last ? EntryId{} : EntryId{last_.value + 1});
    find_missing(pieces);
    for (const SegmentNumber number : pieces.segments) check_segment(number);
    if (!pieces.gone.empty()) check_kept();
    check_lanes();
    return std::move(report_);
  }

 private:
  void tell(const std::string& file, std::string what) {
    ++report_.finding_count;
    if (report_.findings.size() < CheckReport::kFindingsMax) {
      report_.findings.push_back({file, std::move(what)});
    }
  }

  void find_missing(const LogPieces& pieces) {
    for (std::uint32_t number = 1; number < pieces.last().value; ++number) {
      const SegmentNumber each{number};
      const bool is_there = std::ranges::binary_search(pieces.segments, each);
      const bool is_gone = std::ranges::binary_search(pieces.gone, each, {}, &GoneSegment::number);
      if (!is_there && !is_gone) {
        tell(place_.layout.segment_file(each), "missing, and nothing says that it went");
      }
    }
  }

  // False: it cannot be read at all.
  bool check_structure(const std::string& path) {
    auto connection = Connection::open(path, place_.vfs, OpenMode::kExisting);
    if (!connection) {
      tell(path, "cannot be opened: " + std::string(to_string(connection.error().fault)));
      return false;
    }
    connection->wait_for_locks();
    auto rows = Statement::prepare(*connection, "PRAGMA integrity_check(20)");
    if (!rows) {
      tell(path, "is no database of ours");
      return false;
    }
    for (;;) {
      const auto has_row = rows->step();
      if (!has_row) tell(path, "cannot be read: " + std::string(to_string(has_row.error().fault)));
      if (!has_row || !*has_row) break;
      if (rows->column_text(0) != "ok") tell(path, std::string(rows->column_text(0)));
    }
    return true;
  }

  void check_segment(SegmentNumber number) {
    ++report_.segment_count;
    const std::string path = place_.layout.segment_file(number);
    if (!check_structure(path)) return;
    const auto facts = facts_of(place_, number);
    if (!facts) return tell(path, to_string(facts.error()));
    last_ = std::max(last_, facts->last);
    check_messages(path, {facts->first.value - 1}, facts->last);
  }

  void check_kept() {
    const std::string path = place_.layout.segment_file(kKept);
    if (!check_structure(path)) return;
    std::vector<EntryId> ids;
    const auto all = log_.kept_back({UINT64_MAX}, [&ids](const LogFacts& facts) {
      ids.push_back(facts.id);
      return true;
    });
    if (!all) return tell(path, "cannot be read: " + std::string(to_string(all.error().fault)));
    for (const EntryId id : ids) check_messages(path, {id.value - 1}, id);
  }

  void check_messages(const std::string& path, EntryId after, EntryId to) {
    while (after < to) {
      std::vector<Sum> sums;
      const auto scanned = log_.facts(after, to, kRowsAtOnce, [&sums](const LogFacts& facts) {
        sums.push_back({facts.id, std::string(facts.facts.sha256), facts.is_readable});
      });
      if (!scanned) {
        return tell(path, "messages behind " + std::to_string(after.value) + " cannot be read");
      }
      report_.message_count += sums.size();
      for (const Sum& sum : sums) check_sum(path, sum);
      after = scanned->scanned_to;
    }
  }

  void check_sum(const std::string& path, const Sum& sum) {
    const std::string name = "message " + std::to_string(sum.id.value);
    if (!sum.is_readable) return tell(path, name + ": changed on disk, it cannot be decrypted");
    if (!options_.sha256) return;
    const EntryId ids[] = {sum.id};
    const auto messages = log_.read(ids, Payload::kWith);
    if (!messages) return tell(path, name + ": its payload is missing or not whole");
    const auto& payload = messages->front().payload;
    report_.payload_bytes += payload.size();
    if (sum.sha256.empty() || options_.sha256(payload) == sum.sha256) return;
    tell(path, name + ": its payload is not what was received (SHA-256)");
  }

  void check_lanes() {
    const std::string path = place_.layout.lanes_file();
    if (!check_structure(path)) return;
    auto connection = Connection::open(path, place_.vfs, OpenMode::kExisting);
    if (!connection) return;
    connection->wait_for_locks();
    check_cursors(path, *connection);
    check_owed(path, *connection, "waiting");
    check_owed(path, *connection, "parked");
  }

  void check_cursors(const std::string& path, Connection& connection) {
    auto rows =
        Statement::prepare(connection, "SELECT name, max(cursor, counted_to) FROM connector");
    if (!rows) return tell(path, "has no connectors");
    for (;;) {
      const auto has_row = rows->step();
      if (!has_row || !*has_row) return;
      if (rows->column_bits(1) <= last_.value) continue;
      tell(path, "connector " + std::string(rows->column_text(0)) + " stands at " +
                     std::to_string(rows->column_bits(1)) + ", behind the end of the log at " +
                     std::to_string(last_.value));
    }
  }

  // Each message that a lane has a row of is in the log.
  void check_owed(const std::string& path, Connection& connection, const std::string& table) {
    auto rows = Statement::prepare(connection, "SELECT seq FROM " + table);
    if (!rows) return tell(path, "has no table " + table);
    for (;;) {
      const auto has_row = rows->step();
      if (!has_row || !*has_row) return;
      ++report_.owed_count;
      const EntryId id{rows->column_bits(0)};
      const auto found = log_.scan({id.value - 1}, id, 1, [](const LogLine&) {});
      if (found && found->count == 1) continue;
      tell(path, "message " + std::to_string(id.value) + " stands in " + table +
                     " and is not in the log");
    }
  }

  const CheckOptions& options_;
  const Place place_;
  Log log_;
  EntryId last_;
  CheckReport report_;
};

}  // namespace

base::Result<CheckReport, OpenError> check_files(const CheckOptions& options) {
  return Check(options).run();
}

}  // namespace sqlite

base::Result<CheckReport, OpenError> check_store(const CheckOptions& options) {
  return sqlite::check_files(options);
}

}  // namespace store
