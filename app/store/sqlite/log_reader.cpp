#include "store/sqlite/log_reader.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/try.hpp"

namespace store::sqlite {
namespace {

constexpr const char* kRead =
    "SELECT id, received_at, control_id, type, trigger, size, place, payload FROM message"
    " WHERE seq = ?1";
constexpr const char* kScan =
    "SELECT seq, size, lanes FROM message WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";

constexpr StoreError kDamagedRow = {StoreFault::kDamaged, 0};

base::Uuid to_uuid(base::ByteView octets) noexcept {
  base::Uuid id;
  std::memcpy(id.octets.data(), octets.data(), std::min(octets.size(), id.octets.size()));
  return id;
}

}  // namespace

base::Result<LogReader, OpenError> LogReader::open(const Place& place, SegmentNumber number) {
  Connection connection = TRY(open_to_read(place, number));
  const std::string path = place.layout.segment_file(number);
  Statement read = TRY(at_open(path, Statement::prepare(connection, kRead)));
  Statement scan = TRY(at_open(path, Statement::prepare(connection, kScan)));
  return LogReader(place, number, std::move(connection), std::move(read), std::move(scan));
}

LogReader::LogReader(Place place, SegmentNumber number, Connection connection, Statement read,
                     Statement scan)
    : place_(std::move(place)),
      number_(number),
      connection_(std::move(connection)),
      read_(std::move(read)),
      scan_(std::move(scan)) {}

base::Result<LogMessage, StoreError> LogReader::read(EntryId id, Payload payload) {
  const ResetAtEnd reset(read_);
  read_.bind(1, id.value);
  if (!TRY(read_.step())) return base::fail(kDamagedRow);
  LogMessage message;
  message.message_id = to_uuid(read_.column_blob(0));
  message.received_at = base::WallTime(std::chrono::microseconds(read_.column_number(1)));
  message.control_id = read_.column_text(2);
  message.type = read_.column_text(3);
  message.trigger = read_.column_text(4);
  if (payload == Payload::kWith) message.payload = TRY(take_payload({id, message.message_id}));
  return message;
}

// Of the row that read_ stands on.
base::Result<std::vector<std::byte>, StoreError> LogReader::take_payload(const PayloadName& name) {
  std::vector<std::byte> octets;
  if (read_.column_number(6) == 1) {
    auto file = place_.disk->read(place_.layout.payload_file(number_, name));
    // A file that a row names must be there.
    if (!file) return base::fail(StoreError{StoreFault::kDamaged, file.error().os_error});
    octets = std::move(file).value();
  } else {
    const base::ByteView payload = read_.column_blob(7);
    octets.assign(payload.begin(), payload.end());
  }
  if (octets.size() != read_.column_bits(5)) return base::fail(kDamagedRow);
  return octets;
}

base::Result<std::size_t, StoreError> LogReader::scan(EntryId after, EntryId to,
                                                      std::size_t count_max,
                                                      const LogVisit& visit) {
  const ResetAtEnd reset(scan_);
  scan_.bind(1, after.value).bind(2, to.value).bind(3, std::uint64_t{count_max});
  std::size_t count = 0;
  while (TRY(scan_.step())) {
    ++count;
    visit({{scan_.column_bits(0)},
           static_cast<std::uint32_t>(scan_.column_bits(1)),
           scan_.column_blob(2)});
  }
  return count;
}

base::Result<EntryId, StoreError> LogReader::first() { return first_of(connection_); }

}  // namespace store::sqlite
