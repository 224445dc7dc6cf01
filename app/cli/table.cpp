#include "cli/table.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/printable.hpp"
#include "telemetry/utf8.hpp"

namespace cli {
namespace {

std::size_t count_columns(std::string_view text) {
  std::size_t count = 0;
  for (const char octet : text) count += (static_cast<unsigned char>(octet) & 0xC0U) != 0x80U;
  return count;
}

void add_line(std::string& out, const std::vector<std::string>& cells,
              const std::vector<std::size_t>& widths) {
  for (std::size_t index = 0; index < cells.size(); ++index) {
    out += cells[index];
    if (index + 1 == cells.size()) break;
    out.append(widths[index] - count_columns(cells[index]) + 2, ' ');
  }
  out += '\n';
}

void add_tabbed(std::string& out, const std::vector<std::string>& cells) {
  for (std::size_t index = 0; index < cells.size(); ++index) {
    out += index == 0 ? "" : "\t";
    out += cells[index];
  }
  out += '\n';
}

}  // namespace

std::string Table::render(TableStyle style) const {
  std::string out;
  if (style == TableStyle::kTabs) {
    for (const auto& row : rows_) add_tabbed(out, row);
    return out;
  }
  std::vector<std::size_t> widths(head_.size());
  for (std::size_t index = 0; index < head_.size(); ++index) {
    widths[index] = head_[index].size();
    for (const auto& row : rows_)
      widths[index] = std::max(widths[index], count_columns(row[index]));
  }
  add_line(out, head_, widths);
  for (const auto& row : rows_) add_line(out, row, widths);
  return out;
}

void print_table(const Table& table) {
  if (table.is_empty()) return;
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  fmt::print("{}", table.render(is_terminal ? TableStyle::kColumns : TableStyle::kTabs));
}

std::string to_cell(std::string_view octets, std::size_t characters_max) {
  std::string text;
  while (!octets.empty()) {
    const std::size_t size = telemetry::utf8_char_bytes(octets);
    if (size == 0) {
      text += fmt::format("\\x{:02X}", static_cast<unsigned char>(octets.front()));
    } else {
      text += octets.substr(0, size);
    }
    octets.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return make_printable(text, characters_max);
}

}  // namespace cli
