#include "intake/value_sets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/bytes.hpp"
#include "cel/collections.hpp"
#include "intake/csv_reader.hpp"
#include "intake/text_file.hpp"
#include "telemetry/utf8.hpp"

namespace intake {
namespace {

constexpr std::size_t kFileBytesMax = 16 * base::kMiB;
constexpr std::size_t kRowsMax = 1'000'000;
constexpr std::size_t kArenaBytesMax = 256 * base::kMiB;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = telemetry::utf8_char_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

// The index of a column that is named or numbered; the fault names those there are.
base::Result<std::size_t, std::string> find_column(const std::string& wanted,
                                                   const std::vector<std::string>& header,
                                                   bool has_header) {
  std::size_t number = 0;
  const char* const end = wanted.data() + wanted.size();
  const auto [read_to, error] = std::from_chars(wanted.data(), end, number);
  if (error == std::errc() && read_to == end && number >= 1) {
    if (number <= header.size()) return number - 1;
    return base::fail(fmt::format("there are {} columns, no column {}", header.size(), number));
  }
  if (!has_header) {
    return base::fail(fmt::format("without a header a column is a number, found {}", wanted));
  }
  const auto found = std::ranges::find(header, wanted);
  if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
  return base::fail(
      fmt::format("no column is named {}; there are {}", wanted, fmt::join(header, ", ")));
}

// Reads one file into a map.
class Loader {
 public:
  Loader(const config::SetSettings& settings, cel::Arena& arena, config::Problems& problems)
      : settings_(settings), map_(arena), arena_(arena), problems_(problems) {}

  std::optional<cel::Value> load(std::string_view text) {
    if (!is_utf8(text)) return refuse(fmt::format("{} is not valid UTF-8", settings_.file));
    CsvReader rows(text, settings_.separator);
    while (rows.next()) {
      const bool is_first = width_ == 0;
      if (is_first && !take_columns(rows)) return std::nullopt;
      if (is_first && settings_.has_header) continue;
      if (!take_row(rows)) return std::nullopt;
    }
    if (rows.is_unclosed()) {
      return refuse_at(rows.line(), "a quote that is never closed");
    }
    const cel::Value made = map_.finish();
    if (made.is_error()) return refuse(fmt::format("{} needs too much memory", settings_.file));
    return made;
  }

 private:
  std::optional<cel::Value> refuse(std::string what) {
    problems_.push_back(settings_.node.problem(fmt::format("sets.{}: {}", settings_.name, what)));
    return std::nullopt;
  }

  std::optional<cel::Value> refuse_at(int line, std::string_view what) {
    problems_.push_back(
        {settings_.file, line, 0, fmt::format("set {}: {}", settings_.name, what), ""});
    return std::nullopt;
  }

  bool take_columns(const CsvReader& rows) {
    const auto& header = rows.fields();
    width_ = header.size();
    const auto key = find_column(settings_.column, header, settings_.has_header);
    if (!key) {
      refuse(key.error());
      return false;
    }
    key_ = *key;
    if (settings_.value.empty() && width_ == 1) {
      value_ = key_;
      return true;
    }
    const auto value =
        find_column(settings_.value.empty() ? "2" : settings_.value, header, settings_.has_header);
    if (!value) refuse(value.error());
    value_ = value ? *value : 0;
    return value.has_value();
  }

  bool take_row(const CsvReader& rows) {
    const auto& fields = rows.fields();
    if (fields.size() != width_) {
      refuse_at(rows.line(), fmt::format("expected {} columns, found {}", width_, fields.size()));
      return false;
    }
    if (map_.size() >= kRowsMax) {
      refuse_at(rows.line(), fmt::format("more than {} rows", kRowsMax));
      return false;
    }
    if (!map_.add(keep(fields[key_]), keep(fields[value_]))) {
      refuse_at(rows.line(), fmt::format("the key {} is there already", fields[key_]));
      return false;
    }
    return true;
  }

  cel::Value keep(const std::string& field) {
    char* const room = arena_.allocate_array<char>(field.size());
    if (room == nullptr) return cel::Value::string({});  // finish() tells
    std::memcpy(room, field.data(), field.size());
    return cel::Value::string({room, field.size()});
  }

  const config::SetSettings& settings_;
  cel::MapBuilder map_;
  cel::Arena& arena_;
  config::Problems& problems_;
  std::size_t width_ = 0;
  std::size_t key_ = 0;
  std::size_t value_ = 0;
};

cel::Value map_lookup(cel::Context& context, cel::Args args) {
  const auto* const sets = static_cast<const ValueSets*>(context.data());
  const auto* set = static_cast<const ValueSets::Set*>(context.prepared());
  if (set == nullptr) set = sets->find(args[0].as_text());
  if (set == nullptr) {
    return context.fail(cel::Fault::kInvalidArgument, "no value set has that name");
  }
  const cel::Value found = cel::map_find(set->rows, args[1], context.arena());
  return found.is_absent() ? cel::Context::none() : context.some(found);
}

cel::Prepared prepare_lookup(cel::Args args, const cel::ValueLimits& /*limits*/, const void* data) {
  if (!args[0].is(cel::Kind::kString)) return {};
  const auto* const sets = static_cast<const ValueSets*>(data);
  if (const auto* const set = sets->find(args[0].as_text())) {
    return {std::shared_ptr<const void>(std::shared_ptr<const void>(), set), {}};
  }
  std::string fault = fmt::format("no value set is named '{}'", args[0].as_text());
  const char* before = "; there are ";
  for (const ValueSets::Set& set : sets->sets()) {
    fault += before + set.name;
    before = ", ";
  }
  return {nullptr, std::move(fault)};
}

}  // namespace

base::Result<std::unique_ptr<const ValueSets>, config::Problems> ValueSets::load(
    std::span<const config::SetSettings> settings) {
  auto sets = std::make_unique<ValueSets>();
  config::Problems problems;
  for (const config::SetSettings& each : settings) sets->load_one(each, problems);
  if (!problems.empty()) return base::fail(std::move(problems));
  return std::unique_ptr<const ValueSets>(std::move(sets));
}

void ValueSets::load_one(const config::SetSettings& settings, config::Problems& problems) {
  auto text = read_text_file(settings.file, kFileBytesMax);
  if (!text) {
    problems.push_back(
        settings.node.problem(fmt::format("sets.{}: {}", settings.name, text.error())));
    return;
  }
  if (text->starts_with(kByteOrderMark)) text->erase(0, kByteOrderMark.size());
  cel::Arena& arena = arenas_.emplace_back(kArenaBytesMax);
  Loader loader(settings, arena, problems);
  if (const auto rows = loader.load(*text)) sets_.push_back({settings.name, *rows});
}

const ValueSets::Set* ValueSets::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(sets_, name, &Set::name);
  return found == sets_.end() ? nullptr : &*found;
}

cel::Overload ValueSets::map_function() const noexcept {
  return {.id = "value_set_map",
          .form = cel::Form::kGlobal,
          .name = "sets.map",
          .signature = "(string, string) -> optional_type(string)",
          .run = map_lookup,
          .prepare = prepare_lookup,
          .data = this};
}

}  // namespace intake
