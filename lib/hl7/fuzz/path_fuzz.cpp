// Paths, as people type them. For any text at all:
//   1. What is read, rendered and read again is the same path.
//   2. An error is in the text, and has a reason.
#include <cstdint>
#include <cstdlib>

#include "base/bytes.hpp"
#include "hl7/path.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text(std::as_bytes(std::span(data, size)));
  const auto path = hl7::parse_path(text);
  if (!path) {
    if (path.error().text_index > size || path.error().reason.empty()) std::abort();
    return 0;
  }
  const std::string rendered = hl7::to_string(*path);
  const auto again = hl7::parse_path(rendered);
  if (!again || *again != *path || hl7::to_string(*again) != rendered) std::abort();
  if (rendered.size() > size) std::abort();
  return 0;
}
