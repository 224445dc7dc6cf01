// cel/diagnostic.hpp: what is wrong with an expression, and where.
//
//   rules.yaml:3:14: no field 'idd' in pid
//     msh.version == pid.idd
//                       ^
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cel {

struct Diagnostic {
  std::uint32_t offset = 0;  // octets into the source
  std::uint32_t line = 1;    // from 1
  std::uint32_t column = 1;  // from 1, in code points
  std::string message;
};

// Never empty where it is an error; in the order of the source.
using Diagnostics = std::vector<Diagnostic>;

// The place of an offset, with its line and column filled in.
[[nodiscard]] Diagnostic make_diagnostic(std::string_view source, std::size_t offset,
                                         std::string message);

// Three lines for people: place and message, the line of the source, a caret. `name` is what the
// place begins with; empty leaves it out.
[[nodiscard]] std::string render(const Diagnostic& diagnostic, std::string_view source,
                                 std::string_view name = {});
[[nodiscard]] std::string render(const Diagnostics& diagnostics, std::string_view source,
                                 std::string_view name = {});

}  // namespace cel
