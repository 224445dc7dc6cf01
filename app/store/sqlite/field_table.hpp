// store/sqlite/field_table.hpp: index fields of one's own, as the index of a segment has them.
//
//   field        a number for each name
//   field_value  a row for each value of a message: seq, field, value; found by field and value.
//                With a key the value is its HMAC, and stands sealed beside it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/archive.hpp"
#include "store/index_fields.hpp"
#include "store/payload_cipher.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/statement.hpp"

namespace store::sqlite {

// What the values of an index file are sealed with. The cipher outlives whoever has it.
struct FieldSealing {
  const PayloadCipher* cipher = nullptr;
  KeyId key;  // 0: in clear

  [[nodiscard]] bool is_on() const noexcept { return key != KeyId{}; }
};

// A value as it stands in the index and as it is looked up there: the one place that says so.
class FieldTerm {
 public:
  FieldTerm(const FieldSealing& sealing, const FieldValue& value);

  // This must live until the statement has been stepped to its end.
  void bind_to(Statement& statement, int parameter) const;

  // Of a message; empty: it stands in clear.
  [[nodiscard]] std::vector<std::byte> sealed(const FieldSealing& sealing, EntryId id,
                                              std::string_view value) const;

 private:
  std::string clear_;
  PayloadCipher::Mac mac_{};
  bool is_sealed_;
};

// The side that writes; within the transactions of its connection, which outlives it.
class FieldTable {
 public:
  [[nodiscard]] static base::Result<FieldTable, StoreError> open(Connection& connection,
                                                                 const FieldSealing& sealing);

  [[nodiscard]] Status insert(EntryId id, const std::vector<FieldValue>& values);

  // The transaction was taken back, and with it names that were new.
  void forget_names() { numbers_.clear(); }

 private:
  FieldTable(const FieldSealing& sealing, Statement add_name, Statement find_name,
             Statement add_value);

  [[nodiscard]] base::Result<std::int64_t, StoreError> number_of(const std::string& name);

  FieldSealing sealing_;
  Statement add_name_;
  Statement find_name_;
  Statement add_value_;
  std::map<std::string, std::int64_t> numbers_;
};

// The values of one message, in order of field and value.
[[nodiscard]] base::Result<std::vector<FieldValue>, StoreError> field_values(
    Connection& connection, const FieldSealing& sealing, EntryId id);

// The fields that any message of the segment has, in order.
[[nodiscard]] base::Result<std::vector<std::string>, StoreError> field_names(
    Connection& connection);

// How a search by fields is put to the index: parts of one statement over `entry`. A search
// goes by its first field unless a narrower way is known.
class FieldSearch {
 public:
  // The search outlives it. Parameters are taken from this one on.
  FieldSearch(const Search& search, const FieldSealing& sealing, int first_parameter);

  // "FROM …": `entry`, where the fields lead beside their own table.
  [[nodiscard]] const char* from() const noexcept;

  // " AND …", of all fields; empty: none is asked for.
  [[nodiscard]] std::string conditions() const;

  // This must live until the statement has been stepped to its end.
  void bind_to(Statement& statement) const;

 private:
  const Search& search_;
  const int first_parameter_;
  const bool is_leading_;
  std::vector<FieldTerm> terms_;
};

}  // namespace store::sqlite
