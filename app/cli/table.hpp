// cli/table.hpp: rows of words for a person (in columns, with a head) or a pipe (tabs).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

enum class TableStyle : std::uint8_t { kColumns, kTabs };

class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}

  // REQUIRES: as many cells as the head, printable, without tabs and line ends.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  [[nodiscard]] bool is_empty() const noexcept { return rows_.empty(); }

  [[nodiscard]] std::string render(TableStyle style) const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

// To standard output: in columns on a terminal, else with tabs. Nothing where it has no rows.
void print_table(const Table& table);

// Octets of others for one line on a terminal: what is no UTF-8 and what would move the
// cursor becomes \xHH; cut at so many characters.
[[nodiscard]] std::string to_cell(std::string_view octets, std::size_t characters_max);

}  // namespace cli
