// intake/csv_reader.hpp: the rows of a CSV text (RFC 4180), one after the other.
//
// A field may stand in double quotes, where "" is one quote and separators and line
// ends are text. Lines end in LF or CRLF; blank lines are passed over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace intake {

class CsvReader {
 public:
  CsvReader(std::string_view text, char separator) noexcept : rest_(text), separator_(separator) {}

  // Moves to the next row; false behind the last, or when a quote is never closed.
  bool next();

  // REQUIRES: the last next() said true.
  [[nodiscard]] const std::vector<std::string>& fields() const noexcept { return fields_; }

  // Of the row's first line, from 1.
  [[nodiscard]] int line() const noexcept { return line_; }

  [[nodiscard]] bool is_unclosed() const noexcept { return is_unclosed_; }

 private:
  bool take_field();
  void take_quoted(std::string& field);

  std::string_view rest_;
  char separator_;
  std::vector<std::string> fields_;
  int line_ = 0;
  int next_line_ = 1;
  bool is_unclosed_ = false;
};

}  // namespace intake
