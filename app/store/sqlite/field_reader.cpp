#include "store/sqlite/field_reader.hpp"

#include <span>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/try.hpp"

namespace store::sqlite {
namespace {

constexpr std::size_t kOctetsMax = 4 * base::kMiB;  // of messages in memory, or one that is longer

// The ids from `begin` on whose messages are read together.
std::vector<EntryId> next_ids(const std::vector<SearchRow>& rows, std::size_t begin) {
  std::vector<EntryId> ids;
  std::uint64_t size_bytes = 0;
  for (std::size_t index = begin; index < rows.size(); ++index) {
    size_bytes += rows[index].found.size_bytes;
    if (size_bytes > kOctetsMax && !ids.empty()) break;
    ids.push_back({rows[index].found.key.value});
  }
  return ids;
}

}  // namespace

bool FieldReader::begin() {
  origins_.clear();
  return source_ != nullptr && !source_->names().empty();
}

FieldReader::Origin FieldReader::origin_of(const LogFacts& line) {
  return {std::string(line.facts.peer), std::string(line.facts.tls_identity)};
}

Status FieldReader::fill(std::vector<SearchRow>& rows) {
  CHECK(origins_.size() == rows.size());
  for (std::size_t at = 0; at < rows.size();) at += TRY(fill_some(rows, at));
  return base::Done{};
}

// How many rows are done with.
base::Result<std::size_t, StoreError> FieldReader::fill_some(std::vector<SearchRow>& rows,
                                                             std::size_t begin) {
  const std::vector<EntryId> ids = next_ids(rows, begin);
  const auto messages = log_.read(ids, Payload::kWith);
  if (!messages && messages.error().fault != StoreFault::kDamaged) {
    return base::fail(messages.error());
  }
  if (!messages) return std::size_t{1};
  for (std::size_t index = 0; index < messages->size(); ++index) {
    SearchRow& row = rows[begin + index];
    const Origin& origin = origins_[begin + index];
    source_->read({.message = (*messages)[index].payload,
                   .received_at = row.found.received_at,
                   .listener = row.found.listener,
                   .peer = origin.peer,
                   .tls_identity = origin.tls_identity},
                  row.fields);
  }
  return messages->size();
}

}  // namespace store::sqlite
