// converters.hpp: the character sets that ICU knows the tables of.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "hl7/charset.hpp"

namespace hl7 {

// Opened when first needed, and kept. Not thread-safe.
class Converters {
 public:
  Converters();
  ~Converters();
  Converters(const Converters&) = delete;
  Converters& operator=(const Converters&) = delete;

  // Appends octets of that set as UTF-8; what is no character of it becomes
  // U+FFFD. Returns how many times.
  std::size_t decode(std::string& out, std::string_view octets, Charset charset);

  // Appends UTF-8 text in that set; what the set lacks becomes '?'. Returns how
  // many times. Ends in the state it begins in. REQUIRES: the text is UTF-8.
  std::size_t encode(std::string& out, std::string_view text, Charset charset);

 private:
  struct Opened;
  std::unique_ptr<Opened> opened_;
};

}  // namespace hl7
