// json_scanner.hpp: reads JSON text from left to right (RFC 8259).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "hl7/json.hpp"

namespace hl7 {

// After the first fault every method fails. Indices are 0-based, into the text.
class JsonScanner {
 public:
  JsonScanner(std::string_view text, std::size_t depth_max) noexcept
      : text_(text), depth_max_(depth_max) {}

  [[nodiscard]] std::size_t index() const noexcept { return index_; }

  // Goes on from a place that was seen before.
  void move_to(std::size_t index) noexcept { index_ = index; }

  // The next character that is no blank, still to be read; 0 at the end.
  [[nodiscard]] char peek() noexcept;

  // Reads that character if it is next.
  [[nodiscard]] bool take(char character) noexcept;

  // The same, and a fault if it is not.
  [[nodiscard]] bool expect(char character) noexcept;

  // Reads a string into `text`, its escapes decoded.
  [[nodiscard]] bool read_string(std::string& text);

  // Reads a number as it is written.
  [[nodiscard]] bool read_number(std::string& text);

  // Reads `null`.
  [[nodiscard]] bool read_null() noexcept { return take_word("null") || fail(JsonFault::kSyntax); }

  // Reads any value.
  [[nodiscard]] bool skip_value();

  // Reads what may stand between two entries, or ends them: false at the end,
  // or with a fault.
  [[nodiscard]] bool next_entry(char closing, bool first) noexcept;

  // Always false, so that a rule can end with it. Keeps the first fault.
  bool fail(JsonFault fault) noexcept { return fail_at(fault, index_); }

  bool fail_at(JsonFault fault, std::size_t index) noexcept;

  [[nodiscard]] const std::optional<JsonError>& error() const noexcept { return error_; }

 private:
  [[nodiscard]] bool take_word(std::string_view word) noexcept;
  [[nodiscard]] bool skip_string();
  [[nodiscard]] bool skip_scalar();
  [[nodiscard]] bool read_escape(std::string& text);
  [[nodiscard]] bool read_unicode(std::string& text);
  [[nodiscard]] std::optional<unsigned> read_unit() noexcept;
  void skip_digits() noexcept;

  std::string_view text_;
  std::size_t depth_max_;
  std::size_t index_ = 0;
  std::optional<JsonError> error_;
  std::string skipped_;
  std::string open_;  // brackets of values that are passed over
};

}  // namespace hl7
