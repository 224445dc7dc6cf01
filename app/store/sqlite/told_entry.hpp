// store/sqlite/told_entry.hpp: rows of the log and of lanes.db, as an outbox tells of them.
#pragma once

#include "store/lane_window.hpp"
#include "store/outbox.hpp"
#include "store/sqlite/lane_rows.hpp"
#include "store/sqlite/log_reader.hpp"

namespace store::sqlite {

[[nodiscard]] Claim to_claim(const OwedEntry& entry, LogMessage message);
[[nodiscard]] ParkedEntry to_parked_entry(ParkedRow row, LogMessage message);
[[nodiscard]] StoredMessage to_stored(EntryId id, LogMessage message);

}  // namespace store::sqlite
