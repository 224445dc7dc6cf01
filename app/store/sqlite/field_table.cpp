#include "store/sqlite/field_table.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/search_row.hpp"

namespace store::sqlite {
namespace {

// "led.field = (…?4) AND led.value = ?5"
std::string condition_on(std::string_view table, int parameter) {
  const std::string name(table);
  return name + ".field = (SELECT number FROM field WHERE name = ?" + std::to_string(parameter) +
         ") AND " + name + ".value = ?" + std::to_string(parameter + 1);
}

// Apart from the names of our own: identifiers.hpp.
std::string mac_name(std::string_view field) { return "index:" + std::string(field); }

// Bound to its message, and by its HMAC to its field and to what it is.
SealPlace place_of(EntryId id, base::ByteView mac) noexcept {
  std::uint64_t part = 0;
  std::memcpy(&part, mac.data(), std::min(mac.size(), sizeof(part)));
  return {SealedAs::kFieldValue, id.value, part};
}

}  // namespace

FieldTerm::FieldTerm(const FieldSealing& sealing, const FieldValue& value)
    : is_sealed_(sealing.is_on()) {
  if (is_sealed_) {
    mac_ = sealing.cipher->mac(sealing.key, mac_name(value.field), value.value);
  } else {
    clear_ = value.value;
  }
}

std::vector<std::byte> FieldTerm::sealed(const FieldSealing& sealing, EntryId id,
                                         std::string_view value) const {
  std::vector<std::byte> sealed;
  if (is_sealed_) sealing.cipher->seal(place_of(id, mac_), base::as_bytes(value), sealed);
  return sealed;
}

void FieldTerm::bind_to(Statement& statement, int parameter) const {
  if (is_sealed_) {
    statement.bind(parameter, base::ByteView(mac_));
  } else {
    statement.bind(parameter, std::string_view(clear_));
  }
}

// ── Writing ─────────────────────────────────────────────────────────────────

base::Result<FieldTable, StoreError> FieldTable::open(Connection& connection,
                                                      const FieldSealing& sealing) {
  Statement add_name = TRY(
      Statement::prepare(connection, "INSERT INTO field(name) VALUES(?1) ON CONFLICT DO NOTHING"));
  Statement find_name =
      TRY(Statement::prepare(connection, "SELECT number FROM field WHERE name = ?1"));
  Statement add_value = TRY(Statement::prepare(connection,
                                               "INSERT INTO field_value VALUES(?1, ?2, ?3, ?4)"
                                               " ON CONFLICT DO NOTHING"));
  return FieldTable(sealing, std::move(add_name), std::move(find_name), std::move(add_value));
}

FieldTable::FieldTable(const FieldSealing& sealing, Statement add_name, Statement find_name,
                       Statement add_value)
    : sealing_(sealing),
      add_name_(std::move(add_name)),
      find_name_(std::move(find_name)),
      add_value_(std::move(add_value)) {}

Status FieldTable::insert(EntryId id, const std::vector<FieldValue>& values) {
  for (const FieldValue& each : values) {
    const std::int64_t number = TRY(number_of(each.field));
    const FieldTerm term(sealing_, each);
    const std::vector<std::byte> sealed = term.sealed(sealing_, id, each.value);
    add_value_.bind(1, id.value).bind(2, number).bind(4, base::ByteView(sealed));
    term.bind_to(add_value_, 3);
    static_cast<void>(TRY(add_value_.finish()));
  }
  return base::Done{};
}

base::Result<std::int64_t, StoreError> FieldTable::number_of(const std::string& name) {
  if (const auto known = numbers_.find(name); known != numbers_.end()) return known->second;
  static_cast<void>(TRY(add_name_.bind(1, std::string_view(name)).finish()));
  const ResetAtEnd reset(find_name_);
  if (!TRY(find_name_.bind(1, std::string_view(name)).step())) {
    return base::fail(StoreError{StoreFault::kDamaged, 0});
  }
  return numbers_[name] = find_name_.column_number(0);
}

// ── Reading ─────────────────────────────────────────────────────────────────

base::Result<std::vector<FieldValue>, StoreError> field_values(Connection& connection,
                                                               const FieldSealing& sealing,
                                                               EntryId id) {
  Statement rows = TRY(Statement::prepare(connection,
                                          "SELECT name, value, sealed_value FROM field_value JOIN "
                                          "field ON field.number = field_value.field"
                                          " WHERE seq = ?1 ORDER BY name, value"));
  rows.bind(1, id.value);
  std::vector<FieldValue> values;
  std::vector<std::byte> clear;
  while (TRY(rows.step())) {
    values.push_back({std::string(rows.column_text(0)), std::string(rows.column_text(1))});
    if (!sealing.is_on()) continue;
    const SealPlace place = place_of(id, rows.column_blob(1));
    static_cast<void>(TRY(sealing.cipher->open(place, rows.column_blob(2), clear)));
    values.back().value = base::as_text(clear);
  }
  std::ranges::sort(values, {},
                    [](const FieldValue& each) { return std::tie(each.field, each.value); });
  return values;
}

base::Result<std::vector<std::string>, StoreError> field_names(Connection& connection) {
  Statement rows = TRY(Statement::prepare(connection, "SELECT name FROM field ORDER BY name"));
  std::vector<std::string> names;
  while (TRY(rows.step())) names.emplace_back(rows.column_text(0));
  return names;
}

FieldSearch::FieldSearch(const Search& search, const FieldSealing& sealing, int first_parameter)
    : search_(search),
      first_parameter_(first_parameter),
      is_leading_(!search.fields.empty() && *path_of(search).condition == '\0') {
  for (const FieldValue& each : search.fields) terms_.emplace_back(sealing, each);
}

// A cross join keeps this order: from the values, which come in order of entry, to the rows.
const char* FieldSearch::from() const noexcept {
  return is_leading_ ? "FROM field_value AS led INDEXED BY by_field CROSS JOIN entry USING(seq) "
                     : "FROM entry ";
}

std::string FieldSearch::conditions() const {
  std::string text;
  int parameter = first_parameter_;
  for (std::size_t index = 0; index < terms_.size(); ++index, parameter += 2) {
    const bool leads = is_leading_ && index == 0;
    text += leads
                ? " AND " + condition_on("led", parameter)
                : " AND EXISTS(SELECT 1 FROM field_value AS more WHERE more.seq = entry.seq AND " +
                      condition_on("more", parameter) + ")";
  }
  return text;
}

void FieldSearch::bind_to(Statement& statement) const {
  int parameter = first_parameter_;
  for (std::size_t index = 0; index < terms_.size(); ++index, parameter += 2) {
    statement.bind(parameter, std::string_view(search_.fields[index].field));
    terms_[index].bind_to(statement, parameter + 1);
  }
}

}  // namespace store::sqlite
