// store/test_support/field_words.hpp: index fields for tests: words of a message as "name=value".
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "store/index_fields.hpp"

namespace store::test_support {

// Takes those whose name is in force, from words between blanks.
class FieldWords final : public FieldSource {
 public:
  explicit FieldWords(std::vector<std::string> names) : names_(std::move(names)) {}

  void set_names(std::vector<std::string> names) {
    const std::lock_guard lock(mutex_);
    names_ = std::move(names);
  }

  [[nodiscard]] std::vector<std::string> names() const override {
    const std::lock_guard lock(mutex_);
    return names_;
  }

  void read(const FieldInput& input, std::vector<FieldValue>& values) override {
    const std::vector<std::string> names = this->names();
    std::string_view rest = base::as_text(input.message);
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      const std::size_t mark = word.find('=');
      if (mark == std::string_view::npos) continue;
      const std::string name(word.substr(0, mark));
      if (std::ranges::count(names, name) == 0) continue;
      values.push_back({name, std::string(word.substr(mark + 1))});
    }
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> names_;
};

}  // namespace store::test_support
