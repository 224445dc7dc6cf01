// store/sqlite/field_reader.hpp: asks for the index fields of messages that stand in the log.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "store/index_fields.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/search_row.hpp"

namespace store::sqlite {

// One thread at a time.
class FieldReader {
 public:
  // No source: no message has any. REQUIRES: both outlive it.
  FieldReader(Log& log, FieldSource* source) : log_(log), source_(source) {}

  // Whether any field is in force. Begins a batch of messages.
  [[nodiscard]] bool begin();

  // The next message of the batch, whose row is made of it.
  void note(const LogFacts& line) { origins_.push_back(origin_of(line)); }

  // Fills in the fields of the rows of all that was noted, in the same order. A message that
  // cannot be read has none.
  [[nodiscard]] Status fill(std::vector<SearchRow>& rows);

 private:
  // What of a message is not in its row.
  struct Origin {
    std::string peer;
    std::string tls_identity;
  };

  [[nodiscard]] static Origin origin_of(const LogFacts& line);
  [[nodiscard]] base::Result<std::size_t, StoreError> fill_some(std::vector<SearchRow>& rows,
                                                                std::size_t begin);

  Log& log_;
  FieldSource* const source_;
  std::vector<Origin> origins_;
};

}  // namespace store::sqlite
