// intake/value_sets.hpp: lists of codes from CSV files, as rules ask for them.
//
//     "ICU" in sets.wards                      is it a key of the file?
//     sets.map("wards", "ICU").orValue("")     what stands beside it
//
// Loaded at start and on reload. Limits: 16 MiB and 1,000,000 rows a file, 64 files.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cel/arena.hpp"
#include "cel/function.hpp"
#include "cel/value.hpp"
#include "config/configuration.hpp"

namespace intake {

// Immutable once made; outlives the programs that were compiled with it.
class ValueSets {
 public:
  ValueSets() = default;

  // Every fault of every file, at its line of the file or of the document.
  [[nodiscard]] static base::Result<std::unique_ptr<const ValueSets>, config::Problems> load(
      std::span<const config::SetSettings> settings);

  struct Set {
    std::string name;
    cel::Value rows;  // a map of the key's column to the value's
  };

  [[nodiscard]] const std::deque<Set>& sets() const noexcept { return sets_; }

  [[nodiscard]] const Set* find(std::string_view name) const noexcept;

  // `sets.map`, which looks into these.
  [[nodiscard]] cel::Overload map_function() const noexcept;

 private:
  void load_one(const config::SetSettings& settings, config::Problems& problems);

  std::deque<Set> sets_;
  std::deque<cel::Arena> arenas_;
};

}  // namespace intake
