// families.hpp: the tables of functions, one file a family.
//
// A family is what a host turns on or off as one: `Environment::Options` names them. Each table
// lives as long as the program.
#pragma once

#include <span>

#include "cel/function.hpp"

namespace cel {

// The language's own, always there.
std::span<const Overload> standard_text_functions();  // contains startsWith endsWith matches
std::span<const Overload> conversion_functions();     // int uint double string bytes bool …
std::span<const Overload> time_functions();           // timestamp, duration and their getters

// Extensions.
std::span<const Overload> string_functions();   // charAt … format quote
std::span<const Overload> math_functions();     // math.greatest … math.bitAnd
std::span<const Overload> list_functions();     // slice flatten distinct sort lists.range reverse
std::span<const Overload> set_functions();      // sets.contains …
std::span<const Overload> regex_functions();    // regex.extract …
std::span<const Overload> encoder_functions();  // base64.encode …
std::span<const Overload> network_functions();  // ip cidr …

}  // namespace cel
