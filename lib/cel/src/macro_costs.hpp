// macro_costs.hpp: what the reference's expansion of a macro costs beyond the parts that the author
// wrote: its loop condition, its accumulator and its result. In units of the cost model.
#pragma once

#include <cstdint>

namespace cel {

inline constexpr std::uint64_t kAllStep = 3;
inline constexpr std::uint64_t kAllStop = 2;
inline constexpr std::uint64_t kExistsStep = 4;
inline constexpr std::uint64_t kExistsStop = 3;
inline constexpr std::uint64_t kExistsOneHit = 2;
inline constexpr std::uint64_t kListStart = 10;
inline constexpr std::uint64_t kListAppend = 12;
inline constexpr std::uint64_t kMapStart = 30;
inline constexpr std::uint64_t kMapInsert = 3;
inline constexpr std::uint64_t kMapMerge = 2;
inline constexpr std::uint64_t kFoldResult = 1;
inline constexpr std::uint64_t kBindCost = 10;
inline constexpr std::uint64_t kCallCost = 1;

// Of making a list, a map or a message.
inline constexpr std::uint64_t kListCost = 10;
inline constexpr std::uint64_t kMapCost = 30;
inline constexpr std::uint64_t kMessageCost = 40;

}  // namespace cel
