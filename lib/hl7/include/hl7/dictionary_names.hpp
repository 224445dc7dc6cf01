// hl7/dictionary_names.hpp: the standard's names for a message as JSON (json.hpp).
//
//     const hl7::DictionaryNames names(hl7::Dictionary(hl7::Version::kV251));
//     hl7::append_json(out, message, decoder, {.names = &names});
#pragma once

#include <string_view>

#include "hl7/dictionary.hpp"
#include "hl7/json.hpp"

namespace hl7 {

// Never changes: any number of threads may ask it.
class DictionaryNames final : public NameSource {
 public:
  explicit DictionaryNames(const Dictionary& dictionary) noexcept : dictionary_(dictionary) {}

  // The parts of OBX-5 are those of the type that OBX-2 names.
  [[nodiscard]] std::string_view name_of(const NamedPlace& place) const override;

 private:
  Dictionary dictionary_;
};

}  // namespace hl7
