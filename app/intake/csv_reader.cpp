#include "intake/csv_reader.hpp"

#include <algorithm>

namespace intake {

bool CsvReader::next() {
  while (!rest_.empty() && (rest_.front() == '\n' || rest_.front() == '\r')) {
    if (rest_.front() == '\n') ++next_line_;
    rest_.remove_prefix(1);
  }
  if (rest_.empty()) return false;
  line_ = next_line_;
  fields_.clear();
  while (take_field()) {
  }
  return !is_unclosed_;
}

// One field and what ends it; false when the row has ended.
bool CsvReader::take_field() {
  std::string& field = fields_.emplace_back();
  if (rest_.starts_with('"')) take_quoted(field);
  const char ends[] = {separator_, '\n', '\0'};
  std::size_t end = std::min(rest_.find_first_of(ends), rest_.size());
  field += rest_.substr(0, end);
  rest_.remove_prefix(end);
  if (rest_.starts_with(separator_)) {
    rest_.remove_prefix(1);
    return true;
  }
  if (field.ends_with('\r')) field.pop_back();
  if (!rest_.empty()) {
    rest_.remove_prefix(1);
    ++next_line_;
  }
  return false;
}

void CsvReader::take_quoted(std::string& field) {
  rest_.remove_prefix(1);
  while (!rest_.empty()) {
    const char octet = rest_.front();
    rest_.remove_prefix(1);
    if (octet == '\n') ++next_line_;
    if (octet != '"') {
      field += octet;
    } else if (rest_.starts_with('"')) {
      field += '"';
      rest_.remove_prefix(1);
    } else {
      return;
    }
  }
  is_unclosed_ = true;
}

}  // namespace intake
